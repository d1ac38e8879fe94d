"""The portal as it is run, without the limits an hour: one machine sends what a ward sends in weeks."""

from vikhe_portal.settings.dev import *  # noqa: F403  (a settings module is a list of names)
from vikhe_portal.settings.dev import STORAGES

# Pages without the built files: what is tried is what happens to the words.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
TIPS_LIMITS = {"submit": (10**9, 10**9), "receipt": (10**9, 10**9), "reply": (10**9, 10**9)}

"""A real installation behind TLS. Everything secret comes from the environment and has no default."""

from vikhe_portal.settings.base import *  # noqa: F403  (a settings module is a list of names)
from vikhe_portal.settings.base import env

DEMONSTRATION = False
CONTENT_KEY = env.text("CONTENT_KEY")
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

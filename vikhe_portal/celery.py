"""The Celery application. Imports no app: each AppConfig.ready() brings its own tasks and beat entries."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.dev")

app = Celery("vikhe_portal")
app.set_default()  # in every thread: a web process must never fall back to Celery's own default broker
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

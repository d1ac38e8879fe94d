"""Tests: real PostgreSQL and Valkey, connections as the application's own role, fast hashing."""

import os

from vikhe_portal.settings.base import *  # noqa: F403  (a settings module is a list of names)
from vikhe_portal.settings.base import INSTALLED_APPS, STORAGES, env

# Each test process counts and queues in a database of its own of the same Valkey server: clearing the cache of one
# must not forget the limits another is testing.
_worker = "".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or "0"
REDIS_URL = f"{env.text('REDIS_URL').rpartition('/')[0]}/{2 + int(_worker) % 12}"
CELERY_BROKER_URL = REDIS_URL
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
DEMONSTRATION = True
REQUIRE_SECOND_FACTOR = False  # tests of it switch it on
INSTALLED_APPS = [*INSTALLED_APPS, "demonstration"]
DATABASE_OWNER = env.database(env.text("DATABASE_OWNER_URL"))
DATABASE_WORKER = env.database(env.text("DATABASE_WORKER_URL"))
DATABASES = {"default": env.database(env.text("DATABASE_URL")) | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CONTENT_KEY = "0" * 64

"""Development and demonstration on one machine, without TLS. Refuses to serve anything but the loopback address."""

from hashlib import blake2b

from vikhe_portal.settings.base import *  # noqa: F403  (a settings module is a list of names)
from vikhe_portal.settings.base import env

DEBUG = env.boolean("DEBUG", default=False)
DEMONSTRATION = True
# The demonstration prints its accounts; a second factor would lock everybody out. REQUIRE_SECOND_FACTOR=yes shows it.
REQUIRE_SECOND_FACTOR = env.boolean("REQUIRE_SECOND_FACTOR", default=False)
INSTALLED_APPS = [*INSTALLED_APPS, "demonstration"]  # noqa: F405
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# A demonstration needs no second secret; a real installation must set one (see prod.py).
CONTENT_KEY = env.text("CONTENT_KEY", "") or blake2b(SECRET_KEY.encode(), digest_size=32).hexdigest()  # noqa: F405

"""How often one address may ask or report on the public pages of groups, without keeping addresses.

Counters live in the cache under an HMAC of the address with a random key of the day that dies with the cache. When the
cache is down, reports go through (the database limits them per group) and checks wait: guessing is never free.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

HOUR = 3600
# Tries of one address in an hour. Many phones stand behind one address of a mobile network.
LIMITS = {"check": 40, "report": 20, "join": 20}


def allowed(what: str, *, address: str) -> bool:
    """Count one try of `what` ("check", "report" or "join") and say whether it is still within the limit."""
    try:
        name = f"groups:limits:key:{timezone.localdate():%Y%m%d}"
        cache.add(name, secrets.token_hex(32), 25 * HOUR)
        digest = hmac.new(bytes.fromhex(cache.get(name)), address.encode(), hashlib.sha256).hexdigest()[:24]
        counter = f"groups:{what}:{timezone.now():%Y%m%d%H}:{digest}"
        cache.add(counter, 0, HOUR)
        return cache.incr(counter) <= LIMITS[what]
    except (RedisError, OSError, TypeError, ValueError):
        logger.warning("no cache: limits of %s are not counted", what)
        return what != "check"

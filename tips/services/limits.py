"""How often one address may send or try, without keeping addresses.

The counters live in the cache under HMAC(address, key of the day); the key is made at random each day, lives in the
cache only and dies with it, so that nobody can later work out who was counted. When the cache is down, sending a
report goes through (a report must never be lost for want of a counter) and trying receipt codes waits (guessing must
never be free).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# (per address, per ward or in all) in an hour. Many phones stand behind one address of a mobile network.
LIMITS = {"submit": (60, 2000), "receipt": (20, 3000), "reply": (40, 2000)}
HOUR = 3600


def _limits(what: str) -> tuple[int, int]:
    return getattr(settings, "TIPS_LIMITS", {}).get(what, LIMITS[what])


def day_key() -> bytes:
    """The random key of the day; it lives in the cache only."""
    name = f"tips:limits:key:{timezone.localdate():%Y%m%d}"
    cache.add(name, secrets.token_hex(32), 25 * HOUR)
    return bytes.fromhex(cache.get(name))


def _count(name: str) -> int:
    cache.add(name, 0, HOUR)
    try:
        return cache.incr(name)
    except ValueError:  # it ran out between the two calls
        cache.set(name, 1, HOUR)
        return 1


def allowed(what: str, *, address: str, scope: str) -> bool:
    """Count one try of `what` (submit, receipt, reply) and say whether it is still within the limits.

    `scope` is the ward, or "all". See the module's text for what happens without a cache.
    """
    per_address, in_all = _limits(what)
    hour = timezone.now().strftime("%Y%m%d%H")
    try:
        digest = hmac.new(day_key(), address.encode(), hashlib.sha256).hexdigest()[:24]
        mine = _count(f"tips:{what}:{hour}:{scope}:{digest}")
        everyone = _count(f"tips:{what}:{hour}:{scope}")
    except (RedisError, OSError, TypeError):
        logger.warning("no cache: limits of %s are not counted", what)
        return what != "receipt"
    return mine <= per_address and everyone <= in_all

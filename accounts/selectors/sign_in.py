"""Reads around signing in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import Post, SignInTrouble, User

# Who reads tips or manages others: these need a second factor wherever they are.
NEEDS_SECOND_FACTOR = (
    Post.Kind.CHIEF,
    Post.Kind.DEPUTY_CHIEF,
    Post.Kind.DUTY_OFFICER,
    Post.Kind.AREA_OFFICER,
    Post.Kind.COMMITTEE_HEAD,
    Post.Kind.WARD_ADMIN,
)
# What a session remembers, in seconds since 1970: when it was signed in to, when its holder last did something.
SESSION_BEGAN, SESSION_SEEN = "began", "seen"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def user_by_login(login: str) -> User | None:
    """The account a typed user name or e-mail address means, or None."""
    name = login.strip()
    return User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name) & ~Q(email="")).order_by("id").first()


def has_second_factor(user_id: int) -> bool:
    """Whether the person has set up an authenticator app or a passkey."""
    return Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists()


def has_passkey(user_id: int) -> bool:
    """Whether the person has a passkey, which also opens an idle session."""
    return Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.WEBAUTHN).exists()


def inside_trusted_network(address: str) -> bool:
    """Whether an address lies in one of settings.TRUSTED_NETWORKS. Without such networks everything is outside."""
    try:
        place = ip_address(address)
    except ValueError:
        return False
    return any(place in network for network in settings.TRUSTED_NETWORKS)


def needs_second_factor(kinds: Iterable[str], address: str) -> bool:
    """Whether holders of these posts, coming from this address, must have a second factor here."""
    if not settings.REQUIRE_SECOND_FACTOR:
        return False
    return any(kind in NEEDS_SECOND_FACTOR for kind in kinds) or not inside_trusted_network(address)


def idle_limit(kinds: Iterable[str]) -> int:
    """Seconds without activity after which the holder's session is locked."""
    return settings.IDLE_LOCK_ADMIN_SECONDS if Post.Kind.WARD_ADMIN in kinds else settings.IDLE_LOCK_SECONDS


def sign_in_state(user: User, key: str) -> dict[str, Any]:
    """What the person's page shows about their sign-in: locked until, second factor, last sign-in."""
    row = SignInTrouble.objects.filter(key=key).first()
    locked: datetime | None = row.locked_until if row else None
    return {
        "locked_until": locked if locked and locked > timezone.now() else None,
        "failures": row.failures if row else 0,
        "second_factor": has_second_factor(user.pk),
        "demanded": settings.REQUIRE_SECOND_FACTOR,
        "last_login": user.last_login,
    }

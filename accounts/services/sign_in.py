"""Writes around signing in: wrong passwords and what they cost, accounts asleep and awake, lost second factors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.models import Notice, Post, SignInTrouble, User
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import actor_scope, ward_scope

# Five wrong passwords are free, as TCVN 14423:2026, 4.5.2.2 allows. It suggests a lock of twelve hours; here the lock
# grows from five minutes to an hour, because anybody who knows an officer's user name could otherwise keep the officer
# out for the night of an emergency. What an attacker gains is one guess an hour; what keeps the officer able to work is
# the chief's one-step unlocking, and a passkey, which no wrong password locks.
FREE_FAILURES = 5
LOCKS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1))
FORGOTTEN_AFTER = timedelta(hours=24)


def trouble_key(login: str) -> str:
    """The keyed hash under which wrong passwords for a typed name are counted: one for all names of an account."""
    user = selectors.user_by_login(login)
    name = f"user:{user.pk}" if user else f"typed:{login.strip().lower()}"
    return salted_hmac("accounts.sign_in", name, algorithm="sha256").hexdigest()


def _key_of(user: User) -> str:
    return salted_hmac("accounts.sign_in", f"user:{user.pk}", algorithm="sha256").hexdigest()


def locked_until(login: str) -> datetime | None:
    """Until when this name may not try a password, or None."""
    row = SignInTrouble.objects.filter(key=trouble_key(login)).first()
    return row.locked_until if row and row.locked_until and row.locked_until > timezone.now() else None


def state_of(*, user: User) -> dict[str, Any]:
    """What the person's page shows about their sign-in (see selectors.sign_in_state)."""
    return selectors.sign_in_state(user, _key_of(user))


@transaction.atomic
def password_was_wrong(*, login: str) -> datetime | None:
    """Count one wrong password; returns until when the name is locked now, or None. The fifth in a row locks.

    Names without an account are counted in the same way, so that nobody learns from the answer which names exist.
    """
    key, now = trouble_key(login), timezone.now()
    SignInTrouble.objects.bulk_create([SignInTrouble(key=key, last_at=now)], ignore_conflicts=True)
    row = SignInTrouble.objects.select_for_update().get(pk=key)
    row.failures = 1 if row.last_at < now - FORGOTTEN_AFTER else min(row.failures + 1, 1000)
    row.last_at = now
    over = row.failures - FREE_FAILURES
    row.locked_until = now + LOCKS[min(over, len(LOCKS) - 1)] if over >= 0 else None
    row.save()
    user = selectors.user_by_login(login)
    if row.locked_until and user is not None:
        _record_in_wards(user, "accounts.sign_in_locked", values={"failures": row.failures})
        if over == 0:
            tell_managers(user, "sign_in_locked")
    return row.locked_until


@transaction.atomic
def signed_in(*, user: User) -> None:
    """Note a sign-in in the trail of every ward in which the person holds a post; earlier failures are forgotten."""
    row = SignInTrouble.objects.filter(key=_key_of(user)).first()
    _record_in_wards(user, "accounts.signed_in", values={"failures_before": row.failures if row else 0}, by=user)
    if row:
        row.delete()


@transaction.atomic
def unlock(*, actor: Actor, user: User) -> None:
    """Let a person try again at once after wrong passwords. Raises DomainError when nothing is locked."""
    require_over(actor, user)
    deleted, _rows = SignInTrouble.objects.filter(key=_key_of(user)).delete()
    if not deleted:
        raise DomainError(_("This account is not locked."))
    audit.record(actor=actor, action="accounts.unlocked", target=user)


@transaction.atomic
def switch_off(*, actor: Actor, user: User, reason: str) -> None:
    """Switch an account off at once; every device is signed out. Raises DomainError for oneself."""
    require_over(actor, user)
    user = User.objects.select_for_update().get(pk=user.pk)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user)
    audit.record(actor=actor, action="accounts.switched_off", target=user, reason=reason)


@transaction.atomic
def reactivate(*, actor: Actor, user: User) -> None:
    """Switch an account on again in one step; password and second factor stay as they were."""
    require_over(actor, user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active:
        raise DomainError(_("This account is already switched on."))
    user.is_active = True
    user.active_since = timezone.now()
    user.save(update_fields=["is_active", "active_since"])
    audit.record(actor=actor, action="accounts.reactivated", target=user)


@transaction.atomic
def reset_second_factor(*, actor: Actor, user: User, reason: str) -> None:
    """Remove a person's lost second factors; they set up a new one after the next sign-in. Every device is signed out.

    For the chief, and for the chief's own the committee head: the ward administrator can give passwords and must not be
    able to take over an account that reads tips by giving both. The person and the managers get a notice.
    """
    require(actor, "accounts.reset_factor", None)
    if actor.id == user.pk:
        raise DomainError(_("Change your own second factor on your account page."))
    kinds = set(Post.objects.filter(ward_id=actor.ward_id, user=user).values_list("kind", flat=True))
    if not kinds:
        raise DomainError(_("This person holds no post in this ward."))
    if not actor.has(Post.Kind.CHIEF) and Post.Kind.CHIEF not in kinds:
        raise DomainError(_("The committee head resets the second factor of the ward police chief only."))
    Authenticator.objects.filter(user_id=user.pk).delete()
    end_sessions(user)
    audit.record(actor=actor, action="accounts.second_factor_reset", target=user, reason=reason)
    tell_managers(user, "second_factor_reset", also=user)


def begin_session(session: SessionBase) -> None:
    """Start the clocks of a session that has just been signed in to."""
    session[selectors.SESSION_BEGAN] = session[selectors.SESSION_SEEN] = int(time.time())


def seen_now(session: SessionBase) -> None:
    """Note activity of the person: the idle lock counts from here."""
    session[selectors.SESSION_SEEN] = int(time.time())


def began_at(session: SessionBase, user: User) -> float:
    """When the session was signed in to, in seconds since 1970; by the account's last sign-in when it does not say."""
    return session.get(selectors.SESSION_BEGAN) or _last_login(user)


def seen_at(session: SessionBase, user: User) -> float:
    """When the holder of the session last did something, in seconds since 1970."""
    return session.get(selectors.SESSION_SEEN) or _last_login(user)


def _last_login(user: User) -> float:
    return user.last_login.timestamp() if user.last_login else 0.0


def end_sessions(user: User) -> int:
    """Sign a person out on every device; returns on how many."""
    rows = list(UserSession.objects.filter(user_id=user.pk))
    for row in rows:
        row.end()
    return len(rows)


def disable_idle(*, now: datetime | None = None) -> int:
    """Switch off accounts nobody has signed in to for 45 days (TCVN 14423:2026, 4.6.2.3); returns how many.

    Invented people of a demonstration stay: their accounts are printed at the start and must work.
    """
    limit = (now or timezone.now()) - timedelta(days=settings.IDLE_ACCOUNT_DAYS)
    idle = User.objects.filter(is_active=True, active_since__lt=limit).filter(
        Q(last_login__isnull=True) | Q(last_login__lt=limit)
    )
    if settings.DEMONSTRATION:
        idle = idle.exclude(fictional=True)
    done = 0
    for user_id in list(idle.values_list("pk", flat=True)):
        with transaction.atomic():
            user = idle.select_for_update(skip_locked=True).filter(pk=user_id).first()
            if user is None:
                continue
            user.is_active = False
            user.save(update_fields=["is_active"])
            end_sessions(user)
            _record_in_wards(user, "accounts.idle_switched_off", values={"days": settings.IDLE_ACCOUNT_DAYS})
            done += 1
    SignInTrouble.objects.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    return done


def require_over(actor: Actor, user: User) -> None:
    """Raise unless the actor manages accounts, and this one is another person's with a post in the ward."""
    require(actor, "accounts.manage")
    if actor.id == user.pk:
        raise DomainError(_("Ask the other administrator: nobody does this for themselves."))
    if not Post.objects.filter(ward_id=actor.ward_id, user=user).exists():
        raise DomainError(_("This person holds no post in this ward."))


def _wards_of(user: User) -> Iterator[int]:
    with actor_scope(user.pk):
        wards = {post.ward_id for post in selectors.posts_today(user)}
    for ward_id in sorted(wards):
        with ward_scope(ward_id):
            yield ward_id


def _record_in_wards(user: User, action: str, *, values: dict[str, int], by: User | None = None) -> None:
    for ward_id in _wards_of(user):
        actor = selectors.actor_of(by, [], ward_id) if by is not None else None
        audit.record(actor=actor, action=action, target=user, ward_id=ward_id, values=values)


def tell_managers(user: User, kind: str, also: User | None = None) -> None:
    """A notice about a person's account to the managers of every ward in which the person holds a post."""
    for ward_id in _wards_of(user):
        people = {person.pk for person in selectors.holders(ward_id, Post.Kind.CHIEF, Post.Kind.WARD_ADMIN)}
        people |= {also.pk} if also is not None else set()
        Notice.objects.bulk_create(
            [Notice(ward_id=ward_id, user_id=one, kind=kind, url="/tai-khoan/can-bo/") for one in people]
        )

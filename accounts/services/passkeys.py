"""Passkeys: made at the office by a code that is shown once; opening an idle session."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.models import KeyInvitation, User
from accounts.services.sign_in import require_over, tell_managers
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import actor_scope, door_scope, ward_scope

LIVES = timedelta(minutes=10)


def _hash(token: str) -> str:
    return salted_hmac("accounts.key_invitation", token, algorithm="sha256").hexdigest()


def _check(user: User) -> None:
    """Raise DomainError for accounts that must not be opened by a code alone."""
    if not user.is_active:
        raise DomainError(_("Switch the account on again first."))
    with actor_scope(user.pk):
        kinds = {post.kind for post in selectors.posts_today(user)}
    if not kinds:
        raise DomainError(_("This person holds no post today."))
    if kinds & set(selectors.NEEDS_SECOND_FACTOR):
        raise DomainError(
            _("Who reads reports or manages others adds a passkey on their own account page, after signing in.")
        )


def may_be_invited(user: User) -> bool:
    """Whether a code may be given for this account at all."""
    try:
        _check(user)
    except DomainError:
        return False
    return True


@transaction.atomic
def invite(*, actor: Actor, user: User) -> tuple[KeyInvitation, str]:
    """Make a code with which the person makes a passkey within ten minutes; returns the row and the code.

    For deputies, keepers and committee members only: a code must never open an account that reads reports or manages
    others, or whoever hands out codes could take it over. An earlier code dies. Raises DomainError.
    """
    require_over(actor, user)
    _check(user)
    token, now = secrets.token_urlsafe(24), timezone.now()
    KeyInvitation.objects.filter(ward_id=actor.ward_id, user=user).delete()
    row = KeyInvitation.objects.create(
        ward_id=actor.ward_id,
        user=user,
        token_hash=_hash(token),
        made_by_id=actor.id,
        made_at=now,
        expires_at=now + LIVES,
    )
    audit.record(actor=actor, action="accounts.key_invited", target=user)
    return row, token


def invited(token: str) -> KeyInvitation | None:
    """The living invitation of a code, or None."""
    door = _hash(token)
    with door_scope(door):
        rows = KeyInvitation.objects.filter(token_hash=door, used_at__isnull=True, expires_at__gt=timezone.now())
        return rows.select_related("user").first()


def accept(*, token: str, name: str, credential: dict[str, Any]) -> Authenticator:
    """Keep the passkey made with a code; the code is used up, a password that was only handed out dies.

    The form has verified the credential. Raises DomainError when the code is used or over, or the posts have changed.
    """
    found = invited(token)
    if found is None:
        raise DomainError(_("This code is no longer good. Ask for a new one at the office."))
    with ward_scope(found.ward_id):
        rows = KeyInvitation.objects.filter(ward_id=found.ward_id, pk=found.pk, used_at__isnull=True)
        if not rows.update(used_at=timezone.now()):
            raise DomainError(_("This code is no longer good. Ask for a new one at the office."))
        user = User.objects.select_for_update().get(pk=found.user_id)
        _check(user)
        authenticator: Authenticator = auth.WebAuthn.add(user, name, credential).instance
        if user.must_change_password:
            user.set_unusable_password()
            user.must_change_password = False
            user.save(update_fields=["password", "must_change_password"])
        actor = selectors.actor_of(user, [], found.ward_id)
        audit.record(actor=actor, action="accounts.key_made", target=user, ward_id=found.ward_id)
    tell_managers(user, "key_made")
    return authenticator


def ask(user: User) -> dict[str, Any] | None:
    """What the browser asks the person's passkey for, or None without one. The session remembers the question."""
    return {"request_options": auth.begin_authentication(user)} if selectors.has_passkey(user.pk) else None


def answered(user: User, credential: Any) -> bool:
    """Whether this is the right answer of one of the person's passkeys to the question asked last."""
    if not isinstance(credential, dict) or auth.get_state() is None:
        return False
    try:
        auth.parse_authentication_response(credential)
        return auth.complete_authentication(user, credential).user_id == user.pk
    except (ValidationError, KeyError, TypeError, ValueError, AttributeError):
        return False

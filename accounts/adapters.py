"""How django-allauth behaves here: no self-registration, secrets of second factors encrypted at rest."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.services import sign_in
from vikhe_portal.core import context, crypto


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the chief or the ward administrator only."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is switched off. Ask the ward police chief or the administrator."),
        "email_password_mismatch": _("The user name or the password is not right."),
        "username_password_mismatch": _("The user name or the password is not right."),
        "invalid_login": _("The user name or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("Enter your present password."),
        "incorrect_code": _("The code is not right. Wait for the next one and try again."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "rate_limited": _("Too many attempts in a short time. Wait a little, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: there is no self-registration."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before the password is looked at: a locked name, or an address that sprays passwords.

        Raises ValidationError. Replaces allauth's count per name, which lives in the cache, by the ledger in the
        database (accounts.services.sign_in).
        """
        self._login_failed_rl_usage = None
        until = sign_in.locked_until(_login_of(credentials))
        if until is not None:
            raise _locked_error(until)
        if not ratelimit.consume(request, action="login"):
            raise self.validation_error("rate_limited")

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing to give back: the ledger counts failures only."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count it; say so when this was the one that locks. Raises ValidationError."""
        with _acting_from(self, request):
            until = sign_in.password_was_wrong(login=_login_of(credentials))
        if until is not None:
            raise _locked_error(until)

    def login(self, request: HttpRequest, user: Any) -> None:
        """The end of every way of signing in: start the clock of the session and note it in the trail."""
        super().login(request, user)
        sign_in.begin_session(request.session)
        with _acting_from(self, request):
            sign_in.signed_in(user=user)


def _login_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username") or credentials.get("email") or "")


def _locked_error(until: Any) -> ValidationError:
    moment = timezone.localtime(until).strftime("%H:%M")
    return ValidationError(
        _now(
            "Too many wrong passwords. Try again after %(moment)s, or ask the ward police chief to unlock the account."
        )
        % {"moment": moment},
        code="locked",
    )


def _acting_from(adapter: StaffAccountAdapter, request: HttpRequest) -> Any:
    return context.acting_from(replace(context.current(), address=adapter.get_client_ip(request)))


class SealedMFAAdapter(DefaultMFAAdapter):
    """allauth keeps TOTP secrets and recovery seeds as they are; here they are encrypted under the content key."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("This is your last second factor and your post needs one. Add another first."),
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first; the codes stand in for it."),
        "incorrect_code": _("The code is not right. Wait for the next one and try again."),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of a person whose posts demand one, wherever they are just now."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=selectors.FACTORS)
        if authenticator.type not in selectors.FACTORS or others.exclude(pk=authenticator.pk).exists():
            return True
        request = allauth_context.request
        actor = getattr(request, "actor", None)
        address = StaffAccountAdapter(request).get_client_ip(request)
        return not selectors.needs_second_factor(actor.kinds if actor else (), address)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """The name proposed for a new passkey."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _now("Device %(number)s") % {"number": count + 1}

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for storage."""
        return base64.b64encode(crypto.encrypt(text.encode(), ward_id=0, context="mfa", row="secret")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return crypto.decrypt(base64.b64decode(encrypted_text), ward_id=0, context="mfa", row="secret").decode()

    def get_public_key_credential_rp_entity(self) -> Any:
        """The relying party shown by the passkey prompt."""
        return super().get_public_key_credential_rp_entity() | {"name": "Cổng Vị Khê"}

"""How django-allauth behaves here: no self-registration, secrets of second factors encrypted at rest."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core import crypto


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


class SealedMFAAdapter(DefaultMFAAdapter):
    """allauth keeps TOTP secrets and recovery seeds as they are; here they are encrypted under the content key."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for storage."""
        return base64.b64encode(crypto.encrypt(text.encode(), ward_id=0, context="mfa", row="secret")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return crypto.decrypt(base64.b64decode(encrypted_text), ward_id=0, context="mfa", row="secret").decode()

    def get_public_key_credential_rp_entity(self) -> Any:
        """The relying party shown by the passkey prompt."""
        return super().get_public_key_credential_rp_entity() | {"name": "Cổng Vị Khê"}

"""How django-allauth behaves here: no self-registration, secrets of second factors encrypted at rest."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from vikhe_portal.core import crypto


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the chief or the ward administrator only."""

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

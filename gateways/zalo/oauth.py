"""OAuth v4 of Zalo: consent link with PKCE, exchange of the code, rotation of the tokens.

Contract of :meth:`OAuthClient.refresh` towards its caller. A refresh token works **once**; on success the old one is
dead and the new one exists only in the answer. The caller must therefore, per Official Account,

1. hold a lock that excludes every other refresher from reading the stored token until the new pair is committed,
2. commit a note "refresh started" before calling,
3. commit the new pair before anything uses it,
4. after ``not_executed`` failures keep the old token: it is still good,
5. after an unknown failure (or a crash between 2 and 3) try the old token once more; ``-14014`` then means that the
   answer was lost and an administrator must give consent again.
"""

import base64
import hashlib
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlencode

from django.utils.translation.trans_null import gettext_noop as _  # the plain one works without settings

from gateways.zalo.outcomes import Failure, Reply, as_int
from gateways.zalo.transport import Transport

_ALPHABET = string.ascii_letters + string.digits

OAUTH_HINTS: Mapping[int, str] = MappingProxyType(
    {
        -14002: _("The app id is wrong or the app is not active. Check it in the Zalo developer console."),
        -14003: _("The callback address is not the one registered in the Zalo developer console."),
        -14005: _("The consent code is not valid. Start the connection again."),
        -14014: _("The refresh token is no longer valid. An administrator of the Official Account must consent again."),
        -14019: _("The consent code has expired after 10 minutes. Start the connection again."),
        -14020: _("The refresh token has expired after 3 months. An administrator must consent again."),
    }
)
_OTHER_HINT = _("Zalo refused the connection. Start it again; if this stays, check the app in the developer console.")
_NETWORK_HINT = _("Zalo could not be reached. Check the server's connection to the Internet.")


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier (kept here) and its challenge (shown to Zalo)."""

    verifier: str = field(repr=False)
    challenge: str


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Tokens of one Official Account; ``expires_in`` in seconds (25 h) counts for the access token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


class OAuthRefused(Exception):
    """No tokens came back.

    ``code``: Zalo's number or None. ``not_executed``: the request certainly did not reach Zalo or was refused, so the
    token or code that was offered has not been used up by it. ``hint``: English message id for the administrator.
    """

    def __init__(self, code: int | None, name: str, *, not_executed: bool, network: bool) -> None:
        super().__init__(f"{code} {name}".strip())
        self.code, self.name, self.not_executed = code, name, not_executed
        self.hint = _NETWORK_HINT if network else OAUTH_HINTS.get(code or 0, _OTHER_HINT)

    @property
    def needs_consent(self) -> bool:
        """True when only a new consent of the account's administrator helps."""
        return self.code in (-14005, -14014, -14019, -14020)


def challenge_for(verifier: str) -> str:
    """Challenge of a verifier: URL-safe base64 of its SHA-256 without padding (as Zalo's own SDKs do)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def new_pkce() -> Pkce:
    """A fresh pair: 43 random letters and digits, with upper case, lower case and a digit as Zalo demands."""
    while True:
        verifier = "".join(secrets.choice(_ALPHABET) for _index in range(43))
        if (
            any(c.isupper() for c in verifier)
            and any(c.islower() for c in verifier)
            and any(map(str.isdigit, verifier))
        ):
            return Pkce(verifier, challenge_for(verifier))


class OAuthClient:
    """Tokens for one app. ``app_secret`` goes out in the header ``secret_key`` and nowhere else."""

    def __init__(self, transport: Transport, *, app_id: str, app_secret: str) -> None:
        self._transport, self._app_id, self._app_secret = transport, app_id, app_secret

    def authorization_url(self, *, redirect_uri: str, state: str, challenge: str = "") -> str:
        """The address an administrator of the Official Account opens to give consent."""
        query = {"app_id": self._app_id, "redirect_uri": redirect_uri, "state": state}
        if challenge:
            query["code_challenge"] = challenge
        return f"{self._transport.endpoints.oauth}/v4/oa/permission?{urlencode(query)}"

    async def exchange(self, *, code: str, verifier: str = "") -> TokenPair:
        """Turn the consent code (one use, 10 minutes) into tokens. Raises :class:`OAuthRefused`."""
        body = {"code": code, "app_id": self._app_id, "grant_type": "authorization_code"}
        if verifier:
            body["code_verifier"] = verifier
        return await self._tokens(body)

    async def refresh(self, *, refresh_token: str) -> TokenPair:
        """Trade the refresh token for a new pair; see the contract above. Raises :class:`OAuthRefused`."""
        return await self._tokens(
            {"refresh_token": refresh_token, "app_id": self._app_id, "grant_type": "refresh_token"}
        )

    async def _tokens(self, body: dict[str, str]) -> TokenPair:
        reply = await self._transport.call(
            "POST",
            f"{self._transport.endpoints.oauth}/v4/oa/access_token",
            headers={"secret_key": self._app_secret},
            form=body,
        )
        return _token_pair(reply)


def _token_pair(reply: Reply) -> TokenPair:
    if reply.failure is not None:
        raise OAuthRefused(None, reply.detail, not_executed=reply.failure is Failure.NOT_SENT, network=True)
    payload = reply.payload or {}
    access, renewal = payload.get("access_token"), payload.get("refresh_token")
    if isinstance(access, str) and isinstance(renewal, str) and access and renewal:
        # expires_in is documented as text; without it the shortest lifetime seen in the documentation is assumed
        return TokenPair(access, renewal, as_int(payload.get("expires_in"), 3600) or 3600)
    code = as_int(payload.get("error"))
    name = str(payload.get("error_name") or payload.get("error_description") or f"HTTP {reply.status}")[:200]
    refused = reply.status < 500 and code is not None and code < 0
    raise OAuthRefused(code, name, not_executed=refused or reply.status == 429, network=False)

"""What every call of an Official Account shares: its token, the optional proof, and how an answer is judged."""

import hashlib
import hmac
import json
from typing import Any

import aiohttp

from gateways.zalo.outcomes import Outcome, ZaloRefused, classify
from gateways.zalo.text import normalise
from gateways.zalo.transport import Transport


class Caller:
    """One Official Account on a shared transport.

    ``access_token`` goes into the header of that name. ``app_secret``: give it when the app demands
    ``appsecret_proof`` (recommended: a stolen token is then useless without the secret).
    """

    def __init__(self, transport: Transport, *, access_token: str, app_secret: str | None = None) -> None:
        self._transport = transport
        self._base = transport.endpoints.openapi
        self._headers = {"access_token": access_token}
        if app_secret is not None:
            proof = hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()
            self._headers["appsecret_proof"] = proof

    async def _post(self, path: str, body: dict[str, Any], *, id_field: str | None = None) -> Outcome:
        reply = await self._transport.call("POST", self._base + path, headers=self._headers, json_body=body)
        return classify(reply, id_field)

    async def _post_business(self, path: str, body: dict[str, Any], *, id_field: str) -> Outcome:
        url = self._transport.endpoints.business + path
        reply = await self._transport.call("POST", url, headers=self._headers, json_body=body)
        return classify(reply, id_field)

    async def _write(self, path: str, body: dict[str, Any], *, id_field: str | None = None) -> Any:
        return _data(await self._post(path, body, id_field=id_field))

    async def _get(self, path: str, params: dict[str, str] | None = None) -> Any:
        reply = await self._transport.call("GET", self._base + path, headers=self._headers, params=params)
        return _data(classify(reply))

    async def _get_by_data(self, path: str, query: dict[str, Any]) -> Any:
        """Calls about persons, talks and tags take one query parameter ``data`` holding JSON."""
        return await self._get(path, {"data": json.dumps(query, ensure_ascii=False, separators=(",", ":"))})

    async def _upload(self, path: str, content: bytes, *, name: str, mime: str, id_field: str) -> str:
        # Unquoted, or residents would read "K%E1%BA%BF%20ho%E1%BA%A1ch.pdf" under the post.
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=_file_name(name), content_type=mime)
        reply = await self._transport.call("POST", self._base + path, headers=self._headers, form=form, total=60.0)
        outcome = classify(reply, id_field)
        if not outcome.ok:
            raise ZaloRefused(outcome)
        return outcome.remote_id


def _file_name(name: str) -> str:
    """The last part of ``name`` without control characters, in NFC."""
    last = normalise(name).replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable()) or "tep"


def _data(outcome: Outcome) -> Any:
    if not outcome.ok:
        raise ZaloRefused(outcome)
    return outcome.data

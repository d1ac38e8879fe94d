"""Zalo Bot platform: the only official way to post automatically into an ordinary group.

The token is part of the address, so addresses of this module must never be logged.
"""

from typing import Any

from gateways.zalo.outcomes import Outcome, ZaloRefused, as_id, classify_bot, refused_here
from gateways.zalo.text import TextRefused, prepare
from gateways.zalo.transport import Transport


class BotClient:
    """One bot. ``token`` looks like ``12345689:abc-xyz`` and never expires until it is reset."""

    def __init__(self, transport: Transport, *, token: str) -> None:
        self._transport = transport
        self._base = f"{transport.endpoints.bot}/bot{token}/"

    async def me(self) -> dict[str, Any]:
        """``{id, account_name, account_type, can_join_groups}``. Raises ZaloRefused."""
        result = await self._result("getMe", {})
        return {**result, "id": as_id(result.get("id"))}

    async def send_message(self, chat_id: str, text: str) -> Outcome:
        """Post plain text (≤ 2,000 NFC characters) to a person or group the bot has met."""
        try:
            body = prepare(text)
        except TextRefused as error:
            return refused_here(str(error))
        reply = await self._transport.call(
            "POST", self._base + "sendMessage", json_body={"chat_id": chat_id, "text": body}
        )
        return classify_bot(reply, "message_id")

    async def set_webhook(self, url: str, secret_token: str) -> dict[str, Any]:
        """Register our address; ``secret_token`` (8–256 characters) comes back with each event. Raises ZaloRefused."""
        if not 8 <= len(secret_token) <= 256:
            raise ValueError("the secret has 8 to 256 characters")
        return await self._result("setWebhook", {"url": url, "secret_token": secret_token})

    async def delete_webhook(self) -> dict[str, Any]:
        return await self._result("deleteWebhook", {})

    async def webhook_info(self) -> dict[str, Any]:
        return await self._result("getWebhookInfo", {})

    async def _result(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        outcome = classify_bot(await self._transport.call("POST", self._base + method, json_body=body))
        if not outcome.ok or not isinstance(outcome.data, dict):
            raise ZaloRefused(outcome)
        return outcome.data

"""Messages of an Official Account to its groups and to one person. Each returns an Outcome instead of raising."""

from typing import Any

from gateways.zalo.calls import Caller
from gateways.zalo.outcomes import Outcome, refused_here
from gateways.zalo.text import TextRefused, prepare

_GROUP_MESSAGE = "/v3.0/oa/group/message"
_CS_MESSAGE = "/v3.0/oa/message/cs"


class MessageCalls(Caller):
    async def send_group_text(self, group_id: str, text: str, *, mention_ids: tuple[str, ...] = ()) -> Outcome:
        """Post ``text`` (≤ 2,000 NFC characters) in a group.

        Mentions inside ``text`` are made harmless; ``mention_ids`` are user ids, or the group's id for everyone.
        """
        try:
            body = prepare(text, mention_ids=mention_ids)
        except TextRefused as error:
            return refused_here(str(error))
        return await self._send(_GROUP_MESSAGE, {"group_id": group_id}, {"text": body})

    async def send_group_image(self, group_id: str, *, text: str, attachment_id: str = "", url: str = "") -> Outcome:
        """Post a picture with its caption. Exactly one of ``attachment_id`` (from :meth:`upload_image`) and ``url``."""
        try:
            body = _image(prepare(text), attachment_id, url)
        except ValueError as error:
            return refused_here(str(error))
        return await self._send(_GROUP_MESSAGE, {"group_id": group_id}, body)

    async def send_group_file(self, group_id: str, token: str) -> Outcome:
        """Post a file by the token of :meth:`upload_file` (valid 7 days)."""
        return await self._send(_GROUP_MESSAGE, {"group_id": group_id}, _file(token))

    async def send_cs_text(self, user_id: str, text: str, *, quote_message_id: str = "") -> Outcome:
        """Answer one person. Only within 7 days of their last contact (-230 otherwise)."""
        try:
            message: dict[str, Any] = {"text": prepare(text)}
        except TextRefused as error:
            return refused_here(str(error))
        if quote_message_id:
            message["quote_message_id"] = quote_message_id
        return await self._send(_CS_MESSAGE, {"user_id": user_id}, message)

    async def send_cs_image(self, user_id: str, *, text: str, attachment_id: str = "", url: str = "") -> Outcome:
        """Send one person a picture with its caption; arguments as in :meth:`send_group_image`."""
        try:
            body = _image(prepare(text), attachment_id, url)
        except ValueError as error:
            return refused_here(str(error))
        return await self._send(_CS_MESSAGE, {"user_id": user_id}, body)

    async def send_cs_file(self, user_id: str, token: str) -> Outcome:
        return await self._send(_CS_MESSAGE, {"user_id": user_id}, _file(token))

    async def send_template(
        self, *, phone: str, template_id: str, template_data: dict[str, Any], tracking_id: str
    ) -> Outcome:
        """Send an approved template message to a phone number (84…) through the business host."""
        reply_body = {
            "phone": phone,
            "template_id": template_id,
            "template_data": template_data,
            "tracking_id": tracking_id,
        }
        return await self._post_business("/message/template", reply_body, id_field="msg_id")

    async def _send(self, path: str, recipient: dict[str, Any], message: dict[str, Any]) -> Outcome:
        return await self._post(path, {"recipient": recipient, "message": message}, id_field="message_id")


def _image(text: str, attachment_id: str, url: str) -> dict[str, Any]:
    if bool(attachment_id) == bool(url):
        raise ValueError("a picture needs exactly one of attachment_id and url")
    element = {"media_type": "image", **({"attachment_id": attachment_id} if attachment_id else {"url": url})}
    # A flat attachment of type "image" is refused for groups; the media template is the documented form.
    return {
        "text": text,
        "attachment": {"type": "template", "payload": {"template_type": "media", "elements": [element]}},
    }


def _file(token: str) -> dict[str, Any]:
    return {"attachment": {"type": "file", "payload": {"token": token}}}

"""What Zalo posts to us: is it Zalo's, is it fresh, what is it, and may it be kept at all.

The order is the point: the signature is checked over the raw bytes, then the age, and only then is the body read.
Messages that residents write in a group (``user_send_group_*``) are recognised and **dropped before anything is stored
or logged**: :attr:`Event.handling` is DROP and the event carries neither text nor sender.
"""

import enum
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from gateways.zalo.outcomes import as_id, as_int
from gateways.zalo.text import normalise

MAX_BODY = 256 * 1024
# Zalo repeats a body it could not deliver for about two hours, with the same timestamp; a queue in front of us may hold
# it longer. Repetition is caught by the dedupe key, which is kept for good, so a day is safe.
MAX_AGE = timedelta(hours=24)
MAX_AHEAD = timedelta(minutes=10)

_MAC = re.compile(r"(?:mac=)?([0-9a-f]{64})", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[a-z0-9_]{1,64}")

# Names found in older documents and in other people's integrations -> the name on Zalo's own event pages.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "react_request_join_group": "accept_request_join_group",
        "react_request_join_group_accept": "accept_request_join_group",
        "react_request_join_group_reject": "reject_request_join_group",
        "user_leave_group": "user_out_group",
        "disperse_group": "delete_group",
    }
)
_GROUP_CHATTER = "user_send_group_"
_OWN_GROUP_POST = "oa_send_group_"


class Handling(enum.StrEnum):
    PROBE = "probe"  # Zalo tries the address: answer 200, do nothing
    DROP = "drop"  # residents' talk in a group: answer 200, keep nothing
    ECHO = "echo"  # our own sending, or a receipt of it: may confirm a delivery, must never be answered
    STORE = "store"  # everything else, unknown kinds included


class WebhookRefused(Exception):
    """``reason``: too_large, no_signature, bad_signature, too_old, ahead, malformed, wrong_app. Never the content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attachment:
    """``kind`` as Zalo names it; ``url`` on Zalo's CDN expires, so it has to be fetched soon or never."""

    kind: str
    url: str
    name: str
    size: int
    token: str


@dataclass(frozen=True, slots=True)
class Message:
    message_id: str
    text: str
    quote_id: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One verified event.

    ``name`` is the documented name, ``raw_name`` what was sent. ``sender_id``/``recipient_id``: user, account or group
    id, "" when the kind has none. ``user_ids``: people the event is about. ``occurred_at``: UTC. ``dedupe_key`` is
    unique per event within one account; store it for good.
    """

    name: str
    raw_name: str
    handling: Handling
    dedupe_key: str
    occurred_at: datetime
    app_id: str = ""
    oa_id: str = ""
    group_id: str = ""
    sender_id: str = ""
    recipient_id: str = ""
    user_ids: tuple[str, ...] = ()
    message: Message | None = None


def sign(*, app_id: str, raw: bytes, timestamp: str, oa_secret: str) -> str:
    """hex(SHA-256(appId + rawBody + timestamp + OA secret key)), as every event page of Zalo documents it."""
    digest = hashlib.sha256(app_id.encode())
    digest.update(raw)
    digest.update(timestamp.encode() + oa_secret.encode())
    return digest.hexdigest()


def is_probe(raw: bytes) -> bool:
    """True for the unsigned empty body or ``{}`` that Zalo posts when the address is saved in the console."""
    return raw.strip() in (b"", b"{}")


def receive(
    raw: bytes,
    signature: str | None,
    *,
    app_id: str,
    oa_secret: str,
    now: datetime,
    max_age: timedelta = MAX_AGE,
) -> Event:
    """Check one request and read it.

    ``raw``: body byte for byte. ``signature``: header ``X-ZEvent-Signature``. ``app_id`` and ``oa_secret`` come from
    our configuration, never from the request; the secret is the *OA Secret Key* of the webhook page, not the app's.
    ``now``: an aware datetime. Raises :class:`WebhookRefused`; answer 401 then and write nothing.
    """
    if is_probe(raw):
        return Event("", "", Handling.PROBE, "", now)
    if len(raw) > MAX_BODY:
        raise WebhookRefused("too_large")
    found = _MAC.fullmatch(signature.strip()) if signature else None
    if found is None:
        raise WebhookRefused("no_signature")
    body = _object(raw)
    timestamp = as_id(body.get("timestamp"))
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise WebhookRefused("malformed")
    expected = sign(app_id=app_id, raw=raw, timestamp=timestamp, oa_secret=oa_secret)
    if not hmac.compare_digest(expected, found[1].lower()):
        raise WebhookRefused("bad_signature")
    if as_id(body.get("app_id")) != app_id:
        raise WebhookRefused("wrong_app")
    occurred_at = _moment(timestamp)
    if now - occurred_at > max_age:
        raise WebhookRefused("too_old")
    if occurred_at - now > MAX_AHEAD:
        raise WebhookRefused("ahead")
    return _read(body, raw, occurred_at)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise WebhookRefused("malformed") from None
    if not isinstance(body, dict):
        raise WebhookRefused("malformed")
    return body


def _moment(timestamp: str) -> datetime:
    milliseconds = as_int(timestamp)
    # up to the year 2286; beyond it the conversion below could overflow
    if milliseconds is None or not 0 < milliseconds < 10**13:
        raise WebhookRefused("malformed")
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def _read(body: dict[str, Any], raw: bytes, occurred_at: datetime) -> Event:
    raw_name = body.get("event_name")
    raw_name = raw_name.strip().lower() if isinstance(raw_name, str) else ""
    if not _PLAIN_NAME.fullmatch(raw_name):
        raw_name = "unknown"
    name = ALIASES.get(raw_name, raw_name)
    app_id, recipient_id = as_id(body.get("app_id")), _nested_id(body, "recipient")
    if name.startswith(_GROUP_CHATTER):
        return Event(
            name,
            raw_name,
            Handling.DROP,
            "",
            occurred_at,
            app_id,
            as_id(body.get("oa_id")),
            recipient_id,
        )
    message = _message(body.get("message"))
    own = name.startswith("oa_") or name in ("user_received_message", "user_seen_message")
    group_id = as_id(body.get("group_id")) or (recipient_id if name.startswith(_OWN_GROUP_POST) else "")
    return Event(
        name,
        raw_name,
        Handling.ECHO if own else Handling.STORE,
        _dedupe_key(name, message, raw),
        occurred_at,
        app_id,
        _oa_id(body, name),
        group_id,
        _nested_id(body, "sender"),
        recipient_id,
        _users(body),
        message,
    )


def _dedupe_key(name: str, message: Message | None, raw: bytes) -> str:
    # Only sendings have one event per message id. Reactions and receipts repeat the id of the message they are about.
    if "_send_" in name and message is not None and message.message_id:
        return f"{name}:{message.message_id}"
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _oa_id(body: dict[str, Any], name: str) -> str:
    """The account is named, or it is the sender of its own messages, or it is whom a person wrote to."""
    named = as_id(body.get("oa_id"))
    if named:
        return named
    return _nested_id(body, "sender" if name.startswith("oa_") else "recipient")


def _nested_id(body: dict[str, Any], key: str) -> str:
    part = body.get(key)
    return as_id(part.get("id")) if isinstance(part, dict) else ""


def _users(body: dict[str, Any]) -> tuple[str, ...]:
    listed = body.get("users")
    found = [as_id(user.get("id")) for user in listed if isinstance(user, dict)] if isinstance(listed, list) else []
    found.append(_nested_id(body, "follower"))
    found.append(as_id(body.get("user_id")))
    return tuple(dict.fromkeys(user_id for user_id in found if user_id))


def _message(part: Any) -> Message | None:
    if not isinstance(part, dict):
        return None
    text, listed = part.get("text"), part.get("attachments")
    return Message(
        as_id(part.get("msg_id")),
        normalise(text) if isinstance(text, str) else "",
        as_id(part.get("quote_msg_id")),
        tuple(_attachment(item) for item in listed if isinstance(item, dict)) if isinstance(listed, list) else (),
    )


def _attachment(item: dict[str, Any]) -> Attachment:
    payload = item.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    return Attachment(
        as_id(item.get("type")),
        as_id(payload.get("url")),
        as_id(payload.get("name")),
        as_int(payload.get("size"), 0) or 0,
        as_id(payload.get("token")),
    )


@dataclass(frozen=True, slots=True)
class BotEvent:
    """A message to our bot, in a group only when it is mentioned or answered. ``chat_type``: PRIVATE or GROUP."""

    name: str
    chat_id: str
    chat_type: str
    sender_id: str
    sender_is_bot: bool
    text: str
    message_id: str


def receive_bot(raw: bytes, header: str | None, *, secret_token: str) -> BotEvent:
    """Check and read one request of the Bot platform.

    ``header``: ``X-Bot-Api-Secret-Token``, compared in constant time. Both body forms seen are read: wrapped in
    ``{"ok": true, "result": …}`` and flat. Raises :class:`WebhookRefused`.
    """
    if len(raw) > MAX_BODY:
        raise WebhookRefused("too_large")
    if not header:
        raise WebhookRefused("no_signature")
    if not secret_token or not hmac.compare_digest(header.encode(), secret_token.encode()):
        raise WebhookRefused("bad_signature")
    body = _object(raw)
    inner = body.get("result")
    body = inner if isinstance(inner, dict) else body
    name, message = body.get("event_name"), body.get("message")
    if not isinstance(name, str) or not isinstance(message, dict):
        raise WebhookRefused("malformed")
    chat, sender, text = message.get("chat"), message.get("from"), message.get("text")
    chat = chat if isinstance(chat, dict) else {}
    sender = sender if isinstance(sender, dict) else {}
    return BotEvent(
        name[:64],
        as_id(chat.get("id")),
        as_id(chat.get("chat_type")).upper(),
        as_id(sender.get("id")),
        sender.get("is_bot") is True,
        normalise(text) if isinstance(text, str) else "",
        as_id(message.get("message_id")),
    )

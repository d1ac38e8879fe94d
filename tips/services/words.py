"""Words of tips: encrypted under the ward's key, bound to their row, padded so that lengths tell little."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tips.models import Tip, TipMessage
from vikhe_portal.core import crypto

TIP, MESSAGE = "tips_tip.content", "tips_tipmessage.body"
STEP = 1024  # bytes


@dataclass(frozen=True)
class Words:
    """What a reporter wrote: the report and, if given, the place in their own words."""

    text: str
    place: str = ""


def _padded(data: dict[str, str]) -> bytes:
    raw = json.dumps(data, ensure_ascii=False).encode()
    return raw + b" " * (-len(raw) % STEP)


def close(words: Words, *, ward_id: int, tip_uuid: object) -> bytes:
    """Encrypt the words of a tip."""
    inside = _padded({"text": words.text, "place": words.place})
    return crypto.encrypt(inside, ward_id=ward_id, context=TIP, row=str(tip_uuid))


def read(tip: Tip) -> Words | None:
    """The words of a tip, or None when none are kept. Callers audit the reading."""
    if tip.content is None:
        return None
    inside = json.loads(crypto.decrypt(bytes(tip.content), ward_id=tip.ward_id, context=TIP, row=str(tip.uuid)))
    return Words(inside["text"], inside["place"])


def close_message(body: str, *, ward_id: int, message_uuid: object) -> bytes:
    """Encrypt a message."""
    return crypto.encrypt(_padded({"body": body}), ward_id=ward_id, context=MESSAGE, row=str(message_uuid))


def read_message(message: TipMessage) -> str:
    """The text of a message. Callers audit the reading."""
    inside = crypto.decrypt(bytes(message.body), ward_id=message.ward_id, context=MESSAGE, row=str(message.uuid))
    return json.loads(inside)["body"]

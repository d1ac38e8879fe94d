"""Reading words: every reading is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.services import alerts
from tips.models import Tip, TipEvent, TipMessage
from tips.selectors import attachments_of, joined_to, readable_tip
from tips.services import words
from tips.services.story import note, tell
from tips.services.words import Words
from vikhe_portal.core import files
from vikhe_portal.core.permissions import Actor, require


@dataclass(frozen=True)
class Message:
    """One message in clear."""

    kind: str
    label: str
    at: datetime
    author: str
    body: str


@dataclass(frozen=True)
class OpenTip:
    """A tip in clear, for the page that shows it."""

    tip: Tip
    words: Words | None
    messages: list[Message]


def messages_of(tip: Tip) -> list[Message]:
    """The talk with the reporter in clear. Callers audit, or hold the reporter's pass."""
    rows = TipMessage.objects.filter(ward_id=tip.ward_id, tip=tip).select_related("author").order_by("at", "id")
    return [
        Message(
            row.kind,
            str(row.get_kind_display()),
            row.at,
            row.author.get_full_name() if row.author else "",
            words.read_message(row),
        )
        for row in rows
    ]


@transaction.atomic
def open_tip(*, actor: Actor, uuid: Any) -> OpenTip | None:
    """Read a tip; None when the actor may not know its words. The first reading is a step of the story."""
    tip = readable_tip(actor, uuid)
    if tip is None:
        return None
    require(actor, "tips.read", tip)
    alerts.settle(ward_id=tip.ward_id, kind="tip_new", object_id=tip.pk, user_id=actor.id)
    seen = TipEvent.objects.filter(ward_id=tip.ward_id, tip=tip, kind=TipEvent.Kind.READ).exists()
    if not seen and tip.received_by_id != actor.id:
        tell(tip, TipEvent.Kind.READ, actor=actor, action="tips.read")
    else:
        note(tip, actor=actor, action="tips.read")
    return OpenTip(tip, words.read(tip), messages_of(tip))


@transaction.atomic
def open_joined(*, actor: Actor, tip: Tip) -> list[OpenTip]:
    """Read the reports that were joined to this one; each reading is written down."""
    opened = []
    for row in joined_to(actor, tip):
        note(row, actor=actor, action="tips.read")
        opened.append(OpenTip(row, words.read(row), messages_of(row)))
    return opened


@transaction.atomic
def read_picture(*, actor: Actor, uuid: Any, position: int, small: bool = False) -> bytes | None:
    """The pixel copy of a picture (JPEG); None when the actor may not read the tip or there is none. Audited."""
    tip = readable_tip(actor, uuid)
    if tip is None:
        return None
    require(actor, "tips.read", tip)
    row = next((one for one in attachments_of(tip) if one.position == position), None)
    name = "" if row is None else (row.thumbnail if small else row.display)
    if not name:
        return None
    if not small:
        note(tip, actor=actor, action="tips.picture_read", facts={"position": position})
    try:
        return files.read(name, ward_id=tip.ward_id)
    except FileNotFoundError:
        return None

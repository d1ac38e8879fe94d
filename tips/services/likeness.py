"""Which open reports may be about the same matter: same place, same time, similar words. A person decides.

Everything is worked out for one report when its page is looked at; nothing is kept, nothing is indexed, and no text can
be searched for. Names, telephone numbers and other numbers play no part in it, so it never answers "what else was
reported about this person". Only ordinary reports that the actor may read anyway are compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from tips.models import Route, Tip
from tips.policies import readable_tips
from tips.services import words
from tips.services.story import note
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import search_key

DAYS = 14
COMPARED = 300
SHOWN = 5
ENOUGH, WITH_PLACE_AND_TIME = 0.3, 0.1
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.!?…\n]+")
# Words every report is full of.
_COMMON_WORDS = """
toi em anh chi ong ba co bac chau nha o tai thi la ma va voi cho cua cac nhung mot hai khong bi duoc da dang
se roi nay kia do ay nguoi thay biet luc khi hom qua ngay dem sang chieu gio ra vao len xuong den di lai lam
rat nhieu it cung con moi de tu trong ngoai tren duoi nhu nen vi xin mong nho cong phuong dan pho to
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True)
class Related:
    """Another report that may be about the same matter, and why."""

    tip: Tip
    reasons: list[str]
    strength: float


def _marks(text: str) -> set[str]:
    """Words and pairs of neighbouring words of a text, without names (capitals inside a sentence) and numbers."""
    found: set[str] = set()
    for sentence in _SENTENCE.split(text):
        kept = []
        for position, word in enumerate(_WORD.findall(sentence)):
            if word[0].isupper() and position and not sentence.isupper():
                kept.append("")
                continue
            key = search_key(word)
            kept.append("" if key in _COMMON or len(key) < 2 else key)
        found.update(word for word in kept if word)
        found.update(f"{one} {two}" for one, two in zip(kept, kept[1:], strict=False) if one and two)
    return found


def alike(one: set[str], two: set[str]) -> float:
    """How much of the smaller set stands in the other: 0 to 1."""
    return len(one & two) / min(len(one), len(two)) if len(one) > 3 and len(two) > 3 else 0.0


def related_to(*, actor: Actor, tip: Tip) -> list[Related]:
    """The reports most like this one, strongest first. Written down as a comparison, with the number of rows."""
    require(actor, "tips.join", tip)
    inside = words.read(tip)
    if inside is None or tip.route != Route.ORDINARY or tip.status in Tip.FINISHED:
        return []
    window = timedelta(days=DAYS)
    rows = (
        readable_tips(actor)
        .filter(
            route=Route.ORDINARY,
            series=tip.series,
            received_at__range=(tip.received_at - window, tip.received_at + window),
            content__isnull=False,
        )
        .exclude(pk=tip.pk)
        .exclude(status__in=Tip.FINISHED)
        .exclude(split_from_id=tip.split_from_id or tip.pk)
        .exclude(pk=tip.split_from_id or 0)
        .select_related("neighbourhood", "assignee")
        .order_by("-received_at")[:COMPARED]
    )
    mine, found, compared = _marks(inside.text), [], 0
    for row in rows:
        compared += 1
        theirs = words.read(row)
        entry = _compare(tip, row, alike(mine, _marks(theirs.text if theirs else "")))
        if entry is not None:
            found.append(entry)
    note(tip, actor=actor, action="tips.compared", facts={"rows": compared, "shown": min(len(found), SHOWN)})
    return sorted(found, key=lambda entry: -entry.strength)[:SHOWN]


def _compare(tip: Tip, row: Tip, similar: float) -> Related | None:
    place = bool(tip.neighbourhood_id) and tip.neighbourhood_id == row.neighbourhood_id
    group = bool(tip.group_id) and tip.group_id == row.group_id
    day = bool(tip.occurred_on) and tip.occurred_on == row.occurred_on
    near = abs(tip.received_at - row.received_at) <= timedelta(hours=24)
    if similar < (WITH_PLACE_AND_TIME if (place or group) and (day or near) else ENOUGH):
        return None
    reasons = [
        text
        for holds, text in (
            (place, _("same neighbourhood")),
            (group and not place, _("same group")),
            (day, _("same day")),
            (near and not day, _("received within a day")),
            (similar >= ENOUGH, _("similar words")),
            (tip.kind == row.kind, _("same kind")),
        )
        if holds
    ]
    return Related(
        row, reasons, 2 * similar + 0.3 * (place or group) + 0.3 * day + 0.2 * near + 0.1 * (tip.kind == row.kind)
    )

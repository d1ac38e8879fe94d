"""How a text came to be: its versions, which of them was approved, and what changed from one to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from broadcasts.models import Broadcast, BroadcastVersion
from groups.models import ZaloGroup
from vikhe_portal.core.models import AuditEvent

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Words of a text that stayed, came or went: `same`, `new`, `old`."""

    kind: str
    text: str


@dataclass
class Change:
    """A part of a broadcast in two versions."""

    label: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether anything came or went."""
        return any(piece.kind != "same" for piece in self.pieces)


def difference(old: str, new: str) -> list[Piece]:
    """What to strike from `old` and put in to get `new`, word by word."""
    a, b = _PIECES.findall(old), _PIECES.findall(new)
    pieces = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(a[a1:a2])))
            continue
        if a2 > a1:
            pieces.append(Piece("old", "".join(a[a1:a2])))
        if b2 > b1:
            pieces.append(Piece("new", "".join(b[b1:b2])))
    return pieces


def _whole(old: str, new: str) -> list[Piece]:
    if old == new:
        return [Piece("same", new)] if new else []
    return [Piece(kind, text) for kind, text in (("old", old), ("new", new)) if text]


def _groups(old: BroadcastVersion, new: BroadcastVersion) -> list[Piece]:
    before, now = set(old.group_ids), set(new.group_ids)
    rows = ZaloGroup.objects.filter(ward_id=new.ward_id, pk__in=before | now).order_by("name")
    pieces = []
    for group_id, name in rows.values_list("pk", "name"):
        kind = "same" if group_id in before & now else "new" if group_id in now else "old"
        pieces.append(Piece(kind, f"{name}\n"))
    return pieces


def changes(old: BroadcastVersion, new: BroadcastVersion) -> list[Change]:
    """Every part of two versions of one broadcast, those that differ first."""
    days = [f"{row.valid_until:%d/%m/%Y}" if row.valid_until else "" for row in (old, new)]
    subjects = [row.category.name if row.category else "" for row in (old, new)]
    rows = [
        Change(_("Title"), difference(old.title, new.title)),
        Change(_("Text"), difference(old.body, new.body)),
        Change(_("Source"), difference(old.source_line, new.source_line)),
        Change(_("Subject"), _whole(*subjects)),
        Change(_("Legal ground"), difference(old.legal_ground, new.legal_ground)),
        Change(_("Valid until"), _whole(*days)),
        Change(_("Groups"), _groups(old, new)),
    ]
    if old.category_id is None:  # from before subject, ground, validity and groups were kept with each version
        rows = rows[:3]
    return sorted((row for row in rows if row.pieces), key=lambda row: not row.differs)


def versions_of(broadcast: Broadcast) -> list[BroadcastVersion]:
    """All versions, the newest first."""
    rows = BroadcastVersion.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast)
    return list(rows.select_related("editor", "category").order_by("-number"))


def approved_numbers(broadcast: Broadcast) -> list[int]:
    """Numbers of the versions that were approved at some time, by the audit trail; the last one last."""
    if broadcast.approved_version and broadcast.emergency:
        return [broadcast.approved_version]
    rows = AuditEvent.objects.filter(
        ward_id=broadcast.ward_id,
        action="broadcasts.approved",
        object_type=broadcast._meta.label_lower,
        object_id=str(broadcast.pk),
    )
    return [int(values["version"]) for values in rows.order_by("at").values_list("values", flat=True)]


def base_for(broadcast: Broadcast, number: Any = None) -> int:
    """The version to compare with: the one asked for, else the last approved before now, else the one before."""
    now = broadcast.version
    if isinstance(number, int) and 1 <= number < now:
        return number
    approved = [version for version in approved_numbers(broadcast) if version < now]
    return approved[-1] if approved else max(1, now - 1)

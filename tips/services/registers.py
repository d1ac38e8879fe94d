"""The intake register of a year, with the columns in use; a reporter is never in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tips.models import Tip, TipEvent
from tips.selectors import readable_ids, register_rows
from tips.services import words
from vikhe_portal.core import audit
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes

SUMMARY = 200  # characters of the content that stand in the register


def columns() -> list[str]:
    """Headings of the register."""
    return [
        _("No."),
        _("Code"),
        _("Number in the official book"),
        _("Received"),
        _("How it came"),
        _("Taken in by"),
        _("Reporter"),
        _("Summary of the content"),
        _("Place"),
        _("Day it happened"),
        _("Documents and objects"),
        _("Classification"),
        _("First handling"),
        _("Transferred on"),
        _("Receiving body"),
        _("Result"),
        _("Reporter told on"),
        _("Notes"),
    ]


@transaction.atomic
def export_register(*, actor: Actor, year: int) -> bytes:
    """The register of a year as .xlsx, audited. Reporter: "ẩn danh" or "đã niêm phong", to be filled by hand."""
    require(actor, "tips.register")
    tips = list(register_rows(actor, year))
    readable = readable_ids(actor, tips)
    first_steps = _first_steps(actor, tips)
    audit.record(
        actor=actor, action="tips.register_exported", ward_id=actor.ward_id, values={"year": year, "rows": len(tips)}
    )
    sheet = Sheet(
        str(_("Register %(year)s") % {"year": year}),
        columns(),
        _rows(tips, readable, first_steps),
        widths=[6, 16, 12, 16, 16, 22, 14, 60, 20, 14, 14, 26, 20, 16, 24, 16, 16, 20],
    )
    return xlsx_bytes([sheet])


def _first_steps(actor: Actor, tips: list[Tip]) -> dict[int, str]:
    steps: dict[int, str] = {}
    wanted = {tip.pk for tip in tips}
    events = TipEvent.objects.filter(
        ward_id=actor.ward_id, kind__in=["classified", "assigned", "answered", "transferred", "escalated", "asked"]
    ).order_by("at", "id")
    for event in events:
        if event.tip_id in wanted:
            steps.setdefault(event.tip_id, str(event.get_kind_display()))
    return steps


def _rows(tips: list[Tip], readable: set[int], first_steps: dict[int, str]) -> Iterator[list[Any]]:
    for tip in tips:
        inside = words.read(tip) if tip.pk in readable else None
        summary, place = (inside.text[:SUMMARY], inside.place) if inside else ("", "")
        answered = timezone.localtime(tip.answered_at).strftime("%d/%m/%Y") if tip.answered_at else ""
        yield [
            tip.number,
            tip.code,
            tip.book_number,
            tip.received_at,
            str(tip.get_channel_display()),
            tip.received_by.get_full_name() if tip.received_by else _("the portal"),
            _("sealed") if tip.sealed else _("anonymous"),  # type: ignore[attr-defined]  # annotated by the selector
            summary,
            place or (tip.neighbourhood.name if tip.neighbourhood else ""),
            tip.occurred_on or "",
            _("pictures") if tip.pictures else "",  # type: ignore[attr-defined]  # annotated by the selector
            str(tip.get_track_display()),
            first_steps.get(tip.pk, ""),
            tip.transferred_at or "",
            tip.transferred_to,
            str(tip.get_status_display()),
            answered,
            tip.paper_reference,
        ]

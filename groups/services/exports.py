"""Rosters out: exactly what the filter shows, telephone numbers masked unless asked for, the purpose recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from groups.models import Household, RosterImport
from groups.rosters.reader import read_sheets
from groups.selectors.imports import problems_in_words
from groups.selectors.rosters import gap_streets, gap_words
from groups.services.imports.plan import load
from vikhe_portal.core import audit, files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, allows, require
from vikhe_portal.core.spreadsheets import Sheet, csv_bytes, xlsx_bytes
from vikhe_portal.core.text import mask_phone


@transaction.atomic
def export_households(
    *, actor: Actor, rows: QuerySet[Household], kind: str, purpose: str, phones: bool = False
) -> bytes:
    """The households of `rows` as an "xlsx" or "csv" file, in their order. `rows` comes from `households_for_list`.

    Telephone numbers are masked unless `phones`, which each household must allow. Raises DomainError without purpose.
    """
    require(actor, "rosters.export")
    purpose = purpose.strip()
    if len(purpose) < 5:
        raise DomainError(_("Write what the list is needed for."), field="purpose")
    if phones:
        require(actor, "rosters.unmask")
    found = list(rows)
    headings = [
        _("Neighbourhood"), _("Household code"), _("Head of household"), _("Address"), _("People"), _("In the group"),
        _("Who has joined"), _("Reason for the gap"), _("Other channel"), _("Telephone"),
    ]  # fmt: skip
    sheet = Sheet(_("Households"), headings, list(_lines(actor, found, phones)))
    audit.record(
        actor=actor,
        action="groups.households_exported",
        reason=purpose,
        values={"rows": len(found), "kind": kind, "phones": phones},
    )
    return csv_bytes(sheet) if kind == "csv" else xlsx_bytes([sheet])


@transaction.atomic
def print_gaps(*, actor: Actor, rows: QuerySet[Household], purpose: str) -> list[dict[str, Any]]:
    """The gap list of `rows` with the heads' names, for paper: an export, so its purpose goes into the audit trail.

    Raises DomainError without purpose.
    """
    require(actor, "rosters.export")
    purpose = purpose.strip()
    if len(purpose) < 5:
        raise DomainError(_("Write what the list is needed for."), field="purpose")
    places = gap_streets(actor, rows)
    number = sum(place["number"] for place in places)
    audit.record(actor=actor, action="groups.gaps_printed", reason=purpose, values={"rows": number})
    return places


def _lines(actor: Actor, rows: Iterable[Household], phones: bool) -> Iterator[list[Any]]:
    for row in rows:
        people = row.people_now  # type: ignore[attr-defined]  # prefetched by households_for_list
        phone = next((person.phone for person in people if person.phone), "")
        shown = phones and allows(actor, "rosters.unmask", row)
        yield [
            row.neighbourhood.name,
            "" if row.code.startswith("~") else row.code,
            row.head_name,
            row.address,
            row.people,
            _("yes") if row.covered_by else _("no"),
            ", ".join(person.full_name for person in people if person.is_member),
            gap_words(actor, row),
            str(row.get_channel_display()) if row.channel and not row.covered_by else "",
            phone if shown else mask_phone(phone),
        ]


def problems_sheet(*, actor: Actor, row: RosterImport) -> bytes:
    """The uploaded sheets as .xlsx with a last column that names what is wrong in each row.

    Raises DomainError once the upload is destroyed.
    """
    require(actor, "rosters.import", row)
    try:
        preview = load(row.preview, ward_id=row.ward_id) if row.preview else None
        content = files.read(row.stored, ward_id=row.ward_id) if row.stored else b""
    except FileNotFoundError:
        preview, content = None, b""
    if preview is None or not content:
        raise DomainError(_("The uploaded file has been destroyed after 24 hours. Upload it again."))
    told: dict[tuple[str, int], list[str]] = {}
    for problem in problems_in_words(preview):
        place = f"{problem['column']}: " if problem["column"] else ""
        told.setdefault((problem["sheet"], problem["row"]), []).append(place + problem["text"])
    return xlsx_bytes([_with_problems(sheet, told) for sheet in read_sheets(content, row.filename)])


def _with_problems(sheet: Any, told: dict[tuple[str, int], list[str]]) -> Sheet:
    width = max(len(row) for row in sheet.rows)

    def line(number: int, row: list[Any]) -> list[Any]:
        problems = told.get((sheet.name, number), []) or told.get(("", number), [])
        return [*row, *[""] * (width - len(row)), "; ".join(problems)]

    first = [str(cell) for cell in line(1, sheet.rows[0])]
    first[-1] = first[-1] or _("What is wrong")
    return Sheet(sheet.name, first, [line(number, row) for number, row in enumerate(sheet.rows[1:], 2)])

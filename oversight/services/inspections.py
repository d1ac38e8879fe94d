"""Writes on inspections: plan and draw, fill in the sheets, note findings, mend, second visit, finish."""

from __future__ import annotations

import random
import secrets
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from oversight.models import Finding, Inspection, InspectionItem
from oversight.selectors.directives import people
from oversight.selectors.inspections import groups_to_draw, questions_of, tips_to_draw
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.transitions import move

LARGEST_SAMPLE = 30
TIP_DAYS = 90


def address(inspection_id: int) -> str:
    """The page of an inspection, for notices."""
    return f"/dot-kiem-tra/{inspection_id}/"


def sample(rows: list[int], size: int, seed: int) -> list[int]:
    """Draw `size` of the rows (all when there are fewer); the same seed and rows give the same draw."""
    # Chance must be repeatable here so that a draw can be checked; it protects no secret.
    return sorted(random.Random(seed).sample(rows, min(size, len(rows))))  # noqa: S311  (repeatable draw, no secret)


def _of_this_ward(actor: Actor, user_id: int, field: str) -> None:
    if not people(actor).filter(pk=user_id).exists():
        raise DomainError(_("Choose a person who holds a post in this ward today."), field=field)


@transaction.atomic
def plan_inspection(
    *, actor: Actor, title: str, planned_on: date, inspector_id: int, groups: int, tips: int, seed: int | None = None
) -> Inspection:
    """Plan an inspection and draw its sample of groups and of the tips of the last 90 days.

    Raises DomainError for an inspector without a post, an empty or too large sample, or when there is nothing to draw.
    """
    require(actor, "inspections.plan")
    _of_this_ward(actor, inspector_id, "inspector")
    if not 0 < groups + tips <= LARGEST_SAMPLE or min(groups, tips) < 0:
        raise DomainError(
            _("Choose between 1 and %(most)s groups and tips together.") % {"most": LARGEST_SAMPLE}, field="groups"
        )
    number = secrets.randbelow(2**62) if seed is None else seed
    drawn_groups = sample(groups_to_draw(actor.ward_id), groups, number)
    drawn_tips = sample(tips_to_draw(actor.ward_id, TIP_DAYS), tips, number)
    if not drawn_groups and not drawn_tips:
        raise DomainError(_("There is no group and no tip to draw from yet."), field="groups")
    row = Inspection.objects.create(
        ward_id=actor.ward_id,
        title=title.strip(),
        planned_on=planned_on,
        inspector_id=inspector_id,
        planned_by_id=actor.id,
        seed=number,
    )
    InspectionItem.objects.bulk_create(
        [InspectionItem(ward_id=actor.ward_id, inspection=row, group_id=pk) for pk in drawn_groups]
        + [InspectionItem(ward_id=actor.ward_id, inspection=row, tip_id=pk) for pk in drawn_tips]
    )
    audit.record(
        actor=actor,
        action="inspections.planned",
        target=row,
        values={"seed": str(number), "groups": drawn_groups, "tips": drawn_tips},
    )
    if inspector_id != actor.id:
        notify(ward_id=actor.ward_id, user_ids=[inspector_id], kind="directive", url=address(row.pk))
    return row


def _locked(row: Inspection) -> Inspection:
    return Inspection.objects.select_for_update(of=("self",)).get(pk=row.pk, ward_id=row.ward_id)


def _must_be_planned(row: Inspection) -> None:
    if row.status != Inspection.Status.PLANNED:
        raise DomainError(_("This inspection is finished."))


@transaction.atomic
def fill_sheet(*, actor: Actor, item: InspectionItem, answers: dict[str, bool], note: str = "") -> InspectionItem:
    """Answer every question of one sheet; the score is the share of "yes" in per cent, rounded down.

    Raises DomainError when a question is left open.
    """
    inspection = _locked(item.inspection)
    require(actor, "inspections.fill", inspection)
    _must_be_planned(inspection)
    item = InspectionItem.objects.select_for_update(of=("self",)).get(pk=item.pk, ward_id=item.ward_id)
    asked = questions_of(item)
    if set(answers) != set(asked):
        raise DomainError(_("Answer every question of the sheet."))
    item.answers = {key: bool(answers[key]) for key in asked}
    item.score = 100 * sum(item.answers.values()) // len(asked)
    item.note, item.checked_at = note.strip(), timezone.now()
    item.save(update_fields=["answers", "score", "note", "checked_at", "updated_at"])
    audit.record(actor=actor, action="inspections.sheet_filled", target=item, values={"score": item.score})
    return item


@transaction.atomic
def note_finding(*, actor: Actor, item: InspectionItem, text: str, owner_id: int, due_on: date) -> Finding:
    """Note what is wrong, who mends it and by when."""
    inspection = _locked(item.inspection)
    require(actor, "inspections.fill", inspection)
    _must_be_planned(inspection)
    _of_this_ward(actor, owner_id, "owner")
    if not text.strip():
        raise DomainError(_("Write what was found."), field="text")
    if due_on < timezone.localdate():
        raise DomainError(_("The date has already passed."), field="due_on")
    row = Finding.objects.create(ward_id=actor.ward_id, item=item, text=text.strip(), owner_id=owner_id, due_on=due_on)
    audit.record(actor=actor, action="inspections.finding_noted", target=row)
    notify(ward_id=actor.ward_id, user_ids=[owner_id], kind="directive", url=address(inspection.pk))
    return row


@transaction.atomic
def finish_inspection(*, actor: Actor, inspection: Inspection, summary: str) -> Inspection:
    """Finish: every sheet must be filled in. Findings go on by themselves."""
    inspection = _locked(inspection)
    require(actor, "inspections.fill", inspection)
    if InspectionItem.objects.filter(
        ward_id=inspection.ward_id, inspection=inspection, checked_at__isnull=True
    ).exists():
        raise DomainError(_("Some sheets are not filled in yet."))
    if not summary.strip():
        raise DomainError(_("Write a sentence."), field="text")
    move(inspection, Inspection.Status.DONE)
    inspection.summary, inspection.done_at = summary.strip(), timezone.now()
    inspection.save(update_fields=["status", "summary", "done_at", "updated_at"])
    audit.record(actor=actor, action="inspections.finished", target=inspection)
    return inspection


def _locked_finding(row: Finding) -> Finding:
    return (
        Finding.objects.select_for_update(of=("self",))
        .select_related("item__inspection")
        .get(pk=row.pk, ward_id=row.ward_id)
    )


@transaction.atomic
def mend_finding(*, actor: Actor, finding: Finding, note: str) -> Finding:
    """Report a finding as mended; the inspector comes for the second visit."""
    finding = _locked_finding(finding)
    require(actor, "inspections.mend", finding)
    if not note.strip():
        raise DomainError(_("Write what was done."), field="text")
    move(finding, Finding.Status.MENDED)
    finding.mended_note, finding.mended_at = note.strip(), timezone.now()
    finding.save(update_fields=["status", "mended_note", "mended_at", "updated_at"])
    audit.record(actor=actor, action="inspections.finding_mended", target=finding)
    inspection = finding.item.inspection
    notify(ward_id=actor.ward_id, user_ids=[inspection.inspector_id], kind="directive", url=address(inspection.pk))
    return finding


@transaction.atomic
def revisit_finding(*, actor: Actor, finding: Finding, mended: bool, note: str) -> Finding:
    """The second visit: the finding is closed, or opened again with what is still wrong."""
    finding = _locked_finding(finding)
    inspection = finding.item.inspection
    require(actor, "inspections.fill", inspection)
    if not note.strip():
        raise DomainError(_("Write what the second visit saw."), field="text")
    move(finding, Finding.Status.CLOSED if mended else Finding.Status.OPEN)
    finding.revisit_note, finding.revisited_at = note.strip(), timezone.now()
    finding.save(update_fields=["status", "revisit_note", "revisited_at", "updated_at"])
    audit.record(actor=actor, action="inspections.revisited", target=finding, values={"mended": mended})
    if not mended:
        notify(ward_id=actor.ward_id, user_ids=[finding.owner_id], kind="directive", url=address(inspection.pk))
    return finding


@transaction.atomic
def move_finding(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move a finding to another person (handover protocol)."""
    row = Finding.objects.select_for_update(of=("self",)).get(pk=holding_id, ward_id=actor.ward_id)
    if row.owner_id != from_user_id or row.status == Finding.Status.CLOSED:
        return
    row.owner_id = to_user_id
    row.save(update_fields=["owner", "updated_at"])
    audit.record(actor=actor, action="inspections.finding_moved", target=row, reason=reason, values={"to": to_user_id})


@transaction.atomic
def move_inspection(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move a planned inspection, or one with findings still open, to another inspector (handover protocol)."""
    row = Inspection.objects.select_for_update(of=("self",)).get(pk=holding_id, ward_id=actor.ward_id)
    if row.inspector_id != from_user_id:
        return
    row.inspector_id = to_user_id
    row.save(update_fields=["inspector", "updated_at"])
    audit.record(actor=actor, action="inspections.moved", target=row, reason=reason, values={"to": to_user_id})

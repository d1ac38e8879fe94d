"""The steps of a handover: each ticked by the right person with its proof, then minutes, then closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import Handover, HandoverStep
from groups.services.checks import store_evidence
from groups.services.handover_running import collect
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.content_guard import Severity, check
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from wards.services import next_number

Status = Handover.Status
SERIES = "BB-CAP"
BEFORE_CONFIRMING = ("briefing", "key")


@transaction.atomic
def do_step(*, actor: Actor, step: HandoverStep, note: str = "", picture: bytes | None = None) -> HandoverStep:
    """Tick a step, with what it needs: notes, a picture, or the state of everything before it.

    Raises DomainError when it is done already, comes too early, or lacks its proof.
    """
    step = HandoverStep.objects.select_for_update(of=("self",)).select_related("handover", "group").get(pk=step.pk)
    require(actor, "groups.handover_step", step)
    row = step.handover
    if row.status != Status.OPEN:
        raise DomainError(_("This handover is closed."))
    if step.done_at is not None:
        raise DomainError(_("This step is done already."))
    note = nfc(note)
    _check_step(actor, step, note, picture)
    if picture:
        step.evidence, step.evidence_digest = store_evidence(picture, ward_id=row.ward_id)
    step.note, step.done_at, step.done_by = note, timezone.now(), actor.user
    step.save(update_fields=["note", "done_at", "done_by", "evidence", "evidence_digest"])
    audit.record(
        actor=actor,
        action="groups.handover_step",
        target=row,
        values={"step": step.key, "group": step.group_id, "picture": bool(picture)},
    )
    return step


def _check_step(actor: Actor, step: HandoverStep, note: str, picture: bytes | None) -> None:
    row = step.handover
    if step.key != "briefing" and timezone.now() < row.effective_at:
        raise DomainError(_("This step belongs to the time after the handover has taken effect."))
    if step.key == "briefing":
        if len(note) < 10:
            raise DomainError(_("Write at least a sentence the successor can use."), field="note")
        for finding in check(note):
            if finding.severity in (Severity.BLOCK, Severity.HOLD):
                raise DomainError(finding.message, field="note")
    elif step.key == "key":
        if picture is None and actor.id == row.to_user_id:
            raise DomainError(
                _("Add a picture of the group's leaders in Zalo, or let the management team confirm it."),
                field="picture",
            )
    elif step.key == "announcement":
        if len(note) < 10:
            raise DomainError(_("Say how the group was told, and why not by a broadcast."), field="note")
    elif step.key == "settings":
        raise DomainError(_("Go through the checklist on the group's page; this step is ticked by it."))
    elif step.key == "confirmed":
        _require_everything_moved(row)
    elif step.key == "witnessed":
        if row.steps.filter(key="confirmed", done_at__isnull=True).exists():
            raise DomainError(_("The successor confirms first."))
    elif step.key == "minutes":
        raise DomainError(_("Make the minutes; this step is ticked by it."))


@transaction.atomic
def note_announcement(*, actor: Actor, handover: Handover, group_ids: Iterable[int], reference: UUID) -> None:
    """Note which broadcast tells these groups. Raises DomainError before the handover is in effect or once closed."""
    row = Handover.objects.select_for_update().get(ward_id=actor.ward_id, pk=handover.pk)
    if row.status != Status.OPEN:
        raise DomainError(_("This handover is closed."))
    if timezone.now() < row.effective_at:
        raise DomainError(_("This step belongs to the time after the handover has taken effect."))
    steps = row.steps.select_for_update().filter(key="announcement", done_at__isnull=True, group_id__in=group_ids)
    for step in steps:
        step.handover = row
        require(actor, "groups.handover_step", step)
        step.announcement, step.announced_by = reference, actor.user
        step.save(update_fields=["announcement", "announced_by"])
    audit.record(actor=actor, action="groups.handover_announcement", target=row, values={"groups": sorted(group_ids)})


def tick_announced(*, ward_id: int, references: Any, group_ids: Any) -> int:
    """The announcement was posted in these groups: tick their steps. In the caller's transaction; returns how many."""
    steps = HandoverStep.objects.filter(
        ward_id=ward_id,
        key="announcement",
        done_at__isnull=True,
        handover__status=Status.OPEN,
        announcement__in=references,
        group_id__in=group_ids,
    )
    return steps.update(done_at=timezone.now(), done_by=F("announced_by"))


def _require_everything_moved(row: Handover) -> None:
    if row.items.filter(moved_at__isnull=True).exists():
        raise DomainError(_("Some items have not moved yet. Look at the reasons beside them."))
    if row.steps.filter(key__in=BEFORE_CONFIRMING, done_at__isnull=True).exists():
        raise DomainError(_("The briefing notes and the owner key of every group come first."))


@transaction.atomic
def number_minutes(*, actor: Actor, handover: Handover) -> Handover:
    """Give the minutes their number, once, and tick the step; making them again keeps number and time."""
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    require(actor, "groups.handover", row)
    if row.minutes_number is not None:
        return row
    if row.effective_at > timezone.now() or row.status == Status.CANCELLED:
        raise DomainError(_("Minutes are made once the handover has taken effect."))
    step = row.steps.select_for_update().filter(key="minutes").first()
    if step is None:
        raise DomainError(_("A temporary cover has no minutes."))
    step.handover = row
    require(actor, "groups.handover_step", step)
    if row.steps.filter(key__in=("confirmed", "witnessed"), done_at__isnull=True).exists():
        raise DomainError(_("The successor confirms and the management team witnesses first."))
    row.minutes_number = next_number(ward_id=row.ward_id, series=SERIES)
    row.save(update_fields=["minutes_number", "updated_at"])
    step.done_at, step.done_by = timezone.now(), actor.user
    step.save(update_fields=["done_at", "done_by"])
    audit.record(actor=actor, action="groups.handover_minutes", target=row, values={"number": row.minutes_number})
    return row


@transaction.atomic
def close(*, actor: Actor, handover: Handover) -> Handover:
    """Close a handover when every item has moved and every step is done; otherwise DomainError says what is missing."""
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    require(actor, "groups.handover_close", row)
    transitions.move(row, Status.CLOSED)
    if row.effective_at > timezone.now():
        raise DomainError(_("This handover has not taken effect yet."))
    collect(row)
    _require_everything_moved(row)
    left = row.steps.filter(done_at__isnull=True).count()
    if left:
        raise DomainError(_("%(count)s steps are still open.") % {"count": left})
    row.closed_at = timezone.now()
    row.save(update_fields=["status", "closed_at", "updated_at"])
    audit.record(actor=actor, action="groups.handover_closed", target=row)
    return row

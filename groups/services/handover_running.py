"""Handovers in effect: items move, covers go back, overdue steps climb. Every run may be the second."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from accounts.services.leaving import revoke_credentials
from groups.models import Handover, HandoverItem, HandoverStep, ZaloGroup
from groups.selectors.planning import officers_at
from groups.services.appointments import area_rows, lay_area, lay_leader, leader_rows
from vikhe_portal.core import audit, holdings, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, system_actor

Status = Handover.Status
NOTES_KEPT = timedelta(days=30)


def url_of(row: Handover) -> str:
    """The address of a handover's page, for notices."""
    return f"/ban-giao/{row.pk}/"


def collect(row: Handover) -> None:
    """List what the giver holds in the area (of who leaves: everything), for what is not listed yet."""
    leaving = row.reason in Handover.LEAVING
    places = None if leaving else list(row.areas.values_list("neighbourhood_id", flat=True))
    HandoverItem.objects.bulk_create(
        [
            HandoverItem(
                ward_id=row.ward_id,
                handover=row,
                kind=item.kind,
                object_id=item.id,
                label=_("protected item") if item.sensitive else item.label[:200],
            )
            for item in holdings.held_by(system_actor(row.ward_id), row.from_user_id, places)
        ],
        ignore_conflicts=True,
    )


def run_due(*, ward_id: int) -> int:
    """Move what is due: items of handovers in effect, items of covers to give back; tell of overdue steps.

    For the job, in the ward's scope. Idempotent: an item moves once, whatever runs again. Returns items moved.
    """
    now, moved = timezone.now(), 0
    open_rows = Handover.objects.filter(ward_id=ward_id, status=Status.OPEN, effective_at__lte=now)
    for pk in open_rows.values_list("pk", flat=True):
        moved += _run_one(pk)
    covers = Handover.objects.filter(ward_id=ward_id, until__lte=now, returned_at__isnull=True).exclude(
        status=Status.CANCELLED
    )
    for pk in covers.values_list("pk", flat=True):
        moved += _give_back(pk)
    _raise_overdue(ward_id)
    return moved


@transaction.atomic
def _run_one(pk: int) -> int:
    row = Handover.objects.select_for_update().get(pk=pk)
    if row.status != Status.OPEN or (row.until is not None and row.until <= timezone.now()):
        return 0
    collect(row)
    if row.reason in Handover.LEAVING and row.credentials_revoked_at is None:
        revoke_credentials(actor=system_actor(row.ward_id), user=row.from_user)
        row.credentials_revoked_at = timezone.now()
        row.save(update_fields=["credentials_revoked_at", "updated_at"])
    moved = 0
    for item in row.items.select_for_update().filter(moved_at__isnull=True):
        moved += _move_item(item, row.from_user_id, row.to_user_id, row.decision_no)
    return moved


def _move_item(item: HandoverItem, from_user_id: int, to_user_id: int, decision_no: str) -> int:
    """Move one item in its own savepoint; what refuses keeps its reason and is tried again at the next tick."""
    try:
        with transaction.atomic():
            holdings.move(
                system_actor(item.ward_id),
                kind=item.kind,
                holding_id=item.object_id,
                from_user_id=from_user_id,
                to_user_id=to_user_id,
                reason=_("handover, decision %(number)s") % {"number": decision_no},
            )
    except DomainError as refusal:
        item.problem = str(refusal.message)[:200]
        item.save(update_fields=["problem"])
        return 0
    item.moved_at, item.problem = timezone.now(), ""
    item.save(update_fields=["moved_at", "problem"])
    return 1


@transaction.atomic
def _give_back(pk: int) -> int:
    """A cover has ended: what its holder holds in the area goes to whoever holds each neighbourhood now."""
    row = Handover.objects.select_for_update().get(pk=pk)
    if row.returned_at is not None or row.status == Status.CANCELLED:
        return 0
    system, moved = system_actor(row.ward_id), 0
    holders_now = officers_at(row.ward_id, timezone.now())
    for place in row.areas.values_list("neighbourhood_id", flat=True):
        heir = holders_now.get(place)
        if heir is None or heir == row.to_user_id:
            continue
        for item in holdings.held_by(system, row.to_user_id, [place]):
            try:
                with transaction.atomic():
                    holdings.move(
                        system,
                        kind=item.kind,
                        holding_id=item.id,
                        from_user_id=row.to_user_id,
                        to_user_id=heir,
                        reason=_("cover has ended, decision %(number)s") % {"number": row.decision_no},
                    )
                moved += 1
            except DomainError:
                return moved  # tried again at the next tick; returned_at stays empty until all went back
    row.returned_at = timezone.now()
    if row.status == Status.OPEN:
        transitions.move(row, Status.CLOSED)
        row.closed_at = row.returned_at
    row.save(update_fields=["returned_at", "status", "closed_at", "updated_at"])
    audit.record(actor=system, action="groups.cover_returned", target=row, values={"items": moved})
    notify(ward_id=row.ward_id, user_ids=[row.from_user_id, row.to_user_id], kind="handover", url=url_of(row))
    return moved


@transaction.atomic
def _raise_overdue(ward_id: int) -> None:
    """Overdue steps climb to the chief, each once."""
    late = HandoverStep.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        ward_id=ward_id,
        done_at__isnull=True,
        raised_at__isnull=True,
        due_at__lt=timezone.now(),
        handover__status=Status.OPEN,
    )
    chiefs = list(holders(ward_id, Post.Kind.CHIEF).values_list("pk", flat=True))
    told: set[int] = set()
    for step in late.select_related("handover"):
        if step.handover_id not in told:
            notify(ward_id=ward_id, user_ids=chiefs, kind="handover_overdue", url=url_of(step.handover))
            told.add(step.handover_id)
        step.raised_at = timezone.now()
        step.save(update_fields=["raised_at"])


@transaction.atomic
def forget_notes(*, ward_id: int) -> int:
    """Delete briefing notes 30 days after their handover was closed or taken back; returns how many."""
    return (
        HandoverStep.objects.filter(
            ward_id=ward_id, key="briefing", handover__closed_at__lt=timezone.now() - NOTES_KEPT
        )
        .exclude(note="")
        .update(note="")
    )


def verify_group_moved(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Holdings: the leadership of a group goes to `to_user_id`. The dates have usually done it; if not, now."""
    now = timezone.now()
    group = ZaloGroup.objects.select_for_update().get(pk=holding_id)
    present = leader_rows(actor.ward_id, group.pk).filter(held__contains=now).first()
    if present is None or present.user_id != from_user_id:
        return
    lay_leader(ward_id=actor.ward_id, group_id=group.pk, user_id=to_user_id, start=now)
    audit.record(actor=actor, action="groups.leader_appointed", target=group, reason=reason, values={"to": to_user_id})


def verify_area_moved(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Holdings: the charge of a neighbourhood goes to `to_user_id`. The dates have usually done it; if not, now."""
    now = timezone.now()
    present = area_rows(actor.ward_id, holding_id).filter(held__contains=now).first()
    if present is None or present.user_id != from_user_id:
        return
    lay_area(
        ward_id=actor.ward_id, neighbourhood_id=holding_id, user_id=to_user_id, start=now, end=None, decision_no=""
    )
    audit.record(actor=actor, action="groups.area_assigned", target=present, reason=reason, values={"to": to_user_id})

"""Passing an area from one officer to another: planned with dates, moved item by item, proven step by step.

Access follows the dates of areas and appointments alone; the job moves the work that hangs on the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import leaving, notify
from groups.models import Appointment, Handover, HandoverArea, HandoverStep, OfficerArea, ZaloGroup
from groups.selectors.handover import leader_changes
from groups.services.appointments import area_rows, lay_area, lay_leader, leader_rows, require_officer
from groups.services.handover_running import collect, url_of
from groups.services.timelines import restore, snapshot
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc

Status, Reason = Handover.Status, Handover.Reason
COVER = (Reason.LEAVE, Reason.ILLNESS)
LEAVING = Handover.LEAVING
# The plan of steps: key, order, days after the effective moment, once per group or once, also when it is a cover.
STEPS = (
    ("named", 10, 0, False, True),
    ("briefing", 20, 0, True, True),
    ("key", 30, 1, True, False),
    ("settings", 40, 2, True, False),
    ("announcement", 50, 2, True, False),
    ("confirmed", 60, 3, False, True),
    ("witnessed", 70, 3, False, False),
    ("minutes", 80, 5, False, False),
)


@transaction.atomic
def plan_move(
    *,
    actor: Actor,
    from_user: User,
    to_user: User,
    neighbourhood_ids: Iterable[int],
    reason: str,
    decision_no: str,
    decision_date: date | None = None,
    effective_at: datetime | None = None,
    until: datetime | None = None,
) -> Handover:
    """Move neighbourhoods from one officer to another from `effective_at` (now) on, as one handover; returns it.

    With leave or illness `until` says when everything is given back by itself. The dates of areas and of the groups'
    leaders are set at once: nobody has to do anything at the effective moment for access to switch. Who leaves the ward
    (transfer, retirement) gives everything in hand to the taker, and their posts end at that moment. Raises DomainError
    when the giver does not hold one of the neighbourhoods then, the taker is no area officer, or times do not fit.
    """
    require(actor, "groups.assign")
    now = timezone.now()
    start, ids = max(effective_at or now, now), sorted(set(neighbourhood_ids))
    _check_plan(actor, from_user, to_user, ids, reason, start, until)
    decision_no = nfc(decision_no)
    if not decision_no:
        raise DomainError(_("Write the number of the decision."), field="decision_no")
    changes, _staying = leader_changes(
        actor.ward_id, from_user_id=from_user.pk, to_user_id=to_user.pk, neighbourhood_ids=ids, at=start
    )
    if reason in LEAVING:
        changes.update(dict.fromkeys(_led_elsewhere(actor.ward_id, from_user.pk, changes, start), to_user.pk))
    row = Handover.objects.create(
        ward_id=actor.ward_id,
        from_user=from_user,
        to_user=to_user,
        reason=reason,
        decision_no=decision_no,
        decision_date=decision_date,
        effective_at=start,
        until=until,
        created_by=actor.user,
    )
    HandoverArea.objects.bulk_create(
        HandoverArea(ward_id=actor.ward_id, handover=row, neighbourhood_id=place) for place in ids
    )
    collect(row)  # before the dates change: what is held is asked of today's rows
    before = _timelines(actor.ward_id, ids, changes, start)
    for place in ids:
        lay_area(
            ward_id=actor.ward_id,
            neighbourhood_id=place,
            user_id=to_user.pk,
            start=start,
            end=until,
            decision_no=decision_no,
        )
    for group, heir in changes.items():
        lay_leader(
            ward_id=actor.ward_id,
            group_id=group,
            user_id=heir,
            start=start,
            end=until,
            decision_no=decision_no,
            decision_date=decision_date,
        )
    row.undo = {"before": before, "after": _timelines(actor.ward_id, ids, changes, start)}
    if reason in LEAVING:
        why = f"{row.get_reason_display()}, {decision_no}"
        row.undo["posts"] = leaving.end_posts(actor=actor, user_id=from_user.pk, at=start, reason=why)
    row.save(update_fields=["undo", "updated_at"])
    _plan_steps(actor, row, sorted(changes))
    audit.record(
        actor=actor,
        action="groups.handover_planned",
        target=row,
        reason=reason,
        values={
            "from": from_user.pk,
            "to": to_user.pk,
            "neighbourhoods": ids,
            "groups": sorted(changes),
            "effective": start.isoformat(),
            "until": until.isoformat() if until else None,
        },
    )
    notify(ward_id=actor.ward_id, user_ids=[from_user.pk, to_user.pk], kind="handover", url=url_of(row))
    enqueue_on_commit("groups.run_handovers_of_ward", ward_id=actor.ward_id)
    return row


def check_move(*, actor: Actor, **plan: Any) -> None:
    """Raise what `plan_move` would raise for this plan, and change nothing: for the page that shows it first."""
    require(actor, "groups.assign")
    start = max(plan["effective_at"] or timezone.now(), timezone.now())
    ids = sorted(set(plan["neighbourhood_ids"]))
    _check_plan(actor, plan["from_user"], plan["to_user"], ids, plan["reason"], start, plan["until"])


def _check_plan(
    actor: Actor, from_user: User, to_user: User, ids: list[int], reason: str, start: datetime, until: datetime | None
) -> None:
    if from_user.pk == to_user.pk:
        raise DomainError(_("Choose another officer to take over."), field="to_user")
    if not ids:
        raise DomainError(_("Choose at least one neighbourhood of the ward."), field="neighbourhoods")
    if reason in COVER:
        if until is None or until <= start:
            raise DomainError(_("Say when the area is given back, after it has begun."), field="until")
    elif until is not None:
        raise DomainError(_("Only leave and illness end by themselves. Leave this empty."), field="until")
    require_officer(actor.ward_id, to_user, start, until)
    rows = OfficerArea.objects.select_for_update().filter(
        ward_id=actor.ward_id, neighbourhood_id__in=ids, held__contains=start
    )
    if {area.neighbourhood_id for area in rows if area.user_id == from_user.pk} != set(ids):
        raise DomainError(
            _("%(person)s does not hold all of these neighbourhoods at that time. Reload the board.")
            % {"person": from_user.get_full_name()},
            field="neighbourhoods",
        )
    if reason in LEAVING:
        _check_leaving(actor, from_user, ids, start)


def _check_leaving(actor: Actor, from_user: User, ids: list[int], start: datetime) -> None:
    """Who leaves keeps nothing: the last plan takes every neighbourhood still in hand, and no other post remains."""
    if from_user.pk == actor.id:
        raise DomainError(
            _("Move your own neighbourhoods as a plain move; the ward administrator then ends your post."),
            field="reason",
        )
    kept = (
        OfficerArea.objects.filter(ward_id=actor.ward_id, user=from_user, held__overlap=DateTimeTZRange(start, None))
        .exclude(neighbourhood_id__in=ids)
        .select_related("neighbourhood")
        .order_by("neighbourhood__number", "neighbourhood__key")
    )
    names = list(dict.fromkeys(area.neighbourhood.name for area in kept))
    if names:
        raise DomainError(
            _("Who leaves the ward keeps no neighbourhood. Tick these too, or first move them to others: %(places)s.")
            % {"places": ", ".join(names)},
            field="neighbourhoods",
        )
    leaving.posts_to_end(ward_id=actor.ward_id, user_id=from_user.pk, at=start)


def _led_elsewhere(ward_id: int, user_id: int, changes: Iterable[int], start: datetime) -> list[int]:
    """Groups the person would still lead after `start`, besides those that change leader anyway."""
    rows = Appointment.objects.filter(
        ward_id=ward_id,
        user_id=user_id,
        role=Appointment.Role.LEADER,
        held__overlap=DateTimeTZRange(start, None),
        group__status=ZaloGroup.Status.ACTIVE,
    )
    return sorted(set(rows.values_list("group_id", flat=True)) - set(changes))


def _timelines(ward_id: int, places: Iterable[int], groups: Iterable[int], start: datetime) -> dict[str, dict]:
    return {
        "areas": {str(place): snapshot(area_rows(ward_id, place), start=start) for place in places},
        "leaders": {str(group): snapshot(leader_rows(ward_id, group), start=start) for group in groups},
    }


def _plan_steps(actor: Actor, row: Handover, group_ids: list[int]) -> None:
    steps = []
    soonest = timezone.now() + timedelta(days=1)  # nobody is late at the moment of learning of it
    for key, order, days, per_group, in_cover in STEPS:
        if row.until is not None and not in_cover:
            continue
        for group_id in group_ids if per_group else [None]:
            step = HandoverStep(
                ward_id=row.ward_id,
                handover=row,
                key=key,
                group_id=group_id,
                order=order,
                due_at=max(row.effective_at + timedelta(days=days), soonest),
            )
            if key == "named":
                step.done_at, step.done_by = timezone.now(), actor.user
            steps.append(step)
    HandoverStep.objects.bulk_create(steps)


@transaction.atomic
def take_back(*, actor: Actor, handover: Handover, reason: str) -> Handover:
    """Take a plan back before it is effective: areas and leaders are as they were before it.

    Raises DomainError after the effective moment, and when a later plan builds on it.
    """
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    require(actor, "groups.handover_close", row)
    if row.effective_at <= timezone.now():
        raise DomainError(_("This handover is in effect already. Plan a move back instead."))
    transitions.move(row, Status.CANCELLED)
    before, after = row.undo["before"], row.undo["after"]
    now_as = _timelines(row.ward_id, map(int, after["areas"]), map(int, after["leaders"]), row.effective_at)
    if now_as != after:
        raise DomainError(_("A later plan builds on this one. Take that one back first."))
    for place, rows in before["areas"].items():
        restore(
            area_rows(row.ward_id, int(place)),
            OfficerArea,
            rows,
            start=row.effective_at,
            ward_id=row.ward_id,
            neighbourhood_id=int(place),
        )
    for group, rows in before["leaders"].items():
        restore(
            leader_rows(row.ward_id, int(group)),
            Appointment,
            rows,
            start=row.effective_at,
            ward_id=row.ward_id,
            group_id=int(group),
            role=Appointment.Role.LEADER,
        )
    leaving.give_posts_back(actor=actor, before=row.undo.get("posts", []), reason=reason)
    row.closed_at = timezone.now()
    row.save(update_fields=["status", "closed_at", "updated_at"])
    audit.record(actor=actor, action="groups.handover_taken_back", target=row, reason=reason)
    notify(ward_id=row.ward_id, user_ids=[row.from_user_id, row.to_user_id], kind="handover", url=url_of(row))
    return row

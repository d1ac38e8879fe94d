"""An alarm in words approved beforehand: out at once, people called ring by ring, confirmed by a second person or gone.

A drill makes calls inside the portal and nothing else: no broadcast, no delivery, no card, so that no sender and no
person can post it by mistake. The database holds that too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import (
    Broadcast,
    Delivery,
    EmergencyCall,
    EmergencyReview,
    EmergencyRules,
    EmergencyRun,
    EmergencyText,
    Occurrence,
    Target,
)
from broadcasts.selectors.emergency import answered_group_ids, rules_of
from broadcasts.services import planning, removing, writing
from groups.models import Appointment, ZaloGroup
from vikhe_portal.core import audit, content_guard, transitions
from vikhe_portal.core.content_guard import Severity
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require, system_actor
from vikhe_portal.core.scope import ward_scope

Kind = Post.Kind
State = EmergencyRun.State
LAST_RING = 3
_BLANK = re.compile(r"\{([a-z_]{1,30})\}")


def _fill(words: str, blanks: dict[str, str]) -> str:
    return _BLANK.sub(lambda match: blanks.get(match.group(1), match.group(0)), words)


def _guard_blanks(actor: Actor, blanks: dict[str, str]) -> None:
    marks = [
        mark
        for mark in content_guard.check("\n".join(blanks.values()))
        if mark.severity in (Severity.BLOCK, Severity.HOLD)
    ]
    if marks:
        raise DomainError(str(marks[0].message), field="noi", code="guard")


def start(
    *,
    actor: Actor,
    text: EmergencyText,
    drill: bool,
    group_ids: list[int],
    blanks: dict[str, str],
    legal_ground: str = "",
) -> EmergencyRun:
    """Sound the alarm in approved words, or hold a drill. Raises DomainError (gaps, already running), Refused."""
    require(actor, "broadcasts.emergency_start")
    _guard_blanks(actor, blanks)
    try:
        with transaction.atomic():
            return _start(actor, text, drill, group_ids, blanks, legal_ground)
    except IntegrityError as error:
        raise DomainError(_("This alarm is running already. Open it below."), code="running") from error


def _start(
    actor: Actor, text: EmergencyText, drill: bool, group_ids: list[int], blanks: dict[str, str], legal_ground: str
) -> EmergencyRun:
    text = EmergencyText.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=text.pk)
    if text.status != EmergencyText.Status.APPROVED:
        raise DomainError(_("These words have not been approved yet. Choose others."))
    active = ZaloGroup.objects.filter(ward_id=actor.ward_id, status=ZaloGroup.Status.ACTIVE, pk__in=group_ids)
    chosen = sorted(active.values_list("pk", flat=True))
    if not chosen:
        raise DomainError(_("Choose at least one group in use."), field="groups")
    if text.category.needs_legal_ground and not legal_ground.strip() and not drill:
        raise DomainError(_("Give the decision or request this notice rests on."), field="legal_ground")
    rules, now = rules_of(actor.ward_id), timezone.now()
    run = EmergencyRun.objects.create(
        ward_id=actor.ward_id,
        text=text,
        drill=drill,
        group_ids=chosen,
        started_by_id=actor.id,
        started_at=now,
        confirm_by=now + timedelta(minutes=rules.confirm_minutes),
        next_ring_at=now + timedelta(minutes=rules.ring_minutes),
    )
    if not drill:
        run.broadcast = _send(actor, text, _fill(text.body, blanks), chosen, legal_ground.strip())
        run.save(update_fields=["broadcast"])
    _call(run, 1)
    audit.record(
        actor=actor,
        action="broadcasts.drill_started" if drill else "broadcasts.emergency_started",
        target=run,
        values={"groups": len(chosen), "kind": text.kind},
    )
    return run


def _send(actor: Actor, text: EmergencyText, body: str, group_ids: list[int], legal_ground: str) -> Broadcast:
    """The broadcast of prepared words: written and approved by those two people, sent out now."""
    today = timezone.localdate()
    broadcast = Broadcast.objects.create(
        ward_id=text.ward_id,
        title=text.title,
        body=body,
        category=text.category,
        source_line=text.source_line,
        legal_ground=legal_ground,
        valid_until=today + timedelta(days=3) if text.category.needs_valid_until else None,
        status=Broadcast.Status.SCHEDULED,
        author_id=text.author_id,
        editor_id=text.author_id,
        approved_by_id=text.approved_by_id,
        approved_at=text.approved_at,
        approved_version=1,
        emergency=True,
    )
    writing.refuse_unfit(broadcast, group_ids)
    writing.keep_version(broadcast, group_ids)
    Target.objects.bulk_create([Target(ward_id=text.ward_id, broadcast=broadcast, group_id=pk) for pk in group_ids])
    now = timezone.now()
    Occurrence.objects.create(
        ward_id=text.ward_id, broadcast=broadcast, version=1, planned_at=now, created_by_id=actor.id
    )
    planning.plan_ward(ward_id=text.ward_id)
    cards = Delivery.objects.filter(ward_id=text.ward_id, broadcast=broadcast, state=Delivery.State.HANDED_TO)
    cards.update(deputies_from=now)  # whoever of the group is awake posts it
    return broadcast


def _people_of_ring(run: EmergencyRun, ring: int) -> set[int]:
    held = Appointment.objects.filter(ward_id=run.ward_id, held__contains=timezone.now())
    waiting = set(run.group_ids) - answered_group_ids(run)
    if ring == 1:
        leaders = held.filter(role=Appointment.Role.LEADER, group_id__in=run.group_ids)
        desk = holders(run.ward_id, Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.DUTY_OFFICER)
        return set(leaders.values_list("user_id", flat=True)) | set(desk.values_list("pk", flat=True))
    if ring == 2:
        return set(held.filter(group_id__in=waiting).values_list("user_id", flat=True))
    everybody = holders(run.ward_id, *Post.POLICE, Kind.COMMITTEE_HEAD, Kind.DEPUTY_HEAD)
    return set(everybody.values_list("pk", flat=True))


def _call(run: EmergencyRun, ring: int) -> int:
    """Call the people of a ring who have not been called. The starter knows already."""
    called = set(EmergencyCall.objects.filter(ward_id=run.ward_id, run=run).values_list("user_id", flat=True))
    people = sorted(_people_of_ring(run, ring) - called - {run.started_by_id})
    EmergencyCall.objects.bulk_create(
        [EmergencyCall(ward_id=run.ward_id, run=run, user_id=pk, ring=ring) for pk in people], ignore_conflicts=True
    )
    _tell(run, people, "emergency_drill" if run.drill else "emergency")
    return len(people)


def _tell(run: EmergencyRun, people: Iterable[int], kind: str) -> None:
    url = reverse("broadcasts:emergency-run", args=[run.pk])
    notify(ward_id=run.ward_id, user_ids=list(people), kind=kind, url=url)


def _lock(actor: Actor, run: EmergencyRun) -> EmergencyRun:
    return EmergencyRun.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=run.pk)


@transaction.atomic
def acknowledge(*, actor: Actor, run: EmergencyRun) -> EmergencyCall:
    """The person called says that they have it. Saying so twice changes nothing; somebody not called counts too."""
    require(actor, "broadcasts.emergency")
    run = _lock(actor, run)
    call, _new = EmergencyCall.objects.get_or_create(
        ward_id=run.ward_id, run=run, user_id=actor.id, defaults={"ring": run.ring}
    )
    if call.acknowledged_at is None:
        call.acknowledged_at = timezone.now()
        call.save(update_fields=["acknowledged_at"])
        audit.record(actor=actor, action="broadcasts.emergency_acknowledged", target=run)
    return call


@transaction.atomic
def confirm(*, actor: Actor, run: EmergencyRun) -> EmergencyRun:
    """A second person of the management team stands behind the alarm. Raises DomainError, Refused."""
    run = _lock(actor, run)
    require(actor, "broadcasts.emergency_confirm", run)
    if run.state != State.RUNNING:
        raise DomainError(_("This alarm is over."))
    if run.confirmed_at is None:
        run.confirmed_by_id, run.confirmed_at = actor.id, timezone.now()
        run.save(update_fields=["confirmed_by", "confirmed_at"])
        audit.record(actor=actor, action="broadcasts.emergency_confirmed", target=run)
    return run


@transaction.atomic
def take_down(*, actor: Actor, run: EmergencyRun, reason: str) -> EmergencyRun:
    """Stop the alarm and have it removed where it stands. Raises DomainError, Refused."""
    run = _lock(actor, run)
    require(actor, "broadcasts.emergency_stop", run)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    return _take_down(actor, run, reason.strip())


def _take_down(actor: Actor, run: EmergencyRun, reason: str) -> EmergencyRun:
    transitions.move(run, State.TAKEN_DOWN, field="state")
    run.closed_by_id, run.closed_at, run.next_ring_at = actor.user_id, timezone.now(), None
    run.save()
    if run.broadcast_id is not None:
        posted = Broadcast.objects.select_for_update(of=("self",)).get(ward_id=run.ward_id, pk=run.broadcast_id)
        removing.take_down(actor, posted, Broadcast.Recall.ALARM, reason)
    called = EmergencyCall.objects.filter(ward_id=run.ward_id, run=run).values_list("user_id", flat=True)
    _tell(run, {*called, run.started_by_id}, "emergency_down")
    audit.record(actor=actor, action="broadcasts.emergency_taken_down", target=run)
    return run


@transaction.atomic
def all_clear(*, actor: Actor, run: EmergencyRun) -> EmergencyRun:
    """End the alarm; groups that have it get the all-clear. Raises DomainError while nobody has confirmed it."""
    run = _lock(actor, run)
    require(actor, "broadcasts.emergency_start")
    if run.confirmed_at is None and not run.drill:
        raise DomainError(_("Nobody has confirmed this alarm. Have it confirmed, or take it down."))
    transitions.move(run, State.ALL_CLEAR, field="state")
    run.closed_by_id, run.closed_at, run.next_ring_at = actor.id, timezone.now(), None
    if run.broadcast_id is not None:
        reached = Delivery.objects.filter(ward_id=run.ward_id, broadcast_id=run.broadcast_id).filter(
            state__in=[*Delivery.GOOD, Delivery.State.UNKNOWN, Delivery.State.SENDING]
        )
        have_it = sorted(reached.values_list("group_id", flat=True))
        writing.halt(actor, run.broadcast_id, _("all-clear given"))
        if have_it:
            run.clear_broadcast = _send(actor, run.text, run.text.all_clear, have_it, _("end of the alarm"))
    run.save()
    called = EmergencyCall.objects.filter(ward_id=run.ward_id, run=run).values_list("user_id", flat=True)
    _tell(run, {*called, run.started_by_id} - {actor.id}, "emergency_over")
    audit.record(actor=actor, action="broadcasts.emergency_all_clear", target=run)
    return run


@transaction.atomic
def review(*, actor: Actor, run: EmergencyRun, went_well: str, to_change: str) -> EmergencyReview:
    """Write the after-action sheet's two answers. Raises DomainError while the alarm runs or both are empty."""
    run = _lock(actor, run)
    require(actor, "broadcasts.emergency_start")
    if run.state == State.RUNNING:
        raise DomainError(_("Give the all-clear first."))
    if not went_well.strip() and not to_change.strip():
        raise DomainError(_("Write at least one sentence."), field="went_well")
    row, _new = EmergencyReview.objects.update_or_create(
        ward_id=run.ward_id,
        run=run,
        defaults={"went_well": went_well.strip(), "to_change": to_change.strip(), "written_by_id": actor.id},
    )
    audit.record(actor=actor, action="broadcasts.emergency_reviewed", target=run)
    return row


def due_runs() -> list[tuple[int, int]]:
    """Ward and id of alarms whose next ring or confirmation is due. For the worker, which may sweep this table."""
    now = timezone.now()
    rows = EmergencyRun.objects.filter(state=State.RUNNING)
    due = rows.filter(next_ring_at__lte=now) | rows.filter(confirm_by__lte=now, confirmed_at__isnull=True)
    return list(due.order_by("id").values_list("ward_id", "pk"))


def advance(*, ward_id: int, run_id: int) -> str:
    """What time alone decides: unconfirmed too long → stopped and taken down; nobody answers → the next ring."""
    now = timezone.now()
    with ward_scope(ward_id):
        run = EmergencyRun.objects.select_for_update(of=("self",), skip_locked=True).filter(
            ward_id=ward_id, pk=run_id, state=State.RUNNING
        )
        row = run.first()
        if row is None:
            return ""
        if row.confirmed_at is None and row.confirm_by <= now:
            _take_down(system_actor(ward_id), row, _("Nobody confirmed the alarm in time."))
            return "down"
        if row.next_ring_at is None or row.next_ring_at > now:
            return ""
        all_answered = not set(row.group_ids) - answered_group_ids(row)
        if all_answered or row.ring >= LAST_RING:
            row.next_ring_at = None
            row.save(update_fields=["next_ring_at"])
            return ""
        row.ring += 1
        row.next_ring_at = now + timedelta(minutes=rules_of(ward_id).ring_minutes)
        row.save(update_fields=["ring", "next_ring_at"])
        count = _call(row, row.ring)
        audit.record(
            actor=system_actor(ward_id),
            action="broadcasts.emergency_ring",
            target=row,
            values={"ring": row.ring, "called": count},
        )
        return "ring"


def set_rules(*, actor: Actor, starters: list[str], confirm_minutes: int, ring_minutes: int) -> EmergencyRules:
    """Decide who may start an emergency and how long its clocks run. Raises DomainError."""
    require(actor, "broadcasts.emergency_prepare")
    if not starters or not set(starters) <= set(Post.POLICE):
        raise DomainError(_("Name at least one post of the ward police."), field="starters")
    if not (5 <= confirm_minutes <= 60 and 2 <= ring_minutes <= 30):
        raise DomainError(_("Confirmation takes 5 to 60 minutes, a ring 2 to 30."), field="confirm_minutes")
    with transaction.atomic():
        row, _new = EmergencyRules.objects.update_or_create(
            ward_id=actor.ward_id,
            defaults={"starters": starters, "confirm_minutes": confirm_minutes, "ring_minutes": ring_minutes},
        )
        audit.record(
            actor=actor,
            action="broadcasts.emergency_rules_set",
            target=row,
            values={"starters": starters, "confirm": confirm_minutes, "ring": ring_minutes},
        )
    return row

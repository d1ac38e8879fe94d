"""The tick: warns, marks as overdue, climbs the ladder. Whatever was missed while the portal stood still is made up."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.selectors import duty
from accounts.services import alerts, notify
from tips.models import Clock, ClockPolicy, Route, SecurityReader, Tip, TipEvent, TipSubject
from tips.services.story import hidden_from
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.permissions import system_actor

logger = logging.getLogger(__name__)

LADDERS: dict[str, tuple[str, ...]] = {
    Route.ORDINARY: duty.LADDER,
    Route.CHIEF: (Post.Kind.CHIEF,),
    Route.SECURITY: (Post.Kind.CHIEF,),
    Route.HEAD_RECORD: (Post.Kind.COMMITTEE_HEAD,),
    Route.CHIEF_RECORD: (Post.Kind.CHIEF,),
}
BATCH = 500
NEW = "tip_new"  # the alert and the notice of a tip nobody has looked at
# Without an assignee a limit belongs to a post; an area officer's falls to the desk until somebody is named.
FALLS_TO = {Post.Kind.AREA_OFFICER: Post.Kind.DUTY_OFFICER}


class Reachable(duty.Reachable):
    """Who can be told of a tip now: people by post and shift, with the named readers of security reports."""

    def __init__(self, ward_id: int, now: datetime) -> None:
        super().__init__(ward_id, now)
        readers = SecurityReader.objects.filter(ward_id=ward_id, ended_at__isnull=True)
        self.security = set(readers.values_list("user_id", flat=True)) & self.holders[Post.Kind.DEPUTY_CHIEF]

    def ladder(self, tip: Tip, subjects: set[int]) -> list[set[int]]:
        """The rungs of a tip from its owner upwards: rungs where nobody can be reached are left out."""
        rungs: list[set[int]] = []
        if tip.assignee_id:
            rungs.append({tip.assignee_id} & self.all)
        for kind in LADDERS[tip.route]:
            people = set(self.by_kind[kind])
            if tip.route == Route.SECURITY:
                people |= self.security
            rungs.append(people)
        return [people - subjects for people in rungs if people - subjects]


def owners(tip: Tip, reachable: Reachable, subjects: set[int]) -> set[int]:
    """Who must act now: the assignee, else the people of the owning post, else the first reachable rung."""
    if tip.assignee_id and tip.assignee_id in reachable.all and tip.assignee_id not in subjects:
        return {tip.assignee_id}
    role = FALLS_TO.get(Post.Kind(tip.owner_role), tip.owner_role)
    people = reachable.by_kind[role] - subjects if role in LADDERS[tip.route] else set()
    if people:
        return people
    rungs = reachable.ladder(tip, subjects)
    return rungs[0] if rungs else set()


def _subjects(ward_id: int, tip_ids: list[int]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for tip_id, user_id in TipSubject.objects.filter(ward_id=ward_id, tip_id__in=tip_ids).values_list(
        "tip_id", "user_id"
    ):
        found[tip_id].add(user_id)
    return found


def page_of(tip: Tip) -> str:
    """The address a notice points to."""
    return reverse("tips:detail", args=[tip.uuid])


@transaction.atomic
def tick_ward(*, ward_id: int, now: datetime | None = None) -> int:
    """Look at every clock of the ward that needs attention by `now`; returns how many were moved.

    Must run in the ward's scope. Idempotent: a clock is looked at once per warning, end and rung, however late the
    tick comes. Rows another worker holds are left to it.
    """
    now = now or timezone.now()
    due = list(
        Clock.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(ward_id=ward_id, attention_at__lte=now)
        .select_related("policy", "tip")
        .defer("tip__content")
        .order_by("attention_at", "id")[:BATCH]
    )
    if not due:
        return 0
    reachable = Reachable(ward_id, now)
    subjects = _subjects(ward_id, [clock.tip_id for clock in due])
    told: dict[str, set[int]] = defaultdict(set)
    events: list[TipEvent] = []
    for clock in due:
        tip, hidden = clock.tip, subjects[clock.tip_id]
        if now >= clock.due_at:
            told[page_of(tip)] |= _climb(clock, reachable, hidden, now, events)
        else:
            if clock.state == Clock.State.RUNNING:
                transitions.move(clock, Clock.State.WARNED, field="state")
            clock.attention_at = clock.due_at
            told[page_of(tip)] |= owners(tip, reachable, hidden)
    Clock.objects.bulk_update(due, ["state", "attention_at", "rung"], batch_size=BATCH)
    TipEvent.objects.bulk_create(events)
    for url, people in told.items():
        if people:
            notify(ward_id=ward_id, user_ids=sorted(people), kind="tip_deadline", url=url)
    for event in events:
        tip = event.tip
        audit.record(
            actor=system_actor(ward_id),
            action="tips.overdue",
            target=tip,
            values=event.facts,
            hidden_from=subjects[tip.pk] | (set() if tip.route == Route.ORDINARY else hidden_from(tip)),
        )
    return len(due)


def _climb(clock: Clock, reachable: Reachable, hidden: set[int], now: datetime, events: list[TipEvent]) -> set[int]:
    """Mark as overdue and tell every rung that time has reached since; returns who is told now."""
    if clock.state != Clock.State.OVERDUE:
        transitions.move(clock, Clock.State.OVERDUE, field="state")
        events.append(
            TipEvent(
                ward_id=clock.ward_id,
                tip=clock.tip,
                kind=TipEvent.Kind.OVERDUE,
                at=clock.due_at,
                facts={"clock": clock.policy.key},
            )
        )
    rungs = reachable.ladder(clock.tip, hidden)
    step = timedelta(minutes=clock.policy.climb_minutes)
    if clock.policy.nature == ClockPolicy.Nature.TRACKING:
        rungs = rungs[:1]  # another body's delay is known to the owner; the ward's superiors cannot mend it
    if not rungs:
        logger.error("no person can be reached for clock %s of ward %s", clock.pk, clock.ward_id)
        clock.attention_at = now + step
        return set()
    reached = min(len(rungs), 1 + int((now - clock.due_at) / step))
    people = set().union(*rungs[clock.rung : reached]) if reached > clock.rung else set()
    clock.rung = max(clock.rung, reached)
    clock.attention_at = None if clock.rung >= len(rungs) else clock.due_at + step * clock.rung
    return people


def announce_ward(*, ward_id: int, limit: int = BATCH) -> int:
    """Tell the desk of tips nobody was told of yet; returns how many. Must run in the ward's scope."""
    with transaction.atomic():
        fresh = list(
            Tip.objects.select_for_update(skip_locked=True)
            .filter(ward_id=ward_id, announced_at__isnull=True)
            .defer("content")
            .order_by("id")[:limit]
        )
        if not fresh:
            return 0
        now = timezone.now()
        reachable = Reachable(ward_id, now)
        subjects = _subjects(ward_id, [tip.pk for tip in fresh])
        calls = {tip.pk: (page_of(tip), _rungs(tip, reachable, subjects[tip.pk])) for tip in fresh}
        alerts.raise_alerts(ward_id=ward_id, kind=NEW, calls=calls, now=now)
        Tip.objects.filter(ward_id=ward_id, pk__in=[tip.pk for tip in fresh]).update(announced_at=now)
        return len(fresh)


def _rungs(tip: Tip, reachable: Reachable, subjects: set[int]) -> alerts.Rungs:
    """Whom a new tip calls: who must act now, then up its ladder."""
    first = owners(tip, reachable, subjects)
    return [people for people in (first, *reachable.ladder(tip, subjects)) if people]


def ladders_of_new(ward_id: int, ids: Collection[int], now: datetime) -> Mapping[int, alerts.Rungs]:
    """For alerts: whom each tip that is still new calls at this moment."""
    reachable, subjects = Reachable(ward_id, now), _subjects(ward_id, list(ids))
    rows = Tip.objects.filter(ward_id=ward_id, pk__in=ids, status=Tip.Status.NEW).defer("content")
    return {tip.pk: _rungs(tip, reachable, subjects[tip.pk]) for tip in rows}


alerts.register(NEW, ladders_of_new)

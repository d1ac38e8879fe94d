"""Alerts: a call that goes to the next person until somebody has it. Whoever raises a kind says whom it may call."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Alert, Notice
from vikhe_portal.core.permissions import Actor
from wards.selectors import acknowledge_minutes

logger = logging.getLogger(__name__)

Rungs = list[set[int]]
# (ward, ids, now) → whom to call for each id, rung by rung from below. An id left out waits for nobody any more.
Ladder = Callable[[int, Collection[int], datetime], Mapping[int, Rungs]]
BATCH = 500
_ladders: dict[str, Ladder] = {}


def register(kind: str, ladder: Ladder) -> None:
    """Register a kind of alert (when the app starts) with the function that says whom it calls."""
    _ladders[kind] = ladder


@transaction.atomic
def raise_alerts(*, ward_id: int, kind: str, calls: Mapping[int, tuple[str, Rungs]], now: datetime) -> int:
    """Call the first reachable rung of each object (id → address and rungs); an object is called for once.

    Returns how many calls were new. Where nobody can be reached the call is tried again after the same minutes.
    """
    step = timedelta(minutes=acknowledge_minutes(ward_id))
    known = Alert.objects.filter(ward_id=ward_id, kind=kind, object_id__in=list(calls))
    known_ids = set(known.values_list("object_id", flat=True))
    rows = [
        Alert(ward_id=ward_id, kind=kind, object_id=pk, url=url, raised_at=now, next_at=now + step)
        for pk, (url, _rungs) in calls.items()
        if pk not in known_ids
    ]
    Alert.objects.bulk_create(rows)
    for row in rows:
        _tell(row, _next(calls[row.object_id][1], set()))
    return len(rows)


@transaction.atomic
def climb(*, ward_id: int, now: datetime | None = None) -> int:
    """Call the next person for every alert nobody has taken in time; returns how many were looked at.

    Must run in the ward's scope. Whom to call is asked anew each time: the ladder of this minute, without who was told
    already. What no longer waits ends silently; an alert that has called everybody stops.
    """
    now = now or timezone.now()
    due = list(
        Alert.objects.select_for_update(skip_locked=True)
        .filter(ward_id=ward_id, next_at__lte=now)
        .order_by("next_at", "id")[:BATCH]
    )
    if not due:
        return 0
    step = timedelta(minutes=acknowledge_minutes(ward_id))
    told: dict[int, set[int]] = defaultdict(set)
    for alert_id, user_id in Notice.objects.filter(ward_id=ward_id, alert__in=due).values_list("alert_id", "user_id"):
        told[alert_id].add(user_id)
    by_kind: dict[str, list[Alert]] = defaultdict(list)
    for alert in due:
        by_kind[alert.kind].append(alert)
    for kind, alerts in by_kind.items():
        ladders = _ladders[kind](ward_id, [alert.object_id for alert in alerts], now)
        for alert in alerts:
            rungs = ladders.get(alert.object_id)
            people = _next(rungs or [], told[alert.pk])
            _tell(alert, people)
            if rungs is None or (rungs and not people):
                alert.next_at = None
            else:
                alert.next_at = now + step
            if rungs == []:
                logger.error("no person can be reached for an alert of ward %s", ward_id)
    Alert.objects.bulk_update(due, ["next_at"])
    return len(due)


def settle(*, ward_id: int, kind: str, object_id: int, user_id: int) -> int:
    """Somebody has it: nobody else is called. In the caller's transaction; returns how many calls that ended."""
    rows = Alert.objects.filter(ward_id=ward_id, kind=kind, object_id=object_id, taken_at__isnull=True)
    return rows.update(taken_at=timezone.now(), taken_by=user_id, next_at=None)


@transaction.atomic
def take(*, actor: Actor, notice: Notice) -> Notice:
    """The actor says “I take it” to a call in their own notices: it is read and climbs no further."""
    now = timezone.now()
    row = Notice.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, user_id=actor.id, pk=notice.pk)
    waiting = Alert.objects.filter(ward_id=actor.ward_id, notices=row, taken_at__isnull=True)
    waiting.update(taken_at=now, taken_by=actor.id, next_at=None)
    if row.read_at is None:
        row.read_at = now
        row.save(update_fields=["read_at"])
    return row


def _next(rungs: Rungs, told: set[int]) -> set[int]:
    """The people of the lowest rung nobody of whom was told yet."""
    return next((people - told for people in rungs if people - told), set())


def _tell(alert: Alert, people: set[int]) -> None:
    Notice.objects.bulk_create(
        Notice(ward_id=alert.ward_id, user_id=user_id, kind=alert.kind, url=alert.url, alert=alert)
        for user_id in sorted(people)
    )

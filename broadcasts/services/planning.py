"""Turning a planned time into deliveries: one statement per broadcast, safe against two planners at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import Broadcast, Delivery, Occurrence
from broadcasts.policies import APPROVERS
from broadcasts.selectors.limits import COUNTED, WEEK
from groups.services import handover_steps
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope
from wards.models import WardProfile

LATE_AFTER = timedelta(minutes=10)  # a text that comes later than planned may be wrong by then: a person plans it anew
SEND_WITHIN = timedelta(hours=2)
DEPUTIES_AFTER = timedelta(hours=4)

# The leader of today holds the card; a group of the Official Account is posted by the portal when the ward has one.
# The code is the row's number, mixed: an odd factor modulo 2^30 meets each of the 2^30 codes once, so a billion
# deliveries have different ones, where codes drawn by lot already collide among the country's 85,000 groups.
FAN_OUT = """
INSERT INTO broadcasts_delivery (id, ward_id, occurrence_id, broadcast_id, group_id, kind, state, code, suffix,
    attempts, not_before, deadline, remote_id, deputies_from, holder_id, proof_kind)
SELECT row.id, t.ward_id, %(occurrence)s, t.broadcast_id, g.id, way.kind,
    CASE WHEN week.posts >= %(budget)s THEN 'held_back' WHEN way.kind = 'gmf' THEN 'pending' ELSE 'handed_to' END,
    'VK-' || substr(letters, 1 + (mixed >> 25 & 31), 1) || substr(letters, 1 + (mixed >> 20 & 31), 1)
          || substr(letters, 1 + (mixed >> 15 & 31), 1) || substr(letters, 1 + (mixed >> 10 & 31), 1)
          || substr(letters, 1 + (mixed >> 5 & 31), 1) || substr(letters, 1 + (mixed & 31), 1),
    1, 0, %(now)s, %(deadline)s, '', %(deputies)s,
    CASE way.kind WHEN 'gmf' THEN NULL ELSE leader.user_id END, ''
FROM broadcasts_target t
JOIN groups_zalogroup g ON g.id = t.group_id AND g.ward_id = t.ward_id AND g.status = 'active'
CROSS JOIN LATERAL (SELECT CASE WHEN g.kind = 'gmf' AND g.remote_id <> '' AND EXISTS (
    SELECT 1 FROM gateways_zalochannel c WHERE c.ward_id = g.ward_id) THEN 'gmf' ELSE 'card' END AS kind) way
LEFT JOIN groups_appointment leader ON leader.ward_id = g.ward_id AND leader.group_id = g.id
    AND leader.role = 'leader' AND leader.held @> %(now)s::timestamptz
LEFT JOIN (
    SELECT had.group_id, count(*) AS posts FROM broadcasts_delivery had
    JOIN broadcasts_broadcast what ON what.id = had.broadcast_id AND what.ward_id = had.ward_id AND NOT what.emergency
    WHERE %(budget)s::int IS NOT NULL AND had.ward_id = %(ward)s AND had.not_before > %(week)s
        AND had.state = ANY(%(counted)s::text[])
    GROUP BY had.group_id) week ON week.group_id = g.id
CROSS JOIN LATERAL (SELECT nextval(pg_get_serial_sequence('broadcasts_delivery', 'id')) AS id
                    WHERE g.id IS NOT NULL) row
CROSS JOIN LATERAL (SELECT (((row.id & 1073741823) * 387420489 + 123456789) & 1073741823)::int AS mixed,
                           '23456789ABCDEFGHJKLMNPQRSTUVWXYZ' AS letters) code
WHERE t.ward_id = %(ward)s AND t.broadcast_id = %(broadcast)s
ORDER BY g.id
ON CONFLICT (ward_id, occurrence_id, group_id) DO NOTHING
"""


def fan_out(occurrence: Occurrence) -> int:
    """Make the deliveries of an occurrence; returns how many are new. Doing it twice makes none twice."""
    now = timezone.now()
    emergency = occurrence.broadcast.emergency
    # Two planners of a ward go one after the other here, or both would see room for one more post in a group.
    profile = None if emergency else WardProfile.objects.select_for_update().filter(ward_id=occurrence.ward_id).first()
    with connection.cursor() as cursor:
        cursor.execute(
            FAN_OUT,
            {
                "occurrence": occurrence.pk,
                "now": now,
                "deadline": send_until(profile, now),
                "budget": (profile.weekly_budget or None) if profile else None,
                "week": now - WEEK,
                "counted": list(COUNTED),
                "deputies": now + DEPUTIES_AFTER,
                "ward": occurrence.ward_id,
                "broadcast": occurrence.broadcast_id,
            },
        )
        return int(cursor.rowcount)


def send_until(profile: WardProfile | None, now: datetime) -> datetime:
    """The last moment for the Official Account to post: within two hours, and not into the quiet hours."""
    quiet = profile.next_quiet(now) if profile else None
    return min(now + SEND_WITHIN, quiet) if quiet else now + SEND_WITHIN


def due_wards() -> list[int]:
    """Wards in which something is due. For the worker, which may sweep this table."""
    rows = Occurrence.objects.filter(state=Occurrence.State.PLANNED, planned_at__lte=timezone.now())
    return list(rows.order_by("ward_id").values_list("ward_id", flat=True).distinct())


def plan_ward(*, ward_id: int) -> int:
    """Send out what is due in one ward; returns the number of new deliveries. One transaction."""
    made = 0
    with ward_scope(ward_id):
        due = Occurrence.objects.select_for_update(skip_locked=True).filter(
            ward_id=ward_id, state=Occurrence.State.PLANNED, planned_at__lte=timezone.now()
        )
        for occurrence in due:
            made += _open(occurrence)
    return made


def _open(occurrence: Occurrence) -> int:
    broadcast = Broadcast.objects.select_for_update().get(ward_id=occurrence.ward_id, pk=occurrence.broadcast_id)
    actor = system_actor(occurrence.ward_id)
    moving = broadcast.status in (Broadcast.Status.SCHEDULED, Broadcast.Status.DELIVERING)
    if not moving or broadcast.approved_version != occurrence.version:
        occurrence.state = Occurrence.State.STOPPED
        occurrence.save(update_fields=["state"])
        return 0
    if occurrence.planned_at < timezone.now() - LATE_AFTER:
        occurrence.state = Occurrence.State.MISSED
        occurrence.save(update_fields=["state"])
        if broadcast.status == Broadcast.Status.SCHEDULED and not _more_to_come(broadcast):
            broadcast.status = Broadcast.Status.APPROVED  # approved as before: a person chooses a new time
            broadcast.save(update_fields=["status", "updated_at"])
        audit.record(actor=actor, action="broadcasts.missed", target=broadcast)
        _tell(broadcast, [broadcast.author_id, *_approvers(broadcast)], "broadcast_unknown")
        return 0
    if _rest_until_morning(occurrence, emergency=broadcast.emergency):
        return 0
    made = fan_out(occurrence)
    occurrence.state = Occurrence.State.OPEN
    occurrence.save(update_fields=["state"])
    if broadcast.status != Broadcast.Status.DELIVERING:
        transitions.move(broadcast, Broadcast.Status.DELIVERING)
        broadcast.save(update_fields=["status", "updated_at"])
    cards = Delivery.objects.filter(ward_id=broadcast.ward_id, occurrence=occurrence, state=Delivery.State.HANDED_TO)
    people = cards.filter(holder__isnull=False).values_list("holder_id", flat=True).distinct()
    notify(ward_id=broadcast.ward_id, user_ids=list(people), kind="broadcast_card", url=reverse("broadcasts:cards"))
    audit.record(actor=actor, action="broadcasts.went_out", target=broadcast, values={"deliveries": made})
    enqueue_on_commit("broadcasts.dispatch")
    return made


def _rest_until_morning(occurrence: Occurrence, *, emergency: bool) -> bool:
    """Put off what was planned before these hours became quiet; True when it was put off."""
    profile = None if emergency else WardProfile.objects.filter(ward_id=occurrence.ward_id).first()
    morning = profile.quiet_until(timezone.now()) if profile else None
    if morning is None:
        return False
    same = Occurrence.objects.filter(
        ward_id=occurrence.ward_id, broadcast_id=occurrence.broadcast_id, planned_at=morning
    )
    if same.exists():  # a repeated one goes out by then anyway
        occurrence.state = Occurrence.State.STOPPED
    else:
        occurrence.planned_at = morning
    occurrence.save(update_fields=["state", "planned_at"])
    return True


def _more_to_come(broadcast: Broadcast) -> bool:
    """Whether a repeated broadcast is planned for later."""
    plans = Occurrence.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast, state=Occurrence.State.PLANNED)
    return plans.exists()


def _approvers(broadcast: Broadcast) -> list[int]:
    return list(holders(broadcast.ward_id, *APPROVERS).values_list("pk", flat=True))


def _tell(broadcast: Broadcast, people: list[int], kind: str) -> None:
    url = reverse("broadcasts:detail", args=[broadcast.uuid])
    notify(ward_id=broadcast.ward_id, user_ids=sorted(set(people)), kind=kind, url=url)


def settle(*, ward_id: int, occurrence_id: int) -> None:
    """Close an occurrence, and its broadcast, once nothing is open any more. Inside the caller's transaction.

    Where it is posted and announces a handover, the step of that group is done.
    """
    handover_steps.tick_announced(
        ward_id=ward_id,
        references=Broadcast.objects.filter(ward_id=ward_id, occurrences__pk=occurrence_id).values("uuid"),
        group_ids=Delivery.objects.filter(ward_id=ward_id, occurrence_id=occurrence_id, state__in=Delivery.GOOD).values(
            "group_id"
        ),
    )
    open_left = Delivery.objects.filter(ward_id=ward_id, occurrence_id=occurrence_id, state__in=Delivery.OPEN).exists()
    if open_left:
        return
    closed = Occurrence.objects.filter(ward_id=ward_id, pk=occurrence_id, state=Occurrence.State.OPEN)
    if not closed.update(state=Occurrence.State.DONE):
        return
    rows = Broadcast.objects.filter(ward_id=ward_id, occurrences__pk=occurrence_id, status=Broadcast.Status.DELIVERING)
    for broadcast in rows.select_for_update(of=("self",)):
        if not broadcast.occurrences.filter(state=Occurrence.State.OPEN).exists():
            again = _more_to_come(broadcast)
            broadcast.status = Broadcast.Status.SCHEDULED if again else Broadcast.Status.DONE
            broadcast.save(update_fields=["status", "updated_at"])

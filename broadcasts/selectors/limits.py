"""How much of its week a group has used, and what is held back because of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from broadcasts.models import Broadcast, Delivery
from broadcasts.policies import visible_deliveries
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Actor
from wards.models import WardProfile

WEEK = timedelta(days=7)
# States that fill a group's week: posted, or on the way. What is held back, called off or dead does not.
COUNTED = (*Delivery.GOOD, *(state for state in Delivery.OPEN if state != Delivery.State.HELD_BACK))


def posts_of_week(ward_id: int, now: datetime) -> dict[int, list[datetime]]:
    """Per group the times of what fills its last seven days, oldest first. Emergencies do not count."""
    rows = Delivery.objects.filter(
        ward_id=ward_id, state__in=COUNTED, not_before__gt=now - WEEK, broadcast__emergency=False
    )
    found: dict[int, list[datetime]] = {}
    for group_id, at in rows.order_by("not_before").values_list("group_id", "not_before"):
        found.setdefault(group_id, []).append(at)
    return found


def full_groups(broadcast: Broadcast) -> list[str]:
    """Names of the chosen groups that have had their posts of the week already: there it will be held back."""
    profile = WardProfile.objects.filter(ward_id=broadcast.ward_id).first()
    if profile is None or not profile.weekly_budget:
        return []
    had = posts_of_week(broadcast.ward_id, timezone.now())
    full = [group for group, posts in had.items() if len(posts) >= profile.weekly_budget]
    rows = broadcast.targets.filter(group_id__in=full).order_by("group__name")
    return list(rows.values_list("group__name", flat=True))


@dataclass(frozen=True)
class Held:
    """A post held back, and when its group has room for it (None: not before it is dropped)."""

    delivery: Delivery
    room_at: datetime | None


def held_back(actor: Actor) -> list[Held]:
    """What waits for room, in the order in which it goes out."""
    now = timezone.now()
    had = posts_of_week(actor.ward_id, now)
    budget = WardProfile.objects.filter(ward_id=actor.ward_id).values_list("weekly_budget", flat=True).first() or 0
    rows = visible_deliveries(actor).filter(state=Delivery.State.HELD_BACK).select_related("group", "broadcast")
    waiting: dict[int, int] = {}
    found = []
    for row in rows.order_by("not_before", "pk")[:200]:
        times, ahead = had.get(row.group_id, []), waiting.get(row.group_id, 0)
        place = len(times) - budget + ahead
        waiting[row.group_id] = ahead + 1
        room_at = now if place < 0 else times[place] + WEEK if place < len(times) else None
        found.append(Held(row, room_at if room_at and room_at <= row.not_before + WEEK else None))
    return found


def limits_of(actor: Actor) -> WardProfile:
    """The ward's quiet hours and weekly number as they stand."""
    return WardProfile.objects.get(ward_id=actor.ward_id)


def limits_history(actor: Actor, limit: int = 20) -> list[dict[str, Any]]:
    """Who changed quiet hours and weekly number, when, from what to what; newest first."""
    rows = AuditEvent.objects.filter(ward_id=actor.ward_id, action="broadcasts.limits_set").order_by("-at")[:limit]
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in={row.actor_id for row in rows})}
    return [
        {
            "at": row.at,
            "by": names.get(row.actor_id or 0, ""),
            "before": row.values["before"],
            "now": row.values["now"],
            "hours": "quiet_from" in row.fields or "quiet_to" in row.fields,
            "number": "weekly_budget" in row.fields,
        }
        for row in rows
    ]

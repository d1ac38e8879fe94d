"""Choosing groups by who leads them or by a rule, instead of one by one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from groups.models import Appointment, Coverage, GroupNeighbourhood, ZaloGroup
from groups.policies.visibility import visible_groups
from vikhe_portal.core.permissions import Actor


def _in_use(actor: Actor) -> QuerySet[ZaloGroup]:
    return visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE)


def _leaders(actor: Actor) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(ward_id=actor.ward_id, role="leader", held__contains=timezone.now())
    return rows.filter(group_id__in=_in_use(actor).values("pk"))


def officers(actor: Actor) -> list[tuple[int, str]]:
    """Leaders of groups the actor may address, each with how many groups they lead."""
    found: dict[int, tuple[str, int]] = {}
    for row in _leaders(actor).select_related("user").order_by("user__sort_name"):
        name, count = found.get(row.user_id, (row.user.get_full_name(), 0))
        found[row.user_id] = (name, count + 1)
    return [(pk, f"{name} ({count})") for pk, (name, count) in found.items()]


def of_officers(actor: Actor, user_ids: Iterable[int]) -> set[int]:
    """Groups led by these people."""
    return set(_leaders(actor).filter(user_id__in=list(user_ids)).values_list("group_id", flat=True))


def covered_below(actor: Actor, percent: int) -> set[int]:
    """Groups whose neighbourhoods have fewer than so many per cent of their households in a group."""
    serving = GroupNeighbourhood.objects.filter(
        ward_id=actor.ward_id, group_id__in=_in_use(actor).values("pk"), held__contains=timezone.now()
    )
    rows = Coverage.objects.filter(ward_id=actor.ward_id).values_list("neighbourhood_id", "covered", "households")
    counts = {place: (covered, households) for place, covered, households in rows}
    sums: dict[int, tuple[int, int]] = {}
    for group_id, place in serving.values_list("group_id", "neighbourhood_id"):
        (had, all_of), (covered, households) = sums.get(group_id, (0, 0)), counts.get(place, (0, 0))
        sums[group_id] = (had + covered, all_of + households)
    return {group_id for group_id, (had, all_of) in sums.items() if all_of and had * 100 < percent * all_of}

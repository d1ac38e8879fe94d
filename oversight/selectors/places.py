"""The ward by neighbourhood: coverage, who is responsible, what is behind; and how coverage moved day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Appointment, Coverage, CoverageDay, GroupNeighbourhood, OfficerArea
from groups.policies.visibility import visible_neighbourhoods
from oversight.policies.rooms import sees_small_numbers
from oversight.selectors.counting import SMALL
from tips.models import Tip
from tips.policies import visible_tips
from vikhe_portal.core.figures import Period
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods

_CLAIMED = _("Households reached, per cent")
_CONFIRMED = _("Confirmed by a count on Zalo, per cent")
_RECEIVED = _("Received")
_ANSWERED = _("Answered")


@dataclass
class Place:
    """One neighbourhood in the list: counts of households, who has charge of it, group and leader, open tips."""

    neighbourhood: Neighbourhood
    households: int = 0
    covered: int = 0
    confirmed: int = 0
    other_channel: int = 0
    officer: str = ""
    group: str = ""
    group_id: int = 0
    leader: str = ""
    open_tips: Any = 0
    overdue_tips: Any = 0
    breaches: list[str] = field(default_factory=list)

    @property
    def uncovered(self) -> int:
        """Households no group reaches."""
        return self.households - self.covered

    @property
    def share(self) -> float:
        """Covered households per cent."""
        return 100 * self.covered / self.households if self.households else 0.0


def places(actor: Actor, as_of: date | None = None) -> list[Place]:
    """The neighbourhoods the actor may know of, least covered first. In a fixed number of queries.

    Coverage is that of the end of `as_of` when it is a past day; charge and tips are those of now.
    """
    rows = {one.pk: Place(one) for one in visible_neighbourhoods(actor)}
    _add_coverage(rows, actor.ward_id, as_of)
    _add_people(rows, actor.ward_id)
    _add_tips(rows, actor)
    return sorted(rows.values(), key=lambda one: (one.share, one.neighbourhood.number or 0))


def totals(rows: list[Place]) -> dict[str, int]:
    """Sums over the neighbourhoods of a list, and how many of them have a breach."""
    return {
        "households": sum(one.households for one in rows),
        "covered": sum(one.covered for one in rows),
        "confirmed": sum(one.confirmed for one in rows),
        "uncovered": sum(one.uncovered for one in rows),
        "in_breach": sum(1 for one in rows if one.breaches),
    }


def ward_places(ward_id: int) -> list[Place]:
    """All neighbourhoods of the ward with coverage, officer, group and leader: for a report's annexes. No tips."""
    rows = {one.pk: Place(one) for one in neighbourhoods(ward_id)}
    _add_coverage(rows, ward_id, None)
    _add_people(rows, ward_id)
    return list(rows.values())


def _add_coverage(rows: dict[int, Place], ward_id: int, as_of: date | None) -> None:
    if as_of is None or as_of >= timezone.localdate():
        counts: Iterable[Any] = Coverage.objects.filter(ward_id=ward_id, neighbourhood_id__in=rows)
    else:
        counts = (
            CoverageDay.objects.filter(ward_id=ward_id, neighbourhood_id__in=rows, day__lte=as_of)
            .order_by("neighbourhood_id", "-day")
            .distinct("neighbourhood_id")
        )
    for one in counts:
        place = rows[one.neighbourhood_id]
        place.households, place.covered, place.confirmed = one.households, one.covered, one.confirmed
        place.other_channel = one.other_channel


def _add_people(rows: dict[int, Place], ward_id: int) -> None:
    now = timezone.now()
    areas = OfficerArea.objects.filter(ward_id=ward_id, neighbourhood_id__in=rows, held__contains=now)
    for area in areas.select_related("user").order_by("is_cover"):
        rows[area.neighbourhood_id].officer = area.user.get_full_name()
    serving = list(
        GroupNeighbourhood.objects.filter(
            ward_id=ward_id, neighbourhood_id__in=rows, held__contains=now, group__status="active"
        ).select_related("group")
    )
    leaders = Appointment.objects.filter(
        ward_id=ward_id, role="leader", held__contains=now, group_id__in={one.group_id for one in serving}
    )
    names = {one.group_id: one.user.get_full_name() for one in leaders.select_related("user")}
    for one in serving:
        place = rows[one.neighbourhood_id]
        place.group, place.group_id = one.group.name, one.group_id
        place.leader = names.get(one.group_id, "")
    for place in rows.values():
        if not place.group:
            place.breaches.append("no_group")
        elif not place.leader:
            place.breaches.append("no_leader")
        if not place.officer:
            place.breaches.append("no_officer")


def _add_tips(rows: dict[int, Place], actor: Actor) -> None:
    open_tips = visible_tips(actor).exclude(status__in=Tip.FINISHED).filter(neighbourhood_id__in=rows)
    counts = open_tips.values("neighbourhood_id").annotate(
        all=Count("pk"), late=Count("pk", filter=Q(next_due_at__lte=timezone.now()))
    )
    whole = sees_small_numbers(actor)
    for one in counts.order_by():
        place = rows[one["neighbourhood_id"]]
        place.open_tips = _safe(one["all"], whole)
        place.overdue_tips = _safe(one["late"], whole)


def _safe(value: int, whole: bool) -> Any:
    return value if whole or not 0 < value < SMALL else f"<{SMALL}"


def coverage_trend(actor: Actor, period: Period) -> dict[str, Any]:
    """Covered and confirmed households per cent, day by day, of the neighbourhoods the actor may know of.

    A day on which nothing was counted takes the last count before it. Long periods are shown by steps of days.
    """
    today = timezone.localdate()
    end = min(period.end, today)
    known = list(visible_neighbourhoods(actor).values_list("pk", flat=True))
    rows = (
        CoverageDay.objects.filter(ward_id=actor.ward_id, neighbourhood_id__in=known)
        .filter(day__gte=period.start - timedelta(days=31), day__lte=end)
        .values("day")
        .annotate(households=Sum("households"), covered=Sum("covered"), confirmed=Sum("confirmed"))
        .order_by("day")
    )
    days = {row["day"]: (row["households"], row["covered"], row["confirmed"]) for row in rows}
    if end == today:
        live = Coverage.objects.filter(ward_id=actor.ward_id, neighbourhood_id__in=known).aggregate(
            Sum("households"), Sum("covered"), Sum("confirmed")
        )
        days[today] = (live["households__sum"] or 0, live["covered__sum"] or 0, live["confirmed__sum"] or 0)
    labels, covered, confirmed = [], [], []
    step = max(1, (end - period.start).days // 45)
    last = next((days[day] for day in sorted(days, reverse=True) if day < period.start), None)
    day = period.start
    while day <= end:
        last = days.get(day, last)
        if last and last[0] and ((end - day).days % step == 0):
            labels.append(f"{day:%d/%m}")
            covered.append(round(100 * last[1] / last[0], 1))
            confirmed.append(round(100 * last[2] / last[0], 1))
        day += timedelta(days=1)
    return {
        "type": "line",
        "labels": labels,
        "max": 100,
        "series": [
            {"label": str(_CLAIMED), "data": covered, "tone": "brand"},
            {"label": str(_CONFIRMED), "data": confirmed, "tone": "blue"},
        ],
    }


def tips_by_week(actor: Actor, period: Period) -> dict[str, Any]:
    """Tips received and answered in the period, per day for up to a month, else per week."""
    by_day = (period.end - period.start).days <= 31
    received, answered = _per_day(actor, period, "received_at"), _per_day(actor, period, "answered_at")
    labels, first, second = [], [], []
    step = 1 if by_day else 7
    day = period.start
    end = min(period.end, timezone.localdate())
    while day <= end:
        span = [day + timedelta(days=i) for i in range(step) if day + timedelta(days=i) <= end]
        labels.append(f"{day:%d/%m}")
        first.append(sum(received.get(one, 0) for one in span))
        second.append(sum(answered.get(one, 0) for one in span))
        day += timedelta(days=step)
    if not any(first) and not any(second):
        labels = []
    return {
        "type": "bar",
        "labels": labels,
        "series": [
            {"label": str(_RECEIVED), "data": first, "tone": "brand"},
            {"label": str(_ANSWERED), "data": second, "tone": "blue"},
        ],
    }


def _per_day(actor: Actor, period: Period, column: str) -> dict[date, int]:
    counts: dict[date, int] = defaultdict(int)
    rows = visible_tips(actor).filter(**{f"{column}__date__gte": period.start, f"{column}__date__lte": period.end})
    for one in rows.values(f"{column}__date").annotate(n=Count("pk")).order_by():
        counts[one[f"{column}__date"]] = one["n"]
    return counts

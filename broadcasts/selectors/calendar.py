"""The editorial calendar: what went out and what is planned, by day; subjects nobody has spoken of for long."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Max
from django.utils import timezone

from broadcasts.models import Broadcast, Category, Occurrence
from broadcasts.policies import visible_broadcasts
from vikhe_portal.core.permissions import Actor, allows

NEGLECTED_AFTER = timedelta(days=30)
State = Occurrence.State


@dataclass(frozen=True)
class Entry:
    """One going-out on a day. `movable`: planned, and the actor may plan it."""

    occurrence: Occurrence
    movable: bool

    @property
    def subject(self) -> Category:
        """The subject group, which gives the colour."""
        topic = self.occurrence.broadcast.category
        return topic.parent or topic


@dataclass
class Day:
    """A day of the calendar."""

    date: date
    here: bool
    today: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """A subject group: when it was last spoken of, when it is next planned."""

    category: Category
    last: datetime | None
    planned: datetime | None

    @property
    def neglected(self) -> bool:
        """Nothing posted for a month and nothing planned."""
        return self.planned is None and (self.last is None or self.last < timezone.now() - NEGLECTED_AFTER)


def month_days(year: int, month: int) -> list[date]:
    """The whole weeks, Monday to Sunday, that a month touches."""
    return list(months.Calendar().itermonthdates(year, month))


def week_days(day: date) -> list[date]:
    """The week of a day."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def days(actor: Actor, dates: list[date], month: int = 0) -> list[Day]:
    """The days with what goes out on them; `month` is the one that is looked at."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(dates[0], time.min, zone)
    end = datetime.combine(dates[-1] + timedelta(days=1), time.min, zone)
    rows = (
        Occurrence.objects.filter(
            ward_id=actor.ward_id, broadcast__in=visible_broadcasts(actor), planned_at__gte=start, planned_at__lt=end
        )
        .exclude(state=State.STOPPED)
        .select_related("broadcast__category__parent")
        .order_by("planned_at", "pk")
    )
    today = timezone.localdate()
    found = {day: Day(day, not month or day.month == month, day == today) for day in dates}
    for row in rows:
        movable = row.state == State.PLANNED and allows(actor, "broadcasts.schedule", row.broadcast)
        found[timezone.localdate(row.planned_at)].entries.append(Entry(row, movable))
    return list(found.values())


def plan(actor: Actor, pk: int) -> Occurrence | None:
    """One planned going-out the actor may know of, or None."""
    rows = Occurrence.objects.filter(ward_id=actor.ward_id, pk=pk, broadcast__in=visible_broadcasts(actor))
    return rows.select_related("broadcast").first()


def subjects(actor: Actor) -> list[Subject]:
    """The six subject groups with the last and the next going-out of each."""
    rows = Occurrence.objects.filter(ward_id=actor.ward_id, broadcast__in=visible_broadcasts(actor)).order_by()
    gone = rows.filter(state__in=[State.OPEN, State.DONE]).values("broadcast__category__parent_id")
    last = {row["broadcast__category__parent_id"]: row["at"] for row in gone.annotate(at=Max("planned_at"))}
    planned: dict[int | None, datetime] = {}
    coming = rows.filter(state=State.PLANNED).order_by("-planned_at")
    for parent_id, at in coming.values_list("broadcast__category__parent_id", "planned_at"):
        planned[parent_id] = at
    groups = Category.objects.filter(parent__isnull=True)
    return [Subject(row, last.get(row.pk), planned.get(row.pk)) for row in groups]


def unplanned(actor: Actor) -> list[Broadcast]:
    """Approved, and nobody has said when."""
    rows = visible_broadcasts(actor).filter(status=Broadcast.Status.APPROVED)
    return list(rows.select_related("category__parent").order_by("approved_at")[:30])

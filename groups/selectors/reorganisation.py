"""Neighbourhoods through time: coverage of a past day as the map was then, and on today's map."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils import timezone

from groups.models import Coverage, CoverageDay, Household, Succession
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods


@dataclass
class Line:
    """A neighbourhood, or several that cannot be told apart on the other day's map."""

    name: str
    households: int = 0
    covered: int = 0
    people: int = 0


def streets_of(actor: Actor, neighbourhood_id: int) -> list[tuple[str, int]]:
    """Streets of a neighbourhood of the ward with their households; "" stands for households without a street."""
    rows = Household.objects.filter(ward_id=actor.ward_id, neighbourhood_id=neighbourhood_id)
    return list(rows.order_by("street").values("street").annotate(n=Count("pk")).values_list("street", "n"))


def place(actor: Actor, neighbourhood_id: int) -> Neighbourhood | None:
    """A neighbourhood of the ward that exists today, or None."""
    return neighbourhoods(actor.ward_id).filter(pk=neighbourhood_id).first()


def places_today(actor: Actor) -> list[Neighbourhood]:
    """The ward's neighbourhoods of today, by number."""
    return list(neighbourhoods(actor.ward_id).order_by("number", "key"))


def changes(actor: Actor) -> list[Succession]:
    """Every succession of the ward, newest first."""
    rows = Succession.objects.filter(ward_id=actor.ward_id).select_related("before", "after", "done_by")
    return list(rows.order_by("-day", "-pk"))


def _counts(ward_id: int, day: date) -> dict[int, Line]:
    rows: list[Coverage] | list[CoverageDay]
    if day >= timezone.localdate():
        rows = list(Coverage.objects.filter(ward_id=ward_id).select_related("neighbourhood"))
    else:
        rows = list(CoverageDay.objects.filter(ward_id=ward_id, day=day).select_related("neighbourhood"))
    rows.sort(key=lambda row: (row.neighbourhood.number or 0, row.neighbourhood.key))
    return {
        row.neighbourhood_id: Line(row.neighbourhood.name, row.households, row.covered, row.people)
        for row in rows
        if row.households or row.neighbourhood.exists.upper is None
    }


def on_map_of_the_day(actor: Actor, day: date) -> list[Line]:
    """Coverage at the end of a day, by the neighbourhoods of that day."""
    return [line for line in _counts(actor.ward_id, day).values() if line.households]


def on_todays_map(actor: Actor, day: date) -> list[Line]:
    """The same counts on today's map: merged ones summed; the parts of what was whole then stand in one line."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        while parent.get(one, one) != one:
            one = parent[one]
        return one

    for row in Succession.objects.filter(ward_id=actor.ward_id, day__gt=day):
        parent[root(row.before_id)] = root(row.after_id)
    names: dict[int, list[str]] = defaultdict(list)
    for today in places_today(actor):
        names[root(today.pk)].append(today.name)
    sums: dict[int, Line] = {}
    for place_id, line in _counts(actor.ward_id, day).items():
        key = root(place_id)
        total = sums.setdefault(key, Line(" + ".join(names.get(key, [line.name]))))
        total.households += line.households
        total.covered += line.covered
        total.people += line.people
    return [line for line in sums.values() if line.households]

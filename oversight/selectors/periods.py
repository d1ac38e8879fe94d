"""Periods of reports and dashboards: from a kind and a day to dates, and to the period before."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.figures import Period

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
OWN = "own"
CHOICES: dict[str, Any] = {
    "week": _("Week"),
    "month": _("Month"),
    "quarter": _("Quarter"),
    "half_year": _("Half-year"),
    "year": _("Year"),
    OWN: _("Own dates"),
}
LONGEST_DAYS = 3 * 366


def period_of(kind: str, day: date) -> Period:
    """The whole week (from Monday), month, quarter, half-year or year in which the day lies. KeyError otherwise."""
    if kind == "week":
        start = day - timedelta(days=day.weekday())
        return Period(start, start + timedelta(days=6))
    months = MONTHS[kind]
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return Period(date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1]))


def whole_before(kind: str, period: Period) -> Period:
    """The whole period of the same kind before this one."""
    return period_of(kind, period.start - timedelta(days=1))


def last_ended(kind: str, today: date) -> Period:
    """The latest period of the kind that is over on this day."""
    return whole_before(kind, period_of(kind, today))


@dataclass(frozen=True)
class Shown:
    """What a dashboard shows: the kind chosen, the day looked at, its period up to that day, the one before."""

    kind: str
    as_of: date
    period: Period
    before: Period


def shown(parameters: Mapping[str, Any], today: date | None = None) -> Shown:
    """Read kind, as_of, start and end of an address; anything unreadable falls back to this month until today.

    The period ends on the day looked at. The one before covers as many days of its own, or the whole of it when the
    period is complete.
    """
    now = today or timezone.localdate()
    kind = str(parameters.get("kind") or "month")
    if kind == OWN:
        start, end = _day(parameters.get("start")), _day(parameters.get("end"))
        if start and end and start <= end and (end - start).days <= LONGEST_DAYS:
            length = end - start
            before_end = start - timedelta(days=1)
            return Shown(OWN, min(end, now), Period(start, end), Period(before_end - length, before_end))
        kind = "month"
    if kind not in CHOICES or kind == OWN:
        kind = "month"
    as_of = min(_day(parameters.get("as_of")) or now, now)
    whole = period_of(kind, as_of)
    before = whole_before(kind, whole)
    if as_of < whole.end:
        before = Period(before.start, min(before.end, before.start + (as_of - whole.start)))
    return Shown(kind, as_of, Period(whole.start, as_of), before)


def _day(value: Any) -> date | None:
    try:
        day = date.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return day if 2020 <= day.year <= 2100 else None

"""Periods: whole ones, the one before, what an address may ask for."""

from __future__ import annotations

from datetime import date

import pytest

from oversight.selectors.periods import last_ended, period_of, shown, whole_before
from vikhe_portal.core.figures import Period

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("week", date(2026, 11, 23), date(2026, 11, 29)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("half_year", date(2026, 7, 1), date(2026, 12, 31)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_whole_periods(kind, start, end):
    assert period_of(kind, TODAY) == Period(start, end)


def test_the_period_before_crosses_the_year_and_knows_february():
    assert whole_before("month", period_of("month", date(2028, 3, 5))).end == date(2028, 2, 29)
    assert whole_before("quarter", period_of("quarter", date(2026, 1, 1))) == Period(
        date(2025, 10, 1), date(2025, 12, 31)
    )
    assert last_ended("half_year", TODAY) == Period(date(2026, 1, 1), date(2026, 6, 30))


def test_a_period_still_running_is_compared_with_as_many_days_of_the_one_before():
    view = shown({"kind": "month"}, TODAY)
    assert view.period == Period(date(2026, 11, 1), TODAY)
    assert view.before == Period(date(2026, 10, 1), date(2026, 10, 24))


def test_a_complete_period_is_compared_with_the_whole_of_the_one_before():
    view = shown({"kind": "month", "as_of": "2026-09-30"}, TODAY)
    assert view.before == Period(date(2026, 8, 1), date(2026, 8, 31))


def test_own_dates_are_compared_with_as_many_days_right_before():
    view = shown({"kind": "own", "start": "2026-11-10", "end": "2026-11-12"}, TODAY)
    assert view.period == Period(date(2026, 11, 10), date(2026, 11, 12))
    assert view.before == Period(date(2026, 11, 7), date(2026, 11, 9))


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "decade"},
        {"kind": "own"},
        {"kind": "own", "start": "2026-11-12", "end": "2026-11-10"},
        {"kind": "own", "start": "0001-01-01", "end": "9999-12-31"},
        {"as_of": "yesterday"},
        {"as_of": "2999-01-01"},
    ],
)
def test_what_cannot_be_read_becomes_this_month_until_today(asked):
    view = shown(asked, TODAY)
    assert (view.kind, view.period) == ("month", Period(date(2026, 11, 1), TODAY))

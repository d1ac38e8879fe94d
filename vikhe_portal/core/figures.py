"""Figures and series for dashboards and reports, and the entries of "today": apps register, oversight shows.

A figure is never a number alone: it knows the page that lists the rows it counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from vikhe_portal.core.permissions import Actor


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both included, in local dates."""

    start: date
    end: date


@dataclass(frozen=True)
class Figure:
    """A figure: `value(actor, period)` counts, `rows_url(actor, period)` opens exactly the rows counted ("" if none).

    `kind`: count, percent (a tuple (part, whole); the rows are those of the part) or hours. `good`: "up", "down" or
    "" for neither.
    `now`: the state of this moment, whatever the period; it is not compared with the period before.
    """

    key: str
    label: Any
    group: str
    permission: str
    value: Callable[[Actor, Period], Any]
    rows_url: Callable[[Actor, Period], str]
    kind: str = "count"
    good: str = ""
    order: int = 100
    now: bool = False


@dataclass(frozen=True)
class Series:
    """A chart: `data(actor, period)` → {type, labels, series: [{label, data, tone}], and options of the chart}.

    `type`: line or bar. The table beside the chart is made from the same numbers. `group` as for figures.
    """

    key: str
    label: Any
    group: str
    permission: str
    data: Callable[[Actor, Period], dict[str, Any]]
    order: int = 100


# Small numbers in figures and series of these groups are hidden from everyone but the police.
SMALL_NUMBERS_HIDDEN = frozenset({"tips_by_kind", "tips_by_neighbourhood"})


@dataclass(frozen=True)
class TodayEntry:
    """Work waiting for a person today: `items(actor)` → list of dicts {label, url, due, tone}."""

    key: str
    label: Any
    icon: str
    permission: str
    items: Callable[[Actor], list[dict[str, Any]]]
    order: int = 100


_figures: dict[str, Figure] = {}
_today: dict[str, TodayEntry] = {}
_series: dict[str, Series] = {}


def register(figure: Figure) -> None:
    """Register a figure (from AppConfig.ready())."""
    _figures[figure.key] = figure


def register_series(series: Series) -> None:
    """Register a chart (from AppConfig.ready())."""
    _series[series.key] = series


def register_today(entry: TodayEntry) -> None:
    """Register a kind of work for the "today" page (from AppConfig.ready())."""
    _today[entry.key] = entry


def figures() -> list[Figure]:
    """All figures in order."""
    return sorted(_figures.values(), key=lambda figure: (figure.order, figure.key))


def figure(key: str) -> Figure:
    """One figure by key; KeyError when unknown."""
    return _figures[key]


def all_series() -> list[Series]:
    """All charts in order."""
    return sorted(_series.values(), key=lambda series: (series.order, series.key))


def today_entries() -> list[TodayEntry]:
    """All kinds of work for today, in order."""
    return sorted(_today.values(), key=lambda entry: (entry.order, entry.key))

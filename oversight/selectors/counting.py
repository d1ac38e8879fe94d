"""Figures and series as pages and reports show them: counted for an actor, compared, small numbers hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Post
from oversight.policies.rooms import sees_small_numbers
from vikhe_portal.core import figures
from vikhe_portal.core.figures import SMALL_NUMBERS_HIDDEN, Figure, Period
from vikhe_portal.core.permissions import Actor, HeldPost, all_permissions, allows

SMALL = 5
HIDDEN = "…"
GROUPS: dict[str, Any] = {
    "coverage": gettext_lazy("Households reached"),
    "groups": gettext_lazy("Groups on Zalo"),
    "broadcasts": gettext_lazy("Broadcasts"),
    "tips": gettext_lazy("Tips and reports"),
    "tips_by_kind": gettext_lazy("Tips by kind"),
    "tips_by_neighbourhood": gettext_lazy("Tips by neighbourhood"),
    "handover": gettext_lazy("Handover"),
    "handovers": gettext_lazy("Handover"),
    "oversight": gettext_lazy("Directives and inspections"),
}


@dataclass(frozen=True)
class Counted:
    """A figure counted: `value` and `before` as the figure's kind has them (before is None when not compared)."""

    figure: Figure
    value: Any
    before: Any
    url: str
    now: bool = False
    hidden: bool = False

    @property
    def shown(self) -> str:
        """The value in words: a count, "<5", or per cent rounded down."""
        return HIDDEN if self.hidden and self.value == HIDDEN else as_text(self.figure.kind, self.value, self.hidden)

    @property
    def note(self) -> str:
        """The comparison with the period before, in words; for per cent also the parts."""
        words = []
        if self.figure.kind == "percent":
            part, whole = self.value
            words.append(f"{grouped(part)}/{grouped(whole)}")
        if self.before is not None and not self.hidden:
            words.append(change(self.figure.kind, self.value, self.before))
        return " · ".join(word for word in words if word)

    @property
    def tone(self) -> str:
        """Good when it moved the good way, warn otherwise; bad when something that should be nil stands now."""
        if self.now and self.figure.good == "down":
            return "bad" if number(self.figure.kind, self.value) else "good"
        if self.before is None or not self.figure.good or self.hidden:
            return ""
        difference = number(self.figure.kind, self.value) - number(self.figure.kind, self.before)
        if abs(difference) < 1e-9:
            return ""
        return "good" if (difference > 0) == (self.figure.good == "up") else "warn"


def grouped(value: int | float) -> str:
    """1234 is "1.234", 2.5 is "2,5"."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.1f}".replace(".", ",")
    return f"{int(value):,}".replace(",", ".")


def number(kind: str, value: Any) -> float:
    """The value as one number: a count, hours, or per cent."""
    if kind == "percent":
        part, whole = value
        return 100.0 * part / whole if whole else 0.0
    return float(value or 0)


def as_text(kind: str, value: Any, hidden: bool = False) -> str:
    """A value in print. Per cent is rounded down, so that 99.9 % never reads as complete."""
    if hidden:
        return f"<{SMALL}"
    if kind == "percent":
        part, whole = value
        return f"{int(100 * part / whole)}%" if whole else "–"
    if kind == "hours":
        return "–" if value is None else _("%(hours)s h") % {"hours": grouped(value)}
    return grouped(value or 0)


def change(kind: str, value: Any, before: Any) -> str:
    """ "+3 so với kỳ trước": the difference in words."""
    if kind == "percent" and not before[1]:
        return ""
    if kind == "hours" and (value is None or before is None):
        return ""
    difference = number(kind, value) - number(kind, before)
    rounded = round(difference, 1) if kind != "count" else difference
    if not rounded:
        return _("as in the period before")
    sign = "+" if rounded > 0 else "−"
    unit = _(" points") if kind == "percent" else ""
    return _("%(change)s%(unit)s against the period before") % {
        "change": f"{sign}{grouped(abs(float(rounded)))}",
        "unit": unit,
    }


def committee_eyes(ward_id: int, kind: str = Post.Kind.COMMITTEE_MEMBER) -> Actor:
    """An actor who sees what a committee member sees and is nobody: what a report may count (never tips on staff)."""
    return Actor(user=None, ward_id=ward_id, posts=(HeldPost(0, kind, ward_id),))


def _open_to(actor: Actor, name: str) -> bool:
    if actor.user is not None:
        return allows(actor, name)
    rules = actor.remember("rules", lambda: {permission.name: permission.rule for permission in all_permissions()})
    return bool(rules[name](actor, None))


def is_of_this_moment(figure: Figure, actor: Actor, period: Period, before: Period) -> bool:
    """Whether a figure must not be compared: it says so, or it opens the same rows whatever the period."""
    url = figure.rows_url(actor, period)
    return figure.now or (url != "" and url == figure.rows_url(actor, before))


def count(actor: Actor, period: Period, before: Period | None, keys: Iterable[str] | None = None) -> list[Counted]:
    """Every figure the actor may see, counted for the period and, unless it is of this moment, for the one before."""
    wanted = None if keys is None else set(keys)
    found = []
    for one in figures.figures():
        if (wanted is not None and one.key not in wanted) or not _open_to(actor, one.permission):
            continue
        now = one.now if before is None else is_of_this_moment(one, actor, period, before)
        found.append(
            Counted(
                one,
                one.value(actor, period),
                one.value(actor, before) if before is not None and not now else None,
                one.rows_url(actor, period),
                now=now,
            )
        )
    return hide_small(found) if not sees_small_numbers(actor) else found


def small_counts(values: Mapping[str, int]) -> tuple[set[str], str]:
    """Which of a group's counts (key → count) are too small to show, and the one hidden with them ("" if none).

    A single hidden count would follow from the total, so a second one goes with it: the least of the others, a zero
    only where there is nothing else.
    """
    small = {key for key, value in values.items() if 0 < value < SMALL}
    if len(small) != 1:
        return small, ""
    rest = sorted((value == 0, value, key) for key, value in values.items() if key not in small)
    return small, rest[0][2] if rest else ""


def hide_small(counted: Sequence[Counted]) -> list[Counted]:
    """Hide counts of one to four in groups that could point at a person."""
    result = list(counted)
    for group in SMALL_NUMBERS_HIDDEN:
        places = {
            one.figure.key: i
            for i, one in enumerate(result)
            if one.figure.group == group and one.figure.kind == "count"
        }
        small, companion = small_counts({key: int(result[i].value) for key, i in places.items()})
        for key in small:
            result[places[key]] = replace(result[places[key]], value=0, before=None, url="", hidden=True)
        if companion:
            i = places[companion]
            result[i] = replace(result[i], value=HIDDEN, before=None, url="", hidden=True)
        for i in places.values():
            before = result[i].before
            if before is not None and 0 < before < SMALL:
                result[i] = replace(result[i], before=None)
    return result


def by_group(counted: Sequence[Counted]) -> list[dict[str, Any]]:
    """The figures under the titles of their groups, in order."""
    groups: dict[str, list[Counted]] = {}
    for one in counted:
        groups.setdefault(one.figure.group, []).append(one)
    return [{"key": key, "title": GROUPS.get(key, key), "figures": rows} for key, rows in groups.items()]


def charts(actor: Actor, period: Period) -> list[dict[str, Any]]:
    """Every chart the actor may see that has something to show, with its table."""
    shown = []
    for one in figures.all_series():
        if not allows(actor, one.permission):
            continue
        data = one.data(actor, period)
        if not data["labels"]:
            continue
        if one.group in SMALL_NUMBERS_HIDDEN and not sees_small_numbers(actor):
            data = _without_small(data)
        shown.append(
            {"key": one.key, "id": f"chart-{one.key}", "title": one.label, "data": data, "rows": table_of(data)}
        )
    return shown


def chart(actor: Actor, key: str, period: Period) -> dict[str, Any] | None:
    """One chart by key, or None when it does not exist for the actor."""
    return next((one for one in charts(actor, period) if one["key"] == key), None)


def table_of(data: dict[str, Any]) -> list[list[Any]]:
    """The rows of a chart's table: label and one cell per series; what is hidden reads "<5"."""
    return [
        [label, *(f"<{SMALL}" if one["data"][i] is None else one["data"][i] for one in data["series"])]
        for i, label in enumerate(data["labels"])
    ]


def _without_small(data: dict[str, Any]) -> dict[str, Any]:
    series = [
        {**one, "data": [None if value is not None and 0 < value < SMALL else value for value in one["data"]]}
        for one in data["series"]
    ]
    return {**data, "series": series}

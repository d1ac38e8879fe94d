"""What the app registers for rosters: menu entries, figures, work for today, recurring jobs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.policies.visibility import own_neighbourhood_ids
from groups.selectors.coverage import coverage_totals
from groups.selectors.rosters import security_homes_outside, to_visit_count
from vikhe_portal.core import figures, navigation
from vikhe_portal.core.figures import Figure, Period, TodayEntry
from vikhe_portal.core.jobs import every
from vikhe_portal.core.permissions import Actor

every(15, "groups.sweep_imports")
every(6 * 3600, "groups.record_coverage")

navigation.register(navigation.Entry(gettext_lazy("Households"), "groups:households", "home", "rosters.list", 20))
navigation.register(navigation.Entry(gettext_lazy("Door to door"), "groups:walks", "walk", "rosters.visit", 22))
navigation.register(
    navigation.Entry(gettext_lazy("Import rosters"), "groups:imports", "file-import", "rosters.import", 25)
)
navigation.register(
    navigation.Entry(gettext_lazy("Compare member lists"), "groups:member-lists", "users-group", "rosters.adopt", 24)
)


def _rows(query: str) -> Any:
    def url(actor: Actor, period: Period) -> str:
        return f"{reverse('groups:households')}?{query}"

    return url


def _register(key: str, label: Any, count: Any, query: str, *, kind: str = "count", good: str, order: int) -> None:
    figures.register(
        Figure(
            key=key,
            label=label,
            group="coverage",
            permission="coverage.view",
            value=lambda actor, period: count(coverage_totals(actor)),
            rows_url=_rows(query),
            kind=kind,
            good=good,
            order=order,
            now=True,
        )
    )


_register(
    "coverage_claimed",
    gettext_lazy("Households reached, as claimed"),
    lambda totals: (totals.covered, totals.households),
    "joined=yes",
    kind="percent",
    good="up",
    order=10,
)
_register(
    "coverage_confirmed",
    gettext_lazy("Households reached, confirmed against Zalo"),
    lambda totals: (totals.confirmed, totals.households),
    "joined=confirmed",
    kind="percent",
    good="up",
    order=11,
)
_register(
    "households_uncovered",
    gettext_lazy("Households nobody of which has joined"),
    lambda totals: totals.uncovered,
    "joined=no",
    good="down",
    order=12,
)
_register(
    "households_other_channel",
    gettext_lazy("Households reached by another channel"),
    lambda totals: totals.other_channel,
    "joined=other",
    good="",
    order=13,
)


figures.register(
    Figure(
        key="security_team_outside",
        label=gettext_lazy("Households of security team members who are not in their group"),
        group="coverage",
        permission="coverage.view",
        value=lambda actor, period: security_homes_outside(actor),
        rows_url=_rows("role=security_out"),
        good="down",
        order=14,
        now=True,
    )
)


def _to_visit(actor: Actor) -> list[dict[str, Any]]:
    places = own_neighbourhood_ids(actor)
    number = to_visit_count(actor, places) if places else 0
    if not number:
        return []
    label = _("%(number)s households to visit") % {"number": number}
    return [{"label": label, "url": reverse("groups:walks"), "due": None, "tone": ""}]


figures.register_today(
    TodayEntry("households_to_visit", gettext_lazy("Households to visit"), "walk", "rosters.visit", _to_visit, 40)
)

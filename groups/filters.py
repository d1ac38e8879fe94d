"""What the roster page can be narrowed by. The rows given are already the actor's own."""

from __future__ import annotations

import re
from typing import Any

import django_filters as df
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from groups.models import Household, Person
from groups.policies.rosters import can_see_wishes
from groups.policies.visibility import visible_neighbourhoods
from groups.selectors.joining import accepted_rules, newer_rules
from groups.selectors.rosters import ORDERS, confirmed_members, security_team_outside, streets
from vikhe_portal.core.text import search_key
from wards.models import Neighbourhood

JOINED = (
    ("yes", _("somebody has joined")),
    ("no", _("nobody has joined yet")),
    ("confirmed", _("confirmed against Zalo")),
    ("other", _("reached by another channel")),
    ("claimed", _("said to have joined, group not yet counted")),
)
RULES = (
    ("current", _("a member accepted the version in force")),
    ("older", _("accepted an older version only")),
    ("none", _("members, but nobody has accepted yet")),
)
ROLES = (
    ("security", _("member of the security team")),
    ("security_out", _("member of the security team who is not in the group")),
)
Gap = Household.Gap


def _neighbourhoods(request: HttpRequest | None) -> QuerySet[Neighbourhood]:
    if request is None:
        return Neighbourhood.objects.none()
    return visible_neighbourhoods(request.actor)  # type: ignore[attr-defined]  # set by accounts.middleware


class HouseholdFilter(df.FilterSet):
    """Neighbourhood, street, joined or not, reason, role; search without marks."""

    q = df.CharFilter(method="search", label=_("Name, address or household code"))
    neighbourhood = df.ModelChoiceFilter(queryset=_neighbourhoods, label=_("Neighbourhood"))
    street = df.ChoiceFilter(field_name="street", choices=[], label=_("Street"))
    joined = df.ChoiceFilter(method="by_joined", choices=JOINED, label=_("In the group"))
    gap = df.ChoiceFilter(method="by_gap", choices=[], label=_("Reason for the gap"))
    role = df.ChoiceFilter(method="by_role", choices=ROLES, label=_("Role"))
    rules = df.ChoiceFilter(method="by_rules", choices=RULES, label=_("Rules of the group"))
    order = df.ChoiceFilter(
        method="in_order",
        choices=[("street", _("by street")), ("name", _("by given name"))],
        label=_("Order"),
        empty_label=None,
    )

    class Meta:
        model = Household
        fields: list[str] = []  # every filter is spelled out above, none appears by accident

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = self.request.actor
        chosen = (self.data or {}).get("neighbourhood") or ""
        place = int(chosen) if str(chosen).isdecimal() else None
        self.filters["street"].extra["choices"] = [(name, name) for name in streets(self.actor, place)]
        self.sees_wishes = can_see_wishes(self.actor, None)
        self.filters["gap"].extra["choices"] = [
            choice for choice in Gap.choices if self.sees_wishes or choice[0] != Gap.DECLINES
        ]
        self.filters["neighbourhood"].field.label_from_instance = lambda row: row.name

    def search(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """A name, an address or a code, marks do not matter; six digits and more find a telephone."""
        key = search_key(value)[:100]
        if key.isdecimal() and len(key) >= 6:
            people = Person.objects.filter(
                ward_id=self.actor.ward_id, household_id=OuterRef("pk"), phone__contains=key, status="current"
            )
            return rows.filter(Exists(people))
        if key in ("", "-"):
            return rows
        if " " not in key:
            return rows.filter(search_key__contains=key)
        # The words of one name in their order, whatever stands between: "nguyen an" finds "Nguyễn Văn An".
        pattern = ".*".join(rf"\m{re.escape(word)}" for word in key.split(" ")[:8])
        # Found once for the whole list, the cheap comparisons before the pattern.
        people = Person.objects.filter(ward_id=self.actor.ward_id, status="current")
        for word in key.split(" ")[:8]:
            people = people.filter(search_key__contains=word)
        named = people.filter(search_key__regex=pattern).values("household_id")
        return rows.filter(Q(search_key__contains=f" {key}") | Q(search_key__startswith=key) | Q(pk__in=named))

    def by_joined(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """Joined or not, as coverage counts it."""
        if value == "yes":
            return rows.filter(covered_by__gt=0)
        if value == "no":
            return rows.filter(covered_by=0)
        if value == "other":
            return rows.filter(covered_by=0).exclude(channel="")
        if value == "confirmed":
            return rows.filter(Exists(confirmed_members(self.actor)), covered_by__gt=0)
        claims = Person.objects.filter(household_id=OuterRef("pk"), claims_joined=True, status="current")
        return rows.filter(Exists(claims), covered_by=0)

    def by_gap(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """A reason; for all but the area officer a wish not to join is "not known yet"."""
        rows = rows.filter(covered_by=0)
        if value == Gap.UNKNOWN:
            values = ["", Gap.UNKNOWN] if self.sees_wishes else ["", Gap.UNKNOWN, Gap.DECLINES]
            return rows.filter(gap__in=values)
        return rows.filter(gap=value)

    def by_role(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """Households with a member of the security team, or with one who is not in the group they belong in."""
        if value == "security_out":
            return rows.filter(Exists(security_team_outside(self.actor)))
        return rows.filter(
            Exists(Person.objects.filter(household_id=OuterRef("pk"), security_team=True, status="current"))
        )

    def by_rules(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """Households with members in groups, by the newest version of the rules one of them accepted."""
        accepted = accepted_rules(self.actor)
        rows = rows.filter(covered_by__gt=0)
        if value == "none":
            return rows.exclude(Exists(accepted))
        current = accepted.exclude(Exists(newer_rules()))
        return rows.filter(Exists(current)) if value == "current" else rows.filter(Exists(accepted), ~Exists(current))

    def in_order(self, rows: QuerySet[Household], name: str, value: str) -> QuerySet[Household]:
        """By street and house, or by the head's given name in Vietnamese order."""
        return rows.order_by(*ORDERS.get(value, ORDERS["street"]))

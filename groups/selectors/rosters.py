"""Reads of households: the roster page, one household, the walk from door to door."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import GroupNeighbourhood, Household, Membership, Person
from groups.policies.rosters import can_see_wishes, markable_neighbourhoods, visible_households
from groups.policies.visibility import visible_neighbourhoods
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import search_key
from wards.models import Neighbourhood, WardProfile

Gap = Household.Gap
# What the history of a household says, by the action in the audit trail.
HISTORY: dict[str, Any] = {
    "groups.household_joined": _("Somebody has joined the group"),
    "groups.household_left": _("Somebody has left the group"),
    "groups.household_gap_noted": _("A reason for the gap was noted"),
    "groups.household_channel": _("Another channel was chosen"),
    "groups.household_visited": _("Visited, nobody at home"),
    "groups.rules_accepted": _("Somebody has accepted the rules of the group"),
}
LINE = ("ward_id", "neighbourhood_id", "head_name", "address", "people", "covered_by", "gap", "channel")
ORDERS = {"street": ("neighbourhood__number", "street", "house_order", "code"), "name": ("sort_key", "id")}


def _current_membership(actor: Actor) -> QuerySet[Membership]:
    return Membership.objects.filter(
        ward_id=actor.ward_id, person_id=OuterRef("pk"), left_at=None, group__status="active"
    )


def _people_now(actor: Actor) -> Prefetch:
    people = (
        Person.objects.filter(ward_id=actor.ward_id, status=Person.Status.CURRENT)
        .annotate(is_member=Exists(_current_membership(actor)))
        .defer("search_key", "sort_key", "created_at", "updated_at", "left_at", "birth_year")
        .order_by("-is_head", "id")
    )
    return Prefetch("members", queryset=people, to_attr="people_now")


def households_for_list(actor: Actor) -> QuerySet[Household]:
    """Households of today that the actor may know of, with neighbourhood and the people who live there."""
    return (
        visible_households(actor)
        .filter(ended_at=None)
        .select_related("neighbourhood")
        .prefetch_related(_people_now(actor))
        .order_by(*ORDERS["street"])
    )


def households_for_page(actor: Actor) -> QuerySet[Household]:
    """As `households_for_list`, with no more than a line of the roster page shows, read in one statement.

    `residents` is a list of {"pk", "full_name", "phone", "is_member"}, the head first: four people a household need
    not become four model instances.
    """
    people = (
        Person.objects.filter(ward_id=actor.ward_id, household_id=OuterRef("pk"), status=Person.Status.CURRENT)
        .order_by("-is_head", "id")
        .values(
            line=JSONObject(pk="pk", full_name="full_name", phone="phone", is_member=Exists(_current_membership(actor)))
        )
    )
    return (
        visible_households(actor)
        .filter(ended_at=None)
        .select_related("neighbourhood")
        .only(*LINE, "neighbourhood__name", "neighbourhood__ward_id")
        .annotate(residents=ArraySubquery(people))
        .order_by(*ORDERS["street"])
    )


def households_to_mark(actor: Actor) -> QuerySet[Household]:
    """Households of today that the actor may mark: where they work, or the whole ward for the management team."""
    rows = visible_households(actor).filter(ended_at=None, neighbourhood__in=markable_neighbourhoods(actor))
    return rows.select_related("neighbourhood").order_by(*ORDERS["street"])


def list_digest(rows: Iterable[Household]) -> str:
    """A fingerprint of a list and of what it shows of each household: another one when anything of it has changed."""
    facts = sorted((row.pk, row.version, row.covered_by, row.gap, row.channel) for row in rows)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def one_line(actor: Actor, household_id: int) -> Household | None:
    """One household as a line of the roster page, or None."""
    return households_for_page(actor).filter(pk=household_id).first()


def one_household(actor: Actor, household_id: int) -> Household | None:
    """One household with its people, or None: others' households do not exist."""
    return (
        visible_households(actor)
        .select_related("neighbourhood")
        .prefetch_related(_people_now(actor))
        .filter(pk=household_id)
        .first()
    )


def one_person(actor: Actor, household_id: int, person_id: int) -> Person | None:
    """One person of a household the actor may know of, or None."""
    return (
        Person.objects.filter(ward_id=actor.ward_id, household__in=visible_households(actor), household_id=household_id)
        .select_related("household")
        .filter(pk=person_id)
        .first()
    )


def confirmed_members(actor: Actor) -> QuerySet[Membership]:
    """Current memberships confirmed recently enough, of the household in OuterRef("pk"): the coverage's own rule."""
    now = timezone.now()
    profile = WardProfile.objects.filter(ward_id=actor.ward_id).first()
    since = now - timedelta(days=profile.confirm_days if profile else 90)
    serving = GroupNeighbourhood.objects.filter(
        ward_id=actor.ward_id,
        group_id=OuterRef("group_id"),
        neighbourhood_id=OuterRef("person__household__neighbourhood_id"),
        held__contains=now,
    )
    return Membership.objects.filter(
        Exists(serving),
        ward_id=actor.ward_id,
        person__household_id=OuterRef("pk"),
        person__status=Person.Status.CURRENT,
        left_at=None,
        group__status="active",
        confirmed_at__gte=since,
    )


def security_team_outside(actor: Actor) -> QuerySet[Person]:
    """Members of the security team in the household of OuterRef("pk") who sit in no current group."""
    return Person.objects.filter(
        ~Exists(_current_membership(actor)),
        ward_id=actor.ward_id,
        household_id=OuterRef("pk"),
        status=Person.Status.CURRENT,
        security_team=True,
    )


def security_homes_outside(actor: Actor) -> int:
    """Households with a member of the security team who is not in the group."""
    return visible_households(actor).filter(Exists(security_team_outside(actor)), ended_at=None).count()


def streets(actor: Actor, neighbourhood_id: int | None = None) -> list[str]:
    """Streets of the actor's households (of one neighbourhood), in order."""
    rows = visible_households(actor).filter(ended_at=None).exclude(street="")
    if neighbourhood_id:
        rows = rows.filter(neighbourhood_id=neighbourhood_id)
    return list(rows.order_by("street").values_list("street", flat=True).distinct())


def gap_words(actor: Actor, household: Household) -> str:
    """The reason for the gap as this actor may read it: a wish not to join is the area officer's to know."""
    if not household.gap or household.covered_by:
        return ""
    if household.gap == Gap.DECLINES and not can_see_wishes(actor, household):
        return str(Gap.UNKNOWN.label)
    return str(household.get_gap_display())


def gap_streets(actor: Actor, rows: QuerySet[Household]) -> list[dict[str, Any]]:
    """The households of `rows` that no group reaches, by neighbourhood, street and house, with reason and channel.

    `rows` comes from `households_for_list`; "declines" is said only to whom `gap_words` says it.
    """
    places: dict[int, dict[str, Any]] = {}
    open_rows = rows.filter(covered_by=0).prefetch_related(None).order_by(*ORDERS["street"])
    for household in open_rows:
        place = places.setdefault(
            household.neighbourhood_id, {"name": household.neighbourhood.name, "number": 0, "streets": {}}
        )
        place["number"] += 1
        place["streets"].setdefault(household.street, []).append(
            {
                "head": household.head_name,
                "address": household.address,
                "people": household.people,
                "gap": gap_words(actor, household),
                "channel": str(household.get_channel_display()) if household.channel else "",
            }
        )
    for place in places.values():
        place["streets"] = sorted(place["streets"].items(), key=lambda street: search_key(street[0]))
    return list(places.values())


def history(actor: Actor, household: Household, limit: int = 20) -> list[dict[str, Any]]:
    """What happened to a household, newest first: when and what, in words."""
    events = AuditEvent.objects.filter(
        ward_id=actor.ward_id, object_type="groups.household", object_id=str(household.pk)
    ).order_by("-at")[:limit]
    return [{"at": event.at, "words": HISTORY.get(event.action, event.action)} for event in events]


def walks(actor: Actor) -> list[dict[str, Any]]:
    """Streets to walk: neighbourhood, street, households still to be reached, and all of them."""
    rows: Any = (
        visible_households(actor)
        .filter(ended_at=None, neighbourhood__in=visible_neighbourhoods(actor))
        .values("neighbourhood_id", "neighbourhood__name", "neighbourhood__number", "street")
        .annotate(all=Count("pk"), open=Count("pk", filter=to_visit_condition()))
        .order_by("neighbourhood__number", "neighbourhood__name", "street")
    )
    return list(rows)


def place_to_walk(actor: Actor, neighbourhood_id: int) -> Neighbourhood | None:
    """A neighbourhood whose households the actor may see, or None."""
    return visible_neighbourhoods(actor).filter(pk=neighbourhood_id).first()


def to_visit_condition() -> Q:
    """Households worth a visit: nobody joined, no other channel, no wish not to join, not gone, not seen this week."""
    week = timezone.now() - timedelta(days=7)
    return (
        Q(covered_by=0, channel="")
        & ~Q(gap__in=[Gap.DECLINES, Gap.MOVED, Gap.EMPTY_HOUSE])
        & (Q(visited_at=None) | Q(visited_at__lt=week))
        # A subquery, never a join: these households are counted, and one of four people is one.
        & ~Q(Exists(Person.objects.filter(household_id=OuterRef("pk"), claims_joined=True, status="current")))
    )


def next_door(
    actor: Actor, neighbourhood_id: int, street: str, after: int | None = None, skip: Iterable[int] = ()
) -> tuple[Household | None, int]:
    """The next house of a street to knock at, and how many are left. `after`: id of the house just left."""
    rows = households_for_list(actor).filter(neighbourhood_id=neighbourhood_id, street=street)
    rows = rows.filter(to_visit_condition()).exclude(pk__in=list(skip)).order_by("house_order", "code", "pk")
    left = rows.count()
    if after is not None:
        here = visible_households(actor).filter(pk=after).first()
        if here is not None:
            later = rows.filter(
                Q(house_order__gt=here.house_order) | Q(house_order=here.house_order, code__gt=here.code)
            ).first()
            if later is not None:
                return later, left
    return rows.first(), left


def to_visit_count(actor: Actor, neighbourhood_ids: Iterable[int]) -> int:
    """How many households of these neighbourhoods are worth a visit."""
    rows = visible_households(actor).filter(ended_at=None, neighbourhood_id__in=list(neighbourhood_ids))
    return rows.filter(to_visit_condition()).count()

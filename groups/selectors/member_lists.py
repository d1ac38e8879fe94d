"""Reads of member lists: the groups to compare, one list with who is who, what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from groups.models import GroupNeighbourhood, Household, ListedMember, MemberList, Membership, Person, ZaloGroup
from groups.policies.rosters import adoptable_groups, visible_member_lists
from groups.rosters.matching import SURE
from vikhe_portal.core.permissions import Actor


def served_places(group: ZaloGroup, now: datetime | None = None) -> list[int]:
    """Neighbourhoods the group serves now."""
    rows = GroupNeighbourhood.objects.filter(ward_id=group.ward_id, group=group, held__contains=now or timezone.now())
    return sorted(rows.values_list("neighbourhood_id", flat=True))


def groups_to_compare(actor: Actor) -> list[dict[str, Any]]:
    """Active groups the actor may compare, with their latest list."""
    latest: dict[int, MemberList] = {}
    for row in visible_member_lists(actor).exclude(status=MemberList.Status.DISCARDED).order_by("pk"):
        latest[row.group_id] = row
    return [{"group": group, "list": latest.get(group.pk)} for group in adoptable_groups(actor).order_by("name")]


def group_to_compare(actor: Actor, group_id: int) -> ZaloGroup | None:
    """One of them, or None."""
    return adoptable_groups(actor).filter(pk=group_id).first()


def one_list(actor: Actor, list_id: int) -> MemberList | None:
    """One member list, or None."""
    return visible_member_lists(actor).select_related("group", "created_by", "confirmed_by").filter(pk=list_id).first()


def lines_of(row: MemberList) -> dict[str, list[dict[str, Any]]]:
    """Lines of an open list: `sure` (ticked beforehand), `unsure` (to choose), `strangers`."""
    lines = list(ListedMember.objects.filter(ward_id=row.ward_id, member_list=row))
    wanted = {candidate[0] for line in lines for candidate in line.candidates}
    people = Person.objects.filter(ward_id=row.ward_id, pk__in=wanted).select_related("household").in_bulk()
    found: dict[str, list[dict[str, Any]]] = {"sure": [], "unsure": [], "strangers": []}
    labels = dict(ListedMember.How.choices)
    for line in lines:
        candidates = [
            {"person": people[pk], "how": labels[how], "sure": sure}
            for pk, how, sure in line.candidates
            if pk in people and people[pk].status == Person.Status.CURRENT
        ]
        sure = bool(candidates) and len(candidates) == 1 and candidates[0]["sure"] >= SURE
        part = "sure" if sure else "unsure" if candidates else "strangers"
        found[part].append({"line": line, "candidates": candidates})
    return found


def members_not_listed(row: MemberList, listed: set[int]) -> QuerySet[Membership]:
    """Members of the group whom no line of the list can be: they may have left."""
    current = Membership.objects.filter(ward_id=row.ward_id, group_id=row.group_id, left_at=None)
    return current.exclude(person_id__in=listed).select_related("person__household").order_by("person__sort_key")


def _members(row: MemberList) -> QuerySet[Membership]:
    return Membership.objects.filter(ward_id=row.ward_id, group_id=row.group_id, left_at=None)


def households_missing(row: MemberList) -> QuerySet[Household]:
    """Households of the group's neighbourhoods of which nobody is a member, street by street."""
    inside = _members(row).filter(person__household_id=OuterRef("pk"), person__status=Person.Status.CURRENT)
    homes = Household.objects.filter(
        ward_id=row.ward_id, neighbourhood__in=served_places(row.group), ended_at=None
    ).exclude(Exists(inside))
    return homes.order_by("neighbourhood_id", "street", "house_order", "code")


def security_team_missing(row: MemberList) -> QuerySet[Person]:
    """Members of the security team of these neighbourhoods who are not in the group they should be in."""
    inside = _members(row).filter(person_id=OuterRef("pk"))
    team = Person.objects.filter(
        ward_id=row.ward_id,
        security_team=True,
        status=Person.Status.CURRENT,
        household__neighbourhood__in=served_places(row.group),
        household__ended_at=None,
    ).exclude(Exists(inside))
    return team.select_related("household").order_by("sort_key")

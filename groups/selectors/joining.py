"""Reads of joining: which rules are in force, who accepted which version, who waits to be admitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from groups.models import (
    GroupNeighbourhood,
    GroupRules,
    Household,
    JoinRequest,
    ListedMember,
    Membership,
    Person,
    RulesAcceptance,
    ZaloGroup,
)
from groups.policies.governance import joinable_groups
from groups.rosters.matching import Resident, match_members
from groups.rosters.records import MemberRecord
from groups.selectors.member_lists import served_places
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import search_key

SHOWN = 100


def current_rules(group: ZaloGroup) -> GroupRules | None:
    """The version in force, or None for a group without rules."""
    if not group.rules:
        return None
    return GroupRules.objects.filter(ward_id=group.ward_id, group=group).first()


def rules_at(household: Household) -> GroupRules | None:
    """The rules in force of the group that serves a household's neighbourhood today, or None."""
    serving = GroupNeighbourhood.objects.filter(
        ward_id=household.ward_id,
        neighbourhood_id=household.neighbourhood_id,
        held__contains=timezone.now(),
        group__status=ZaloGroup.Status.ACTIVE,
    )
    rules = GroupRules.objects.filter(ward_id=household.ward_id, group__in=serving.values("group_id"))
    return rules.exclude(group__rules="").select_related("group").first()


def accepted_by(household: Household, people: Iterable[Person]) -> dict[int, RulesAcceptance]:
    """The newest version each of these people accepted of any group, by person."""
    rows = RulesAcceptance.objects.filter(ward_id=household.ward_id, person__in=list(people))
    newest: dict[int, RulesAcceptance] = {}
    for row in rows.select_related("rules", "recorded_by").order_by("accepted_at", "pk"):
        newest[row.person_id] = row
    return newest


def accepted_rules(actor: Actor) -> QuerySet[RulesAcceptance]:
    """What current members of the household in OuterRef("pk") accepted of the groups they are in."""
    stays = Membership.objects.filter(
        ward_id=actor.ward_id, person_id=OuterRef("person_id"), group_id=OuterRef("rules__group_id"), left_at=None
    )
    return RulesAcceptance.objects.filter(
        Exists(stays),
        ward_id=actor.ward_id,
        person__household_id=OuterRef("pk"),
        person__status=Person.Status.CURRENT,
    )


def newer_rules() -> QuerySet[GroupRules]:
    """Versions that came after the one an acceptance is of."""
    return GroupRules.objects.filter(
        ward_id=OuterRef("ward_id"), group_id=OuterRef("rules__group_id"), version__gt=OuterRef("rules__version")
    )


def acceptance_figures(group: ZaloGroup) -> dict[str, int]:
    """Members of a group by what they accepted: the version in force, an older one, none yet."""
    rules = current_rules(group)
    members = Membership.objects.filter(
        ward_id=group.ward_id, group=group, left_at=None, person__status=Person.Status.CURRENT
    ).values_list("person_id", flat=True)
    accepted: dict[int, int] = {}
    rows = RulesAcceptance.objects.filter(ward_id=group.ward_id, rules__group=group)
    for person, version in rows.values_list("person_id", "rules__version"):
        accepted[person] = max(version, accepted.get(person, 0))
    now = rules.version if rules else 0
    found = Counter(
        "none" if person not in accepted else "current" if accepted[person] == now else "older" for person in members
    )
    return {"current": found["current"], "older": found["older"], "none": found["none"], "version": now}


def group_to_join(actor: Actor, group_id: int) -> ZaloGroup | None:
    """A group whose requests the actor may answer, or None."""
    return joinable_groups(actor).filter(pk=group_id).first()


def requests_for(actor: Actor) -> QuerySet[JoinRequest]:
    """Open requests of the groups the actor may answer for."""
    return JoinRequest.objects.filter(
        ward_id=actor.ward_id, status=JoinRequest.Status.WAITING, group__in=joinable_groups(actor)
    )


def request_to_answer(actor: Actor, request_id: int) -> JoinRequest | None:
    """One request, answered or not, of a group the actor may answer for, or None."""
    rows = JoinRequest.objects.filter(ward_id=actor.ward_id, group__in=joinable_groups(actor))
    return rows.select_related("group").filter(pk=request_id).first()


@dataclass(frozen=True)
class Candidate:
    """A resident a request may be of, and how that was found."""

    person: Person
    how: str
    sure: int


def waiting(actor: Actor, group: ZaloGroup) -> list[dict[str, Any]]:
    """The open requests of a group, oldest first, with who each may be."""
    rows = list(requests_for(actor).filter(group=group).select_related("neighbourhood", "rules")[:SHOWN])
    people = Person.objects.filter(
        ward_id=group.ward_id,
        status=Person.Status.CURRENT,
        household__neighbourhood__in=served_places(group),
        household__ended_at=None,
    )
    residents = [Resident(*row) for row in people.values_list("pk", "search_key", "phone")] if rows else []
    lines = match_members([_as_record(number, row) for number, row in enumerate(rows)], residents)
    wanted = {candidate[0] for line in lines for candidate in line.candidates}
    found = people.filter(pk__in=wanted).select_related("household").in_bulk()
    labels = dict(ListedMember.How.choices)
    return [
        {"row": row, "candidates": [Candidate(found[pk], str(labels[how]), sure) for pk, how, sure in line.candidates]}
        for row, line in zip(rows, lines, strict=True)
    ]


def _as_record(number: int, row: JoinRequest) -> MemberRecord:
    return MemberRecord(
        row=number,
        display_name=row.full_name,
        clean_name=row.full_name,
        strength="full",
        name_keys=(search_key(row.full_name),),
        phone=row.phone,
        role="member",
        joined_on=None,
    )

"""Reads of the planner and of the assignment board: neighbourhoods, households, officers, what is proposed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, User
from accounts.selectors import holders
from groups.models import Appointment, GroupNeighbourhood, GroupProposal, Household, OfficerArea, ZaloGroup
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import nfc
from wards.models import Neighbourhood, WardProfile
from wards.selectors import neighbourhoods

# A group must not be named like a press body: decree 147/2024/NĐ-CP, article 36.7.
PRESS_WORDS = (
    "báo chí",
    "báo",
    "đài",
    "tạp chí",
    "tin tức",
    "tin",
    "phát thanh",
    "truyền hình",
    "truyền thông",
    "thông tấn",
)
_PRESS = re.compile(r"(?<!\w)(" + "|".join(PRESS_WORDS) + r")(?!\w)", re.IGNORECASE)


def press_word(name: str) -> str:
    """The first word in `name` that a group must not bear, or ""."""
    found = _PRESS.search(nfc(name))
    return found.group(1) if found else ""


def household_counts(ward_id: int, neighbourhood_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Households of today per neighbourhood."""
    rows = Household.objects.filter(ward_id=ward_id, ended_at__isnull=True)
    if neighbourhood_ids is not None:
        rows = rows.filter(neighbourhood_id__in=list(neighbourhood_ids))
    counts = rows.order_by().values("neighbourhood_id").annotate(n=Count("id"))
    return {row["neighbourhood_id"]: row["n"] for row in counts}


def officers_at(ward_id: int, at: datetime) -> dict[int, int]:
    """Who holds each neighbourhood at a moment: neighbourhood → user."""
    rows = OfficerArea.objects.filter(ward_id=ward_id, held__contains=at)
    return dict(rows.values_list("neighbourhood_id", "user_id"))


def served_at(ward_id: int, at: datetime) -> dict[int, int]:
    """Which active group serves each neighbourhood at a moment: neighbourhood → group."""
    rows = GroupNeighbourhood.objects.filter(ward_id=ward_id, held__contains=at, group__status=ZaloGroup.Status.ACTIVE)
    return dict(rows.values_list("neighbourhood_id", "group_id"))


def leaders_at(ward_id: int, at: datetime) -> dict[int, int]:
    """Who leads each group at a moment: group → user."""
    rows = Appointment.objects.filter(ward_id=ward_id, role=Appointment.Role.LEADER, held__contains=at)
    return dict(rows.values_list("group_id", "user_id"))


def member_cap(ward_id: int) -> int:
    """How many members a group may have, by the ward's own choice."""
    profile = WardProfile.objects.filter(ward_id=ward_id).first()
    return profile.member_cap if profile else WardProfile._meta.get_field("member_cap").default


def area_officers(actor: Actor) -> list[User]:
    """People who hold the post of area officer now."""
    return list(holders(actor.ward_id, Post.Kind.AREA_OFFICER))


@dataclass
class Proposed:
    """One proposal as the chief reads it: places, households, officers, and why it looks like this."""

    row: GroupProposal
    places: list[dict[str, Any]] = field(default_factory=list)
    households: int = 0
    over_cap: bool = False
    officers: list[User] = field(default_factory=list)
    leader: User | None = None
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class Balance:
    """An officer's load: now, and with the proposals accepted."""

    officer: User
    neighbourhoods: int = 0
    households: int = 0
    groups: int = 0
    proposed: int = 0


def leader_by_households(officers: dict[int, int], households: dict[int, int], places: Iterable[int]) -> int | None:
    """The officer who holds most households among these neighbourhoods; the smaller id on a tie; None without one."""
    weight: dict[int, int] = defaultdict(int)
    for place in places:
        if place in officers:
            weight[officers[place]] += households.get(place, 0)
    return min(weight, key=lambda user: (-weight[user], user)) if weight else None


def proposals(actor: Actor) -> list[Proposed]:
    """The open proposals of the ward, each explained in words."""
    ward_id, now = actor.ward_id, timezone.now()
    rows = list(
        GroupProposal.objects.filter(ward_id=ward_id, status=GroupProposal.Status.PROPOSED)
        .select_related("group")
        .prefetch_related("neighbourhoods__neighbourhood")
    )
    counts, officers, cap = household_counts(ward_id), officers_at(ward_id, now), member_cap(ward_id)
    people = {user.pk: user for user in User.objects.filter(pk__in=set(officers.values()))}
    shown = []
    for row in rows:
        places = [item.neighbourhood for item in row.neighbourhoods.all()]
        places.sort(key=lambda place: (place.number or 0, place.key))
        one = Proposed(row=row)
        one.places = [
            {"row": place, "households": counts.get(place.pk, 0), "officer": people.get(officers.get(place.pk, 0))}
            for place in places
        ]
        one.households = sum(place["households"] for place in one.places)
        one.over_cap = one.households > cap
        own = sorted({officers[place.pk] for place in places if place.pk in officers})
        one.officers = [people[user] for user in own if user in people]
        leader = leader_by_households(officers, counts, [place.pk for place in places])
        one.leader = people.get(leader) if leader else None
        _explain(one, cap)
        shown.append(one)
    # What needs a decision first, then in the order of the neighbourhoods' numbers.
    shown.sort(key=lambda one: (not one.warnings, one.places[0]["row"].number or 0 if one.places else 0, one.row.pk))
    return shown


def _explain(one: Proposed, cap: int) -> None:
    facts = {"households": one.households, "cap": cap, "limit": one.row.small_limit}
    if one.row.edited:
        one.reasons.append(_("Changed by you after the portal's proposal."))
    elif one.row.group_id and one.row.group is not None:
        one.reasons.append(
            _("Fewer than %(limit)s households, same officer: it fits into the standing group “%(group)s”.")
            % {**facts, "group": one.row.group.name}
        )
    elif len(one.places) > 1:
        one.reasons.append(
            _("Each has fewer than %(limit)s households and the same officer: one group for all of them.") % facts
        )
    elif one.households < one.row.small_limit:
        one.reasons.append(
            _("Small, but its officer has no other small neighbourhood to join it with: a group of its own.")
        )
    else:
        one.reasons.append(_("One group for one neighbourhood."))
    one.reasons.append(
        _("%(households)s households, at least one member each; a group may have %(cap)s members.") % facts
    )
    if one.over_cap:
        one.warnings.append(
            _("More households than a group may have members. It is not split by itself: decide whether to split the "
              "neighbourhood, raise the limit or use a community.")
        )  # fmt: skip
    if not one.officers:
        one.warnings.append(_("No area officer yet: the group would start without a leader."))
    if len(one.officers) > 1:
        one.warnings.append(
            _("Neighbourhoods of several officers: %(leader)s would lead, having most of the households.")
            % {"leader": one.leader.get_full_name() if one.leader else "–"}
        )
    word = press_word(one.row.name)
    if word:
        one.warnings.append(
            _("The name contains “%(word)s”, which reads like a press body. Rename it.") % {"word": word}
        )


def balance(actor: Actor, shown: list[Proposed]) -> list[Balance]:
    """Load per officer: neighbourhoods, households, groups led, groups proposed."""
    ward_id, now = actor.ward_id, timezone.now()
    officers, counts = officers_at(ward_id, now), household_counts(ward_id)
    lines = {user.pk: Balance(officer=user) for user in area_officers(actor)}
    for place, user in officers.items():
        if user in lines:
            lines[user].neighbourhoods += 1
            lines[user].households += counts.get(place, 0)
    active = set(served_at(ward_id, now).values())
    for group, user in leaders_at(ward_id, now).items():
        if user in lines and group in active:
            lines[user].groups += 1
    for one in shown:
        if one.leader is not None and one.leader.pk in lines and not one.row.group_id:
            lines[one.leader.pk].proposed += 1
    return list(lines.values())


def unplanned(actor: Actor) -> list[Neighbourhood]:
    """Neighbourhoods of today that no active group serves and no open proposal holds."""
    served = served_at(actor.ward_id, timezone.now())
    return list(
        neighbourhoods(actor.ward_id)
        .exclude(pk__in=served)
        .exclude(
            pk__in=GroupProposal.objects.filter(ward_id=actor.ward_id, status=GroupProposal.Status.PROPOSED).values(
                "neighbourhoods__neighbourhood_id"
            )
        )
        .order_by("number", "key")
    )


def proposal(actor: Actor, proposal_id: int) -> GroupProposal | None:
    """One open proposal of the actor's ward, or None."""
    return GroupProposal.objects.filter(
        ward_id=actor.ward_id, pk=proposal_id, status=GroupProposal.Status.PROPOSED
    ).first()

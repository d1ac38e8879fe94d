"""The planner: which groups a ward should have. It proposes and explains; the chief changes and decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import GroupNeighbourhood, GroupProposal, ProposedNeighbourhood, ZaloGroup
from groups.selectors.planning import (
    household_counts,
    leader_by_households,
    leaders_at,
    member_cap,
    officers_at,
    press_word,
    served_at,
    unplanned,
)
from groups.services.appointments import appoint_deputies, lay_leader
from groups.services.coverage import attach_claimed_members
from groups.services.joining import keep_version
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from wards.models import Neighbourhood, Ward

Status = GroupProposal.Status
DEFAULT_SMALL = 100  # fewer households than this make a neighbourhood small; the chief may choose another number
STARTING_RULES = gettext_lazy(
    "1. The group shares guidance on security and order; it is led by the area officer.\n"
    "2. Members are residents; join under your own name.\n"
    "3. No advertising, no rumours, no insults, nothing that breaks the law.\n"
    "4. Do not post names, telephone numbers or pictures of others. Send reports through the link, not in the group.\n"
    "5. The police never ask for money, passwords or one-time codes here.\n"
    "6. In danger call 113, 114 or 115 at once."
)


def name_for(places: list[Neighbourhood]) -> str:
    """A name for the group of these neighbourhoods that is short and reads unlike a press body."""
    numbers = [place.number for place in places]
    if len(places) == 1:
        name = f"Zalo ANTT {places[0].name}"
        if press_word(name) and numbers[0] is not None:
            name = f"Zalo ANTT TDP {numbers[0]}"
    elif all(number is not None for number in numbers):
        name = f"Zalo ANTT TDP {', '.join(str(number) for number in numbers)}"
    else:
        name = "Zalo ANTT " + ", ".join(place.name for place in places)
    return nfc(name)[:120]


@transaction.atomic
def propose(*, actor: Actor, small_limit: int = DEFAULT_SMALL, start_over: bool = False) -> int:
    """Propose groups for every neighbourhood that no group serves and no proposal holds; returns how many proposals.

    One group per neighbourhood. Neighbourhoods with fewer than `small_limit` households are joined with others of the
    same officer while all together stay under the ward's member cap, first into a standing group of that officer made
    for small ones. A neighbourhood above the cap is proposed whole. With `start_over` open proposals are dropped first;
    otherwise they stay as the chief left them, and only what is new is added.
    """
    require(actor, "groups.plan")
    _lock_plan(actor)
    if start_over:
        for row in GroupProposal.objects.filter(ward_id=actor.ward_id, status=Status.PROPOSED):
            _discard(row)
    ward_id, now = actor.ward_id, timezone.now()
    places = unplanned(actor)
    counts, officers, cap = household_counts(ward_id), officers_at(ward_id, now), member_cap(ward_id)
    room = _room_in_small_groups(ward_id, counts, officers, small_limit, cap)
    made = 0
    small: dict[int, list[Neighbourhood]] = defaultdict(list)
    for place in places:
        households, officer = counts.get(place.pk, 0), officers.get(place.pk)
        if officer is None or households >= small_limit:
            _make(actor, [place], small_limit)
            made += 1
            continue
        fitting = next((group for group, (user, free) in room.items() if user == officer and free >= households), None)
        if fitting is not None:
            room[fitting] = (officer, room[fitting][1] - households)
            _make(actor, [place], small_limit, group_id=fitting)
            made += 1
        else:
            small[officer].append(place)
    for own in small.values():
        for packed in _pack(own, counts, cap):
            _make(actor, packed, small_limit)
            made += 1
    audit.record(
        actor=actor, action="groups.proposed", ward_id=ward_id, values={"proposals": made, "small_limit": small_limit}
    )
    return made


def _pack(places: list[Neighbourhood], counts: dict[int, int], cap: int) -> list[list[Neighbourhood]]:
    """Join neighbours in the order of their numbers while they fit under the cap."""
    packs: list[list[Neighbourhood]] = []
    filled = 0
    for place in places:
        households = counts.get(place.pk, 0)
        if packs and filled + households <= cap:
            packs[-1].append(place)
            filled += households
        else:
            packs.append([place])
            filled = households
    return packs


def _room_in_small_groups(
    ward_id: int, counts: dict[int, int], officers: dict[int, int], small_limit: int, cap: int
) -> dict[int, tuple[int, int]]:
    """Standing groups made of small neighbourhoods: group → (its leader, households it still has room for)."""
    now = timezone.now()
    leaders = leaders_at(ward_id, now)
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in served_at(ward_id, now).items():
        members[group].append(place)
    room = {}
    for group, places in sorted(members.items()):
        leader = leaders.get(group)
        if leader is None or any(officers.get(place) != leader for place in places):
            continue
        if all(counts.get(place, 0) < small_limit for place in places):
            free = cap - sum(counts.get(place, 0) for place in places)
            if free > 0:
                room[group] = (leader, free)
    return room


def _make(
    actor: Actor, places: list[Neighbourhood], small_limit: int, *, group_id: int | None = None, edited: bool = False
) -> GroupProposal:
    row = GroupProposal.objects.create(
        ward_id=actor.ward_id,
        name=name_for(places),
        small_limit=small_limit,
        group_id=group_id,
        edited=edited,
        created_by=actor.user,
    )
    ProposedNeighbourhood.objects.bulk_create(
        ProposedNeighbourhood(ward_id=actor.ward_id, proposal=row, neighbourhood=place) for place in places
    )
    return row


def _discard(row: GroupProposal) -> None:
    transitions.move(row, Status.DISCARDED)
    row.save(update_fields=["status", "updated_at"])
    row.neighbourhoods.all().delete()


def _lock_plan(actor: Actor) -> None:
    """One person changes a ward's plan at a time: the ward's row is the lock."""
    Ward.objects.select_for_update(no_key=True).get(pk=actor.ward_id)


def _open(actor: Actor, proposal_id: int) -> GroupProposal:
    row = (
        GroupProposal.objects.select_for_update()
        .filter(ward_id=actor.ward_id, pk=proposal_id, status=Status.PROPOSED)
        .first()
    )
    if row is None:
        raise DomainError(_("This proposal no longer stands. Reload the page."))
    return row


def checked_name(ward_id: int, name: str, *, but: ZaloGroup | None = None) -> str:
    """A group's name in its stored form; DomainError when it is empty, reads like a press body, or is taken."""
    name = nfc(name)
    if not name:
        raise DomainError(_("Give the group a name."), field="name")
    word = press_word(name)
    if word:
        raise DomainError(
            _("Leave out “%(word)s”: a group must not be named like a press body (decree 147/2024, article 36).")
            % {"word": word},
            field="name",
        )
    taken = ZaloGroup.objects.filter(ward_id=ward_id, name=name).exclude(status=ZaloGroup.Status.ARCHIVED)
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if taken.exists():
        raise DomainError(_("Another group of the ward bears this name. Choose a different one."), field="name")
    return name


@transaction.atomic
def rename_proposal(*, actor: Actor, proposal_id: int, name: str) -> GroupProposal:
    """Give a proposal another name. Raises DomainError for a name a group must not bear."""
    require(actor, "groups.plan")
    row = _open(actor, proposal_id)
    row.name, row.edited = checked_name(actor.ward_id, name), True
    row.save(update_fields=["name", "edited", "updated_at"])
    audit.record(actor=actor, action="groups.proposal_renamed", target=row, fields=["name"])
    return row


@transaction.atomic
def move_neighbourhoods(*, actor: Actor, neighbourhood_ids: Iterable[int], proposal_id: int | None) -> GroupProposal:
    """Move neighbourhoods into another proposal, or into a new one when `proposal_id` is None; emptied ones go.

    Raises DomainError when one of them is no longer part of the plan.
    """
    require(actor, "groups.plan")
    _lock_plan(actor)
    ids = sorted(set(neighbourhood_ids))
    items = list(
        ProposedNeighbourhood.objects.select_for_update(of=("self",))
        .filter(ward_id=actor.ward_id, neighbourhood_id__in=ids, proposal__status=Status.PROPOSED)
        .select_related("neighbourhood", "proposal")
        .order_by("neighbourhood__number", "neighbourhood__key")
    )
    if not items or len(items) != len(ids):
        raise DomainError(_("Choose neighbourhoods that are part of the plan, then try again."))
    sources = {item.proposal_id: item.proposal for item in items}
    if proposal_id is None:
        target = GroupProposal.objects.create(
            ward_id=actor.ward_id,
            name=name_for([item.neighbourhood for item in items]),
            small_limit=items[0].proposal.small_limit,
            created_by=actor.user,
        )
    else:
        target = _open(actor, proposal_id)
    ProposedNeighbourhood.objects.filter(pk__in=[item.pk for item in items]).update(proposal=target)
    for row in {**sources, target.pk: target}.values():
        _renew(row)
    audit.record(
        actor=actor,
        action="groups.plan_changed",
        target=target,
        values={"neighbourhoods": ids},
        fields=["neighbourhoods"],
    )
    return target


def _renew(row: GroupProposal) -> None:
    """After a change of its places: a proposal gets the fitting name, or goes when it is empty."""
    places = [item.neighbourhood for item in row.neighbourhoods.select_related("neighbourhood")]
    if not places:
        _discard(row)
        return
    places.sort(key=lambda place: (place.number or 0, place.key))
    row.name, row.edited = name_for(places), True
    row.save(update_fields=["name", "edited", "updated_at"])


@transaction.atomic
def join_proposals(*, actor: Actor, proposal_ids: Iterable[int]) -> GroupProposal:
    """Make one proposal of several: all their neighbourhoods go into the first. DomainError for fewer than two."""
    require(actor, "groups.plan")
    _lock_plan(actor)
    rows = [_open(actor, proposal_id) for proposal_id in sorted(set(proposal_ids))]
    if len(rows) < 2:
        raise DomainError(_("Tick at least two proposals to join them."))
    ids = [item.neighbourhood_id for row in rows[1:] for item in row.neighbourhoods.all()]
    return move_neighbourhoods(actor=actor, neighbourhood_ids=ids, proposal_id=rows[0].pk)


@transaction.atomic
def split_proposal(*, actor: Actor, proposal_id: int) -> int:
    """Make one proposal per neighbourhood of it; returns how many. Raises DomainError when it has only one."""
    require(actor, "groups.plan")
    _lock_plan(actor)
    row = _open(actor, proposal_id)
    items = list(row.neighbourhoods.all())
    if len(items) < 2:
        raise DomainError(_("This proposal has one neighbourhood only; there is nothing to split."))
    for item in items[1:]:
        move_neighbourhoods(actor=actor, neighbourhood_ids=[item.neighbourhood_id], proposal_id=None)
    return len(items)


@transaction.atomic
def accept(*, actor: Actor, proposal_ids: Iterable[int] | None = None) -> list[ZaloGroup]:
    """Let the open proposals (or these) become groups in one step; returns the groups made or extended.

    Each group is active with its neighbourhoods, the area officer as leader and the deputies from their posts. A group
    whose neighbourhoods have no officer starts leaderless and is listed as a breach. All or nothing: DomainError names
    the proposal whose name cannot stand, or the neighbourhood that another group serves meanwhile.
    """
    require(actor, "groups.accept")
    _lock_plan(actor)
    rows = GroupProposal.objects.select_for_update().filter(ward_id=actor.ward_id, status=Status.PROPOSED)
    if proposal_ids is not None:
        rows = rows.filter(pk__in=list(proposal_ids))
    chosen = list(rows.prefetch_related("neighbourhoods__neighbourhood"))
    if not chosen:
        raise DomainError(_("There is no proposal to accept. Let the portal propose groups first."))
    ward_id, now = actor.ward_id, timezone.now()
    counts, officers, cap = household_counts(ward_id), officers_at(ward_id, now), member_cap(ward_id)
    served = served_at(ward_id, now)
    return [_accept_one(actor, row, counts, officers, served, cap) for row in chosen]


def _accept_one(
    actor: Actor,
    row: GroupProposal,
    counts: dict[int, int],
    officers: dict[int, int],
    served: dict[int, int],
    cap: int,
) -> ZaloGroup:
    ward_id, now = actor.ward_id, timezone.now()
    places = [item.neighbourhood for item in row.neighbourhoods.all()]
    for place in places:
        if place.pk in served:
            raise DomainError(_("%(place)s is served by a group meanwhile. Start over.") % {"place": place.name})
    if row.group_id:
        group = ZaloGroup.objects.select_for_update().get(pk=row.group_id)
        if group.status != ZaloGroup.Status.ACTIVE:
            raise DomainError(_("The group “%(group)s” is closed meanwhile. Start over.") % {"group": group.name})
    else:
        group = ZaloGroup.objects.create(
            ward_id=ward_id,
            name=checked_name(ward_id, row.name),
            status=ZaloGroup.Status.ACTIVE,
            member_cap=cap,
            rules=str(STARTING_RULES),
            accepted_at=now,
        )
        keep_version(group=group, made_by=actor.user_id, now=now)
    GroupNeighbourhood.objects.bulk_create(
        GroupNeighbourhood(ward_id=ward_id, group=group, neighbourhood=place, held=DateTimeTZRange(now, None))
        for place in places
    )
    leader = leader_by_households(officers, counts, [place.pk for place in places])
    if leader is not None and not row.group_id:
        lay_leader(ward_id=ward_id, group_id=group.pk, user_id=leader, start=now)
    appoint_deputies(group=group, at=now)
    transitions.move(row, Status.ACCEPTED)
    row.group = group
    row.save(update_fields=["status", "group", "updated_at"])
    row.neighbourhoods.all().delete()
    attach_claimed_members(actor=actor, group=group, now=now)
    audit.record(
        actor=actor,
        action="groups.accepted",
        target=group,
        values={"neighbourhoods": [place.pk for place in places], "leader": leader, "edited": row.edited},
    )
    return group

"""Reads of assignment and handover: the board, what a move triggers, handovers and their papers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from groups.models import Coverage, Handover, HandoverItem, HandoverStep, OfficerArea, ZaloGroup
from groups.policies.governance import visible_handovers
from groups.selectors.planning import (
    area_officers,
    household_counts,
    leader_by_households,
    leaders_at,
    officers_at,
    served_at,
)
from vikhe_portal.core import holdings
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods

STEP_LABELS: dict[str, Any] = {
    "named": _("Successor named"),
    "briefing": _("Briefing notes on the group"),
    "key": _("Owner key passed on in Zalo"),
    "settings": _("Settings of the group attested anew"),
    "announcement": _("Change announced in the group"),
    "confirmed": _("Successor confirms: everything is taken over"),
    "witnessed": _("Witnessed by the management team"),
    "minutes": _("Minutes made"),
}
STEP_HINTS: dict[str, Any] = {
    "briefing": _("What the successor must know to run the group. About the group only, never about a resident. "
                  "Deleted 30 days after the handover is closed."),
    "key": _("In Zalo: Members → Leader and deputies → Pass on leadership. Show a picture of the list of leaders, with "
             "faces and other names covered; a member of the management team may confirm instead having seen it."),
    "settings": _("The successor goes through the checklist of the group; the step is ticked by it."),
    "announcement": _("Tell the group who leads it now, with the link of its public page. Posted, the draft ticks this "
                      "step by itself; told in another way, say how and why."),
    "confirmed": _("Only when every item has moved and every group's key is in the successor's hands."),
    "witnessed": _("By a chief or deputy chief who is neither giver nor taker."),
    "minutes": _("Print, read out, three signatures, file."),
}  # fmt: skip


@dataclass
class Column:
    """An officer on the board: their neighbourhoods and their load."""

    officer: User | None
    places: list[dict[str, Any]] = field(default_factory=list)
    households: int = 0
    covered: int = 0
    groups: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)
    incoming: int = 0


def board(actor: Actor) -> list[Column]:
    """Officers × neighbourhoods with workload; the first column holds neighbourhoods without an officer, if any."""
    ward_id, now = actor.ward_id, timezone.now()
    officers, counts = officers_at(ward_id, now), household_counts(ward_id)
    coverage = dict(Coverage.objects.filter(ward_id=ward_id).values_list("neighbourhood_id", "covered"))
    columns = {user.pk: Column(officer=user) for user in area_officers(actor)}
    nobody = Column(officer=None)
    later = dict(
        OfficerArea.objects.filter(ward_id=ward_id, held__startswith__gt=now)
        .order_by()
        .values_list("user_id")
        .annotate(n=Count("id"))
    )
    for place in neighbourhoods(ward_id).order_by("number", "key"):
        column = columns.get(officers.get(place.pk, 0), nobody)
        column.places.append(
            {"row": place, "households": counts.get(place.pk, 0), "covered": coverage.get(place.pk, 0)}
        )
        column.households += counts.get(place.pk, 0)
        column.covered += coverage.get(place.pk, 0)
    active = set(served_at(ward_id, now).values())
    for group, user in leaders_at(ward_id, now).items():
        if user in columns and group in active:
            columns[user].groups += 1
    for user_id, column in columns.items():
        column.items = holding_counts(actor, user_id, None, of_groups=False)
        column.incoming = later.get(user_id, 0)
    shown = list(columns.values())
    return [nobody, *shown] if nobody.places else shown


def holding_counts(
    actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None, *, of_groups: bool = True
) -> list[dict[str, Any]]:
    """How many things of each kind a person holds: [{label, kind, count, overdue}], kinds with none left out.

    Without `of_groups` only what hangs on the person besides neighbourhoods and groups: tips, drafts, cards.
    """
    shown = []
    for provider in holdings.providers():
        if not of_groups and provider.kind.startswith("groups."):
            continue
        held = provider.list_for(actor, user_id, neighbourhood_ids)
        if held:
            late = sum(1 for one in held if one.overdue)
            shown.append({"label": provider.label, "kind": provider.kind, "count": len(held), "overdue": late})
    return shown


@dataclass
class Preview:
    """What a plan of moving neighbourhoods would do, before anybody confirms it."""

    places: list[Neighbourhood]
    items: list[dict[str, Any]]
    leaders: list[dict[str, Any]]
    staying: list[dict[str, Any]]
    balance: list[dict[str, Any]]
    leaderless: list[ZaloGroup]
    leaves: bool


def leader_changes(
    ward_id: int, *, from_user_id: int, to_user_id: int, neighbourhood_ids: Iterable[int], at: datetime
) -> tuple[dict[int, int], set[int]]:
    """Which groups change leader when these neighbourhoods go to another: (group → new leader, groups that keep).

    A group follows when its leader keeps none of the neighbourhoods it serves; it then goes to the officer with most
    of its households. Groups the officer leads but keeps a part of stay with them.
    """
    moved = set(neighbourhood_ids)
    after = {**officers_at(ward_id, at), **dict.fromkeys(moved, to_user_id)}
    counts, leaders = household_counts(ward_id), leaders_at(ward_id, at)
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in served_at(ward_id, at).items():
        members[group].append(place)
    changes: dict[int, int] = {}
    staying: set[int] = set()
    for group, places in members.items():
        if not moved.intersection(places):
            continue
        present = leaders.get(group)
        if present is not None and any(after.get(place) == present for place in places):
            if present != to_user_id:
                staying.add(group)
            continue
        heir = leader_by_households(after, counts, places)
        if heir is not None and heir != present:
            changes[group] = heir
    return changes, staying


def preview(
    actor: Actor,
    *,
    from_user_id: int,
    to_user_id: int,
    neighbourhood_ids: Iterable[int],
    at: datetime,
    reason: str = "",
) -> Preview:
    """Everything a move triggers, for the page that asks to confirm. Who leaves gives all they hold."""
    ward_id, ids = actor.ward_id, sorted(set(neighbourhood_ids))
    counts, leaves = household_counts(ward_id), reason in Handover.LEAVING
    changes, staying = leader_changes(
        ward_id, from_user_id=from_user_id, to_user_id=to_user_id, neighbourhood_ids=ids, at=at
    )
    people = {user.pk: user for user in area_officers(actor)}
    groups = {group.pk: group for group in ZaloGroup.objects.filter(ward_id=ward_id, pk__in={*changes, *staying})}
    load: Counter[int] = Counter()
    places_of: Counter[int] = Counter()
    for place, user in officers_at(ward_id, at).items():
        load[user] += counts.get(place, 0)
        places_of[user] += 1
    moving = sum(counts.get(place, 0) for place in ids)
    shift = {from_user_id: (-len(ids), -moving), to_user_id: (len(ids), moving)}
    lines = []
    for user in (from_user_id, to_user_id):
        places, households = shift[user]
        lines.append(
            {
                "officer": people.get(user),
                "before": load[user],
                "after": load[user] + households,
                "places_before": places_of[user],
                "places_after": places_of[user] + places,
            }
        )
    led = leaders_at(ward_id, at)
    touched = {group for place, group in served_at(ward_id, at).items() if place in set(ids)}
    return Preview(
        places=list(Neighbourhood.objects.filter(ward_id=ward_id, pk__in=ids).order_by("number", "key")),
        items=holding_counts(actor, from_user_id, None if leaves else ids),
        leaders=[
            {"group": groups[group], "before": people.get(led.get(group, 0)), "after": people.get(user)}
            for group, user in sorted(changes.items())
        ],
        staying=[{"group": groups[group], "leader": people.get(led.get(group, 0))} for group in sorted(staying)],
        balance=lines,
        leaderless=list(ZaloGroup.objects.filter(ward_id=ward_id, pk__in=touched - set(led) - set(changes))),
        leaves=leaves,
    )


def handovers(actor: Actor) -> QuerySet[Handover]:
    """Handovers the actor may know of, with their people and counts of steps."""
    return (
        visible_handovers(actor)
        .select_related("from_user", "to_user")
        .annotate(
            steps_all=Count("steps", distinct=True),
            steps_done=Count("steps", filter=Q(steps__done_at__isnull=False), distinct=True),
            late=Count(
                "steps",
                filter=Q(steps__done_at__isnull=True, steps__due_at__lt=timezone.now(), status=Handover.Status.OPEN),
                distinct=True,
            ),
            places=Count("areas", distinct=True),
        )
    )


def handover(actor: Actor, handover_id: int) -> Handover | None:
    """One handover the actor may know of, or None."""
    return visible_handovers(actor).select_related("from_user", "to_user", "ward").filter(pk=handover_id).first()


def step(actor: Actor, step_id: int) -> HandoverStep | None:
    """One step of a handover the actor may know of, or None."""
    return (
        HandoverStep.objects.filter(ward_id=actor.ward_id, pk=step_id, handover__in=visible_handovers(actor))
        .select_related("handover", "group")
        .first()
    )


def shows_items(actor: Actor, row: Handover) -> bool:
    """Whether the items of a handover are shown: to the giver only until the effective moment."""
    return actor.id != row.from_user_id or timezone.now() < row.effective_at


def items_by_kind(row: Handover) -> list[dict[str, Any]]:
    """The items of a handover under their kinds: [{label, rows, moved, problems}]."""
    labels = {provider.kind: provider.label for provider in holdings.providers()}
    kinds: dict[str, list[HandoverItem]] = defaultdict(list)
    for item in row.items.all():
        kinds[item.kind].append(item)
    return [
        {
            "label": labels.get(kind, kind),
            "kind": kind,
            "rows": rows,
            "moved": sum(1 for item in rows if item.moved_at is not None),
        }
        for kind, rows in kinds.items()
    ]


def places_of(row: Handover) -> list[Neighbourhood]:
    """The neighbourhoods a handover passes on."""
    return [
        area.neighbourhood
        for area in row.areas.select_related("neighbourhood").order_by("neighbourhood__number", "neighbourhood__key")
    ]


def steps_due(actor: Actor) -> QuerySet[HandoverStep]:
    """Open steps of open handovers the actor may know of, soonest first."""
    return (
        HandoverStep.objects.filter(
            ward_id=actor.ward_id,
            done_at__isnull=True,
            handover__status=Handover.Status.OPEN,
            handover__in=visible_handovers(actor),
        )
        .select_related("handover", "group")
        .order_by("due_at", "id")
    )


def steps_of(row: Handover) -> list[HandoverStep]:
    """The steps of a handover in order, with their groups and people."""
    steps = list(row.steps.select_related("group", "done_by").order_by("order", "group__name", "id"))
    for step in steps:
        step.handover = row  # the very row the page has, so that rules ask no database again
    return steps


def officer(actor: Actor, user_id: int) -> User | None:
    """A person who holds or held an area in the actor's ward, or None."""
    if not OfficerArea.objects.filter(ward_id=actor.ward_id, user_id=user_id).exists():
        return None
    return User.objects.filter(pk=user_id).first()

"""Splitting and merging neighbourhoods: households, groups, rights and open work go along; the past stays as it was.

A preview is the real work, rolled back: what it shows is what will happen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from groups.models import (
    Coverage,
    GroupNeighbourhood,
    HandoverArea,
    Household,
    HouseholdMove,
    OfficerArea,
    ProposedNeighbourhood,
    RosterImport,
    Succession,
    ZaloGroup,
)
from groups.services.appointments import appoint_deputies, lay_area
from groups.services.coverage import lock_coverage, recount_ward
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc, search_key
from wards.models import Neighbourhood

# Apps above this one whose open work hangs on a neighbourhood: called with (ward id, ended id, id that took over),
# they return how many items went along.
Follower = Callable[[int, int, int], int]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Let an app's open work go along when a neighbourhood ends; called once, from the app's registry."""
    _followers.append(follower)


@dataclass
class Outcome:
    """What a reorganisation did, or would do."""

    places: list[Neighbourhood] = field(default_factory=list)
    households: dict[int, int] = field(default_factory=dict)
    people: int = 0
    covered_before: int = 0
    covered_after: int = 0
    officers: dict[int, str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    emptied_groups: list[str] = field(default_factory=list)
    ended_deputies: list[str] = field(default_factory=list)
    new_codes: int = 0
    open_items: int = 0

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each new neighbourhood with its households, officer and group."""
        return [
            {
                "place": place,
                "households": self.households.get(place.pk, 0),
                "officer": self.officers.get(place.pk, ""),
                "group": self.groups.get(place.pk, ""),
            }
            for place in self.places
        ]


def preview(work: Callable[..., Outcome], **what: Any) -> Outcome:
    """What `merge` or `split` would do, without doing it. Raises what they raise."""
    with transaction.atomic():
        outcome = work(**what)
        transaction.set_rollback(True)
    return outcome


@transaction.atomic
def merge(*, actor: Actor, neighbourhood_ids: Iterable[int], main_id: int, name: str, decision_no: str) -> Outcome:
    """Make one neighbourhood of several from today on; officer, group and deputies are those of `main_id`.

    Raises DomainError for fewer than two, a main one not among them, a name in use, or work that must end first.
    """
    require(actor, "groups.reorganise")
    ids = set(neighbourhood_ids)
    if len(ids) < 2:
        raise DomainError(_("Choose at least two neighbourhoods to merge."), field="neighbourhoods")
    if main_id not in ids:
        raise DomainError(_("Choose the one that goes on among those to merge."), field="main")
    olds = _begin(actor, ids)
    now, outcome = timezone.now(), _counted(ids)
    after = _new_place(actor, name, olds)
    olds.sort(key=lambda old: old.pk != main_id)
    groups = _groups_of(actor.ward_id, ids)
    for old in olds:
        _succeed(actor, old, after, decision_no)
        outcome.new_codes += _move(Household.objects.filter(ward_id=actor.ward_id, neighbourhood=old), old, after)
        outcome.ended_deputies += _pass_rights(old, [after] if old.pk == main_id else [], now, decision_no)
        outcome.open_items += sum(one(actor.ward_id, old.pk, after.pk) for one in _followers)
    return _finish(actor, olds, [after], groups, now, outcome)


@transaction.atomic
def split(
    *, actor: Actor, neighbourhood_id: int, first_name: str, second_name: str, streets: Iterable[str], decision_no: str
) -> Outcome:
    """Make two neighbourhoods of one from today on: households of `streets` go to the second, all others to the first.

    Both keep officer and group; the deputies stay with the first. Raises DomainError when one part would be empty, a
    name is in use, or work must end first.
    """
    require(actor, "groups.reorganise")
    olds = _begin(actor, {neighbourhood_id})
    old, chosen = olds[0], set(streets)
    now, outcome = timezone.now(), _counted({neighbourhood_id})
    if search_key(first_name) == search_key(second_name):
        raise DomainError(_("The two parts need different names."), field="second_name")
    rows = Household.objects.filter(ward_id=actor.ward_id, neighbourhood=old)
    if not rows.filter(street__in=chosen).exists() or not rows.exclude(street__in=chosen).exists():
        raise DomainError(_("Each part needs households: choose some of the streets, not all."), field="streets")
    parts = [_new_place(actor, first_name, olds), _new_place(actor, second_name, olds, field="second_name")]
    groups = _groups_of(actor.ward_id, {old.pk})
    for part in parts:
        _succeed(actor, old, part, decision_no)
    _move(rows.filter(street__in=chosen), old, parts[1])
    _move(rows, old, parts[0])
    outcome.ended_deputies += _pass_rights(old, parts, now, decision_no)
    outcome.open_items += sum(one(actor.ward_id, old.pk, parts[0].pk) for one in _followers)
    return _finish(actor, olds, parts, groups, now, outcome)


def _begin(actor: Actor, ids: set[int]) -> list[Neighbourhood]:
    """The neighbourhoods, locked, after asking whether anything stands in the way."""
    ward_id, today = actor.ward_id, timezone.localdate()
    lock_coverage(ward_id, sorted(ids))
    rows = Neighbourhood.objects.select_for_update().filter(ward_id=ward_id, pk__in=ids, exists__contains=today)
    olds = list(rows.order_by("pk"))
    if len(olds) != len(ids):
        raise DomainError(_("One of these neighbourhoods no longer exists. Reload the page."))
    for old in olds:
        if old.exists.lower is not None and old.exists.lower >= today:
            raise DomainError(
                _("%(place)s exists only since today; it can be changed from tomorrow.") % {"place": old.name}
            )
    if HandoverArea.objects.filter(ward_id=ward_id, neighbourhood_id__in=ids, handover__status="open").exists():
        raise DomainError(_("A handover of one of these neighbourhoods is under way. Close it first."))
    if RosterImport.objects.filter(ward_id=ward_id, status=RosterImport.Status.SAVING).exists():
        raise DomainError(_("A roster is being saved. Wait until it is done."))
    ProposedNeighbourhood.objects.filter(ward_id=ward_id, neighbourhood_id__in=ids).delete()
    return olds


def _counted(ids: Iterable[int]) -> Outcome:
    sums = Coverage.objects.filter(neighbourhood_id__in=ids).aggregate(covered=Sum("covered"))
    return Outcome(covered_before=sums["covered"] or 0)


def _new_place(actor: Actor, name: str, olds: list[Neighbourhood], field: str = "name") -> Neighbourhood:
    name, today = nfc(name).strip(), timezone.localdate()
    key = search_key(name)
    if not key:
        raise DomainError(_("Enter the name of the new neighbourhood."), field=field)
    for old in olds:
        if old.exists.upper is None:
            old.exists = DateRange(old.exists.lower, today)
            old.save(update_fields=["exists", "updated_at"])
    if Neighbourhood.objects.filter(ward_id=actor.ward_id, key=key, exists__contains=today).exists():
        raise DomainError(_("A neighbourhood of this name exists already."), field=field)
    digits = re.search(r"(\d+)\s*$", key)
    return Neighbourhood.objects.create(
        ward_id=actor.ward_id,
        name=name,
        key=key,
        number=int(digits.group(1)) if digits and int(digits.group(1)) < 32_000 else None,
        exists=DateRange(today, None),
    )


def _succeed(actor: Actor, old: Neighbourhood, new: Neighbourhood, decision_no: str) -> None:
    Succession.objects.create(
        ward_id=actor.ward_id,
        before=old,
        after=new,
        day=timezone.localdate(),
        decision_no=decision_no,
        done_by=actor.user,
    )


def _move(rows: QuerySet[Household], old: Neighbourhood, new: Neighbourhood) -> int:
    """Move households with a trace; a code taken in the new neighbourhood gets the old one's number behind it."""
    ward_id, today = old.ward_id, timezone.localdate()
    moving = list(rows.select_for_update().order_by("pk").values_list("pk", "code"))
    taken = set(Household.objects.filter(ward_id=ward_id, neighbourhood=new).values_list("code", flat=True))
    renamed = 0
    for pk, code in moving:
        if code in taken:
            fresh, tail = code, f"-{old.number or 0}-{old.pk}"
            fresh = code[: 40 - len(tail)] + tail
            Household.objects.filter(ward_id=ward_id, pk=pk).update(code=fresh)
            renamed += 1
    HouseholdMove.objects.bulk_create(
        [HouseholdMove(ward_id=ward_id, household_id=pk, before=old, after=new, day=today) for pk, code in moving],
        batch_size=2000,
    )
    Household.objects.filter(ward_id=ward_id, pk__in=[pk for pk, code in moving]).update(
        neighbourhood=new, version=F("version") + 1
    )
    return renamed


def _groups_of(ward_id: int, ids: Iterable[int]) -> list[ZaloGroup]:
    serving = GroupNeighbourhood.objects.filter(
        ward_id=ward_id, neighbourhood_id__in=ids, held__contains=timezone.now()
    )
    return list(
        ZaloGroup.objects.select_for_update()
        .filter(ward_id=ward_id, pk__in=list(serving.values_list("group_id", flat=True)))
        .order_by("pk")
    )


def _end(rows: Iterable[Any], now: datetime) -> None:
    """End dated charges now; those that had not begun go."""
    for row in rows:
        if row.held.lower is not None and row.held.lower >= now:
            row.delete()
        else:
            row.held = DateTimeTZRange(row.held.lower, now)
            row.save(update_fields=["held"])


def _pass_rights(old: Neighbourhood, heirs: list[Neighbourhood], now: datetime, decision_no: str) -> list[str]:
    """Give officer and group of `old` to all heirs, its deputies to the first; returns deputies whose posts end."""
    ward_id, rest = old.ward_id, DateTimeTZRange(now, None)
    areas = OfficerArea.objects.select_for_update().filter(ward_id=ward_id, neighbourhood=old, held__overlap=rest)
    officer = areas.filter(held__contains=now, is_cover=False).first() or areas.filter(held__contains=now).first()
    serving = GroupNeighbourhood.objects.select_for_update().filter(
        ward_id=ward_id, neighbourhood=old, held__overlap=rest
    )
    group = serving.filter(held__contains=now).first()
    posts = Post.objects.select_for_update().filter(
        ward_id=ward_id, kind=Post.Kind.GROUP_DEPUTY, neighbourhood=old, held__overlap=rest
    )
    deputies = list(posts.select_related("user").order_by("pk"))
    officer_id, group_id = officer.user_id if officer else None, group.group_id if group else None
    _end(areas, now)
    _end(serving, now)
    for heir in heirs:
        if officer_id is not None:
            lay_area(
                ward_id=ward_id,
                neighbourhood_id=heir.pk,
                user_id=officer_id,
                start=now,
                end=None,
                decision_no=decision_no,
            )
        if group_id is not None:
            GroupNeighbourhood.objects.create(ward_id=ward_id, group_id=group_id, neighbourhood=heir, held=rest)
    ended = [] if heirs else [post.user.get_full_name() for post in deputies]
    for post in deputies:
        lower, upper = post.held.lower, post.held.upper
        if heirs:
            begun = max(lower, now) if lower is not None else now
            Post.objects.create(
                ward_id=ward_id,
                user_id=post.user_id,
                kind=post.kind,
                capacity=post.capacity,
                neighbourhood=heirs[0],
                title=post.title,
                phone=post.phone,
                phone_published=post.phone_published,
                held=DateTimeTZRange(begun, upper),
                decision_no=post.decision_no,
                decision_date=post.decision_date,
            )
    _end(deputies, now)
    return ended


def _finish(
    actor: Actor,
    olds: list[Neighbourhood],
    news: list[Neighbourhood],
    groups: list[ZaloGroup],
    now: datetime,
    outcome: Outcome,
) -> Outcome:
    """Deputies of the groups anew, coverage counted, one line in the trail."""
    ward_id, ids = actor.ward_id, [new.pk for new in news]
    for group in groups:
        appoint_deputies(group=group, at=now)
    recount_ward(ward_id=ward_id, neighbourhood_ids=[*(old.pk for old in olds), *ids])
    outcome.places = news
    for row in Coverage.objects.filter(ward_id=ward_id, neighbourhood_id__in=ids):
        outcome.households[row.neighbourhood_id] = row.households
        outcome.covered_after += row.covered
        outcome.people += row.people
    areas = OfficerArea.objects.filter(ward_id=ward_id, neighbourhood_id__in=ids, held__contains=now)
    outcome.officers = {row.neighbourhood_id: row.user.get_full_name() for row in areas.select_related("user")}
    serving = GroupNeighbourhood.objects.filter(ward_id=ward_id, held__contains=now)
    heirs = serving.filter(neighbourhood_id__in=ids).select_related("group")
    outcome.groups = {row.neighbourhood_id: row.group.name for row in heirs}
    busy = set(serving.values_list("group_id", flat=True))
    outcome.emptied_groups = [group.name for group in groups if group.pk not in busy]
    audit.record(
        actor=actor,
        action="groups.reorganised",
        target=news[0],
        values={"ended": [old.pk for old in olds], "made": ids, "households": sum(outcome.households.values())},
    )
    return outcome

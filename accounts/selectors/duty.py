"""Reads of the duty roster: who is on duty now, who is called after whom, which hours nobody stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Absence, DutyShift, Post, User
from accounts.selectors import holders
from vikhe_portal.core.permissions import Actor

Kind = DutyShift.Kind
# Who is called next when the one before has not acted.
LADDER = (Post.Kind.DUTY_OFFICER, Post.Kind.DEPUTY_CHIEF, Post.Kind.CHIEF, Post.Kind.COMMITTEE_HEAD)
# How long the one before is still called while the next has not taken over.
OVERLAP = timedelta(hours=2)
DAYS_SHOWN = 14


class Reachable:
    """Who can be told at a moment, by post: without those away, and of a post somebody stands a shift of, that one."""

    def __init__(self, ward_id: int, now: datetime) -> None:
        away = set(Absence.objects.filter(ward_id=ward_id, away__contains=now).values_list("user_id", flat=True))
        posts = Post.objects.filter(ward_id=ward_id, held__contains=now, user__is_active=True)
        self.holders: dict[str, set[int]] = defaultdict(set)
        for kind, user_id in posts.values_list("kind", "user_id"):
            if user_id not in away:
                self.holders[kind].add(user_id)
        self.all = set().union(*self.holders.values())
        self.by_kind: dict[str, set[int]] = defaultdict(set, self.holders)
        standing = on_shift(ward_id, now)
        for shift, post in ((Kind.DUTY, Post.Kind.DUTY_OFFICER), (Kind.COMMAND, Post.Kind.DEPUTY_CHIEF)):
            if people := standing[shift] & self.holders[post]:
                self.by_kind[post] = people


def on_shift(ward_id: int, now: datetime) -> dict[str, set[int]]:
    """Kind of shift → who stands it. Until a duty officer has taken over, the one before is still called too."""
    found: dict[str, set[int]] = defaultdict(set)
    rows = DutyShift.objects.filter(ward_id=ward_id, held__overlap=DateTimeTZRange(now - OVERLAP, now, "[]"))
    ended = None
    for row in rows.order_by("held"):
        if row.held.lower <= now < row.held.upper:
            found[row.kind].add(row.user_id)
            if row.kind == Kind.DUTY and row.taken_at is None and ended is not None:
                found[row.kind].add(ended.user_id)
        elif row.kind == Kind.DUTY and row.held.upper <= now:
            ended = row
    return found


def shift(actor: Actor, shift_id: int) -> DutyShift | None:
    """One shift of the actor's ward, or None."""
    return DutyShift.objects.filter(ward_id=actor.ward_id, pk=shift_id).select_related("user").first()


def standing(ward_id: int, now: datetime, kind: str = Kind.DUTY) -> DutyShift | None:
    """The shift of this moment, or None."""
    rows = DutyShift.objects.filter(ward_id=ward_id, kind=kind, held__contains=now)
    return rows.select_related("user").first()


def before(row: DutyShift) -> DutyShift | None:
    """The shift that ended just before this one began, or None."""
    return (
        DutyShift.objects.filter(
            ward_id=row.ward_id, kind=row.kind, held__endswith__gt=row.held.lower - OVERLAP, held__fully_lt=row.held
        )
        .select_related("user")
        .order_by("-held")
        .first()
    )


def may_stand(ward_id: int, *kinds: str) -> QuerySet[User]:
    """Who may stand a shift of one of these kinds (of any): by the post held today."""
    posts = {post for kind in kinds or Kind.values for post in DutyShift.POSTS[Kind(kind)]}
    return holders(ward_id, *posts)


def waiting_for(actor: Actor) -> QuerySet[DutyShift]:
    """Shifts of the actor that have begun and are not taken over."""
    now = timezone.now()
    return DutyShift.objects.filter(
        ward_id=actor.ward_id, user_id=actor.id, held__contains=now, taken_at__isnull=True, kind=Kind.DUTY
    )


def has_roster(ward_id: int) -> bool:
    """Whether the ward keeps a roster at all: any shift of the last or next month."""
    now, month = timezone.now(), timedelta(days=31)
    return DutyShift.objects.filter(ward_id=ward_id, held__overlap=DateTimeTZRange(now - month, now + month)).exists()


def gaps(ward_id: int, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The hours between two moments in which nobody stands as duty officer."""
    rows = DutyShift.objects.filter(ward_id=ward_id, kind=Kind.DUTY, held__overlap=DateTimeTZRange(start, end))
    found, reached = [], start
    for held in rows.order_by("held").values_list("held", flat=True):
        if held.lower > reached:
            found.append((reached, held.lower))
        reached = max(reached, held.upper)
    return [*found, (reached, end)] if reached < end else found


@dataclass(frozen=True)
class Rung:
    """A step of the ladder as it stands at this moment."""

    label: Any
    people: list[User]
    on_shift: bool


def ladder(actor: Actor) -> list[Rung]:
    """Who would be called at this moment, from below; a rung without people is passed over."""
    reachable = Reachable(actor.ward_id, timezone.now())
    users = User.objects.in_bulk(set().union(*(reachable.by_kind[kind] for kind in LADDER)))
    return [
        Rung(
            label=kind.label,
            people=[users[pk] for pk in sorted(reachable.by_kind[kind])],
            on_shift=reachable.by_kind[kind] != reachable.holders[kind],
        )
        for kind in LADDER
    ]


def roster(actor: Actor, first: date) -> list[dict[str, Any]]:
    """Two weeks from a day on: [{day, shifts, gap}], a shift under the day it begins on."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(first, time.min, zone)
    end = start + timedelta(days=DAYS_SHOWN)
    rows = list(
        DutyShift.objects.filter(ward_id=actor.ward_id, held__overlap=DateTimeTZRange(start, end))
        .select_related("user")
        .order_by("held", "-kind")
    )
    holds = {
        kind: set(may_stand(actor.ward_id, kind).values_list("pk", flat=True)) for kind in {row.kind for row in rows}
    }
    now = timezone.now()
    missing = [gap for gap in gaps(actor.ward_id, max(start, now), end) if rows] if end > now else []
    days: list[dict[str, Any]] = []
    for number in range(DAYS_SHOWN):
        day = first + timedelta(days=number)
        days.append(
            {
                "day": day,
                "shifts": [
                    {
                        "row": row,
                        "now": row.held.lower <= now < row.held.upper,
                        "earlier": timezone.localdate(row.held.lower) < day,
                        "past": row.held.upper <= now,
                        "lapsed": row.held.upper > now and row.user_id not in holds[row.kind],
                    }
                    for row in rows
                    if max(timezone.localdate(row.held.lower), first) == day
                ],
                "gaps": [gap for gap in missing if timezone.localdate(gap[0]) == day],
            }
        )
    return days

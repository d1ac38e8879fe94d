"""The list of officers and deputies: accounts, posts and areas, made once; what is held by somebody else stays.

An import never moves an area or replaces a deputy: that is a handover or an end of a post, done by a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, User
from accounts.services import appoint, create_user
from groups.models import OfficerArea
from groups.services.imports.plan import Plan
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import search_key
from wards.models import Ward

Kind = Post.Kind


@dataclass
class Held:
    """Who holds what in the ward at this moment."""

    officers: dict[tuple[str, str], User] = field(default_factory=dict)
    officer_posts: dict[int, Post] = field(default_factory=dict)
    deputies: dict[tuple[int, str], Post] = field(default_factory=dict)
    areas: dict[int, OfficerArea] = field(default_factory=dict)


def _key(name: str, rank: str) -> tuple[str, str]:
    return search_key(name), search_key(rank)


def _held(ward_id: int) -> Held:
    now = timezone.now()
    held = Held()
    for post in Post.objects.filter(ward_id=ward_id, held__contains=now).select_related("user").order_by("id"):
        if post.kind in Post.POLICE:
            held.officers.setdefault(_key(post.user.full_name, post.user.rank), post.user)
        if post.kind == Kind.AREA_OFFICER:
            held.officer_posts.setdefault(post.user_id, post)
        if post.kind == Kind.GROUP_DEPUTY and post.neighbourhood_id and not post.is_cover:
            held.deputies.setdefault((post.neighbourhood_id, post.capacity), post)
    areas = OfficerArea.objects.filter(ward_id=ward_id, held__contains=now, is_cover=False).select_related("user")
    held.areas = {area.neighbourhood_id: area for area in areas}
    return held


class _Walk:
    """One pass over the plan: `carry_out` says whether to write or only to count."""

    def __init__(self, actor: Actor, plan: Plan, places: dict[str, int], *, carry_out: bool) -> None:
        self.actor, self.plan, self.places, self.carry_out = actor, plan, places, carry_out
        self.held = _held(actor.ward_id)
        self.fictional = bool(Ward.objects.values_list("demonstration", flat=True).get(pk=actor.ward_id))
        self.counts = dict.fromkeys(
            ("people_new", "people_changed", "people_unchanged", "accounts_new", "posts_new", "areas_new"), 0
        )
        self.problems: list[list[Any]] = []
        self.new_officers: dict[tuple[str, str], User | None] = {}
        self.with_post: set[tuple[str, str]] = set()

    def row(self, entry: list[Any]) -> None:
        """Bring one neighbourhood's officer and deputies in; counts the row as new, changed or unchanged."""
        number, place_key, _place, rank, name, phone, deputies = entry
        place = self.places.get(place_key)
        done: list[str] = []
        if name:
            done += self._officer(rank, name, phone)
            done.append(self._area(number, place, rank, name))
        people: dict[tuple[str, str], User | None] = {}
        for capacity, (deputy, deputy_phone) in deputies.items():
            done.append(self._deputy(number, place, capacity, deputy, deputy_phone, people))
        acted = {"new", "changed"} & set(done)
        kind = "unchanged" if not acted else "new" if set(done) == {"new"} else "changed"
        self.counts[f"people_{kind}"] += 1

    def _officer(self, rank: str, name: str, phone: str) -> list[str]:
        key = _key(name, rank)
        user = self.held.officers.get(key) or self.new_officers.get(key)
        done = []
        if user is None and key not in self.new_officers:
            user = self.new_officers[key] = self._account(name, rank)
            done.append("new")
        post = self.held.officer_posts.get(user.pk) if user is not None else None
        if post is None and key not in self.with_post:
            self.with_post.add(key)
            self.counts["posts_new"] += 1
            done.append("new")
            if self.carry_out and user is not None:
                self.held.officer_posts[user.pk] = appoint(
                    actor=self.actor, user=user, kind=Kind.AREA_OFFICER, phone=phone
                )
        elif post is not None and phone and not post.phone:
            done.append(self._telephone(post, phone))
        return done

    def _area(self, row: int, place: int | None, rank: str, name: str) -> str:
        area = self.held.areas.get(place) if place is not None else None
        if area is not None:
            if _key(area.user.full_name, area.user.rank) == _key(name, rank):
                return "unchanged"
            self._problem(row, "area_held", area.user.full_name)
            return "unchanged"
        self.counts["areas_new"] += 1
        if self.carry_out and place is not None:
            key = _key(name, rank)
            user = self.held.officers.get(key) or self.new_officers[key]
            if user is None:  # only in a pass that writes nothing
                return "new"
            try:
                with transaction.atomic():
                    new = OfficerArea.objects.create(
                        ward_id=self.actor.ward_id,
                        user=user,
                        neighbourhood_id=place,
                        held=DateTimeTZRange(timezone.now(), None),
                    )
            except IntegrityError as error:
                raise DomainError(
                    _("“%(name)s” cannot take on the area: it is given to somebody at a later date. Change that first.")
                    % {"name": name}
                ) from error
            audit.record(actor=self.actor, action="groups.area_given", target=new, values={"user": new.user_id})
        return "new"

    def _deputy(
        self,
        row: int,
        place: int | None,
        capacity: str,
        name: str,
        phone: str,
        people: dict[tuple[str, str], User | None],
    ) -> str:
        post = self.held.deputies.get((place, capacity)) if place is not None else None
        if post is not None:
            if search_key(post.user.full_name) != search_key(name):
                self._problem(row, "deputy_held", post.user.full_name)
                return "unchanged"
            people[search_key(name), phone] = post.user
            return self._telephone(post, phone) if phone and post.phone != phone else "unchanged"
        key = (search_key(name), phone)
        user = people.get(key)  # one person may hold two capacities of a neighbourhood
        if key not in people:
            user = people[key] = self._account(name, "")
        self.counts["posts_new"] += 1
        if self.carry_out and user is not None:
            appoint(
                actor=self.actor,
                user=user,
                kind=Kind.GROUP_DEPUTY,
                capacity=capacity,
                neighbourhood_id=place,
                phone=phone,
            )
        return "new"

    def _account(self, name: str, rank: str) -> User | None:
        self.counts["accounts_new"] += 1
        if not self.carry_out:
            return None
        return create_user(actor=self.actor, full_name=name, rank=rank, fictional=self.fictional)

    def _telephone(self, post: Post, phone: str) -> str:
        if self.carry_out:
            post.phone = phone
            post.save(update_fields=["phone", "updated_at"])
            audit.record(actor=self.actor, action="accounts.post_changed", target=post, fields=["phone"])
        return "changed"

    def _problem(self, row: int, code: str, value: str) -> None:
        self.problems.append(["", row, "", "warning", code, value, {}])


def compare(*, actor: Actor, plan: Plan, places: dict[str, int]) -> tuple[dict[str, int], list[list[Any]]]:
    """Counts of what saving would do, and what it would leave alone. Writes nothing."""
    walk = _Walk(actor, plan, places, carry_out=False)
    for entry in plan.officers:
        walk.row(entry)
    return walk.counts, walk.problems


def save(
    *, actor: Actor, plan: Plan, places: dict[str, int], reached: Callable[[int], None] = lambda percent: None
) -> dict[str, int]:
    """Make the accounts, posts and areas of the plan; a second time makes none. Returns the counts."""
    walk = _Walk(actor, plan, places, carry_out=True)
    for index, entry in enumerate(plan.officers):
        walk.row(entry)
        reached(10 + 85 * index // max(1, len(plan.officers)))
    return walk.counts

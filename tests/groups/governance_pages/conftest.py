"""A small ward: two officers, neighbourhoods with households, deputies, and the groups accepted from the plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.selectors import actor_for
from groups.models import ZaloGroup
from groups.services import planning
from tests.factories import WARD_ID, HouseholdFactory, NeighbourhoodFactory, OfficerAreaFactory, make_post, make_user
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood


@dataclass
class Small:
    """What these tests begin with."""

    chief: Actor
    first: User
    second: User
    places: list[Neighbourhood] = field(default_factory=list)

    def actor(self, user: User) -> Actor:
        """A fresh actor: what the person may do now."""
        return actor_for(user, WARD_ID)


def make_deputies(place: Neighbourhood) -> list[User]:
    """The three deputies of a neighbourhood, by their posts."""
    people = []
    for capacity in ("party_secretary", "neighbourhood_head", "security_head"):
        user = make_user()
        make_post(user, "group_deputy", capacity=capacity, neighbourhood=place)
        people.append(user)
    return people


@pytest.fixture
def small(ward, chief) -> Small:
    """Two area officers; the first holds four neighbourhoods (5, 5, 12, 12 households), the second one (12)."""
    first, second = make_user(full_name="Nguyễn Văn Giao"), make_user(full_name="Trần Văn Nhận")
    for user in (first, second):
        make_post(user, "area_officer")
    made = Small(chief=chief, first=first, second=second)
    for number, (households, user) in enumerate(
        [(5, first), (5, first), (12, first), (12, first), (12, second)], start=1
    ):
        place = NeighbourhoodFactory(number=number, name=f"Tổ dân phố số {number}")
        HouseholdFactory.create_batch(households, neighbourhood=place)
        OfficerAreaFactory(user=user, neighbourhood=place)
        make_deputies(place)
        made.places.append(place)
    return made


@pytest.fixture
def standing(small) -> list[ZaloGroup]:
    """The groups of that ward, as proposed and accepted: {1, 2}, {3}, {4}, {5}; in order but for their first check."""
    planning.propose(actor=small.chief, small_limit=10)
    for number, group in enumerate(planning.accept(actor=small.chief)):
        group.link = f"https://zalo.me/g/abcdef{number:03d}"
        group.link_checked_at = group.last_post_at = timezone.now()
        group.save()
    return list(ZaloGroup.objects.filter(status="active").order_by("id"))

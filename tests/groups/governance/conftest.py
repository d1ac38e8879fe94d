"""Two officers, three neighbourhoods, one group each: the ground of most tests here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests import factories as make
from vikhe_portal.core.permissions import Actor


@dataclass
class Ground:
    """`giver` holds places 0 and 1, `taker` place 2; each place has a group led by its officer and two households."""

    giver: Any
    taker: Any
    giver_actor: Actor
    taker_actor: Actor
    places: list[Any]
    groups: list[Any]


@pytest.fixture
def ground(person_with_post) -> Ground:
    """See Ground."""
    giver, giver_actor = person_with_post("area_officer")
    taker, taker_actor = person_with_post("area_officer")
    places = [make.NeighbourhoodFactory() for _ in range(3)]
    groups = []
    for place, officer in zip(places, (giver, giver, taker), strict=True):
        make.OfficerAreaFactory(user=officer, neighbourhood=place)
        group = make.ZaloGroupFactory()
        make.GroupNeighbourhoodFactory(group=group, neighbourhood=place)
        make.AppointmentFactory(group=group, user=officer)
        make.HouseholdFactory(neighbourhood=place)
        make.HouseholdFactory(neighbourhood=place)
        groups.append(group)
    return Ground(giver, taker, giver_actor, taker_actor, places, groups)

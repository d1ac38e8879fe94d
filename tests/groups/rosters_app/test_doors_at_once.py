"""Two presses at one door at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from groups.models import Household
from groups.services import rosters as services
from tests import factories as make
from tests.factories import WARD_ID
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services


@pytest.fixture
def ward(transactional_db):
    """The ward, committed and without an open scope: the threads' own connections must see it."""
    return ward_services.activate_ward(ward_id=WARD_ID, demonstration=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_key", [True, False], ids=["sent twice", "two people"])
def test_two_presses_at_the_same_moment_are_one_mark(chief, same_key):
    with ward_scope(WARD_ID):
        home = make.HouseholdFactory(neighbourhood=make.NeighbourhoodFactory())
    keys, start = [uuid4(), uuid4()], Barrier(2)

    def press(number: int) -> bool:
        try:
            with ward_scope(WARD_ID):
                start.wait(10)
                return services.mark_once(
                    actor=chief,
                    household_id=home.pk,
                    version=0,
                    key=keys[0 if same_key else number],
                    mark=lambda: services.note_gap(actor=chief, household_id=home.pk, gap="away"),
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, range(2)))
    assert answers == [same_key, True]
    with ward_scope(WARD_ID):
        assert Household.objects.get(pk=home.pk).version == 1
        assert AuditEvent.objects.filter(action="groups.household_gap_noted").count() == 1

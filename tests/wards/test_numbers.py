"""Number series: next after next, for everybody at once, without gap or repetition."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from vikhe_portal.core.scope import current_ward_id, ward_scope
from wards.models import NumberSeries
from wards.services import next_number

TAKERS, EACH = 4, 15


def test_numbers_count_on_by_series_and_year_and_restart_with_the_year(ward):
    taken = [
        next_number(ward_id=ward.pk, series=series, year=year) for series, year in [("a", 2026)] * 3 + [("b", 2026)]
    ]
    assert taken == [1, 2, 3, 1]
    assert next_number(ward_id=ward.pk, series="a", year=2027) == 1
    assert next_number(ward_id=ward.pk, series="a", year=2026) == 4


def test_a_number_takes_one_statement(ward):
    for _turn in range(2):  # the first of a series, and one more
        with CaptureQueriesContext(connection) as captured:
            next_number(ward_id=ward.pk, series="a", year=2026)
        assert len(captured) == 1


@pytest.mark.django_db(transaction=True)
def test_many_takers_at_once_get_every_number_once_from_a_series_that_did_not_exist(other_ward):
    together = Barrier(TAKERS)

    def take(_taker: int) -> list[int]:
        together.wait(timeout=20)
        try:
            taken = []
            for _turn in range(EACH):
                with ward_scope(other_ward.pk):
                    taken.append(next_number(ward_id=other_ward.pk, series="rush", year=2026))
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(TAKERS) as pool:
        lists = list(pool.map(take, range(TAKERS)))
    assert sorted(number for numbers in lists for number in numbers) == list(range(1, TAKERS * EACH + 1))
    assert all(numbers == sorted(numbers) for numbers in lists)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_rolled_back_gives_its_number_back(other_ward):
    with pytest.raises(RuntimeError), ward_scope(other_ward.pk):
        assert next_number(ward_id=other_ward.pk, series="a", year=2026) == 1
        raise RuntimeError
    with ward_scope(other_ward.pk):
        assert next_number(ward_id=other_ward.pk, series="a", year=2026) == 1


@pytest.mark.django_db(transaction=True)
def test_the_scope_ends_with_its_transaction_and_inner_scopes_give_the_outer_one_back(other_ward):
    with ward_scope(other_ward.pk):
        with ward_scope(None):
            assert current_ward_id() is None
            assert not NumberSeries.objects.exists()
        assert current_ward_id() == other_ward.pk
    assert current_ward_id() is None

"""Groups chosen by who leads them and by a rule."""

from __future__ import annotations

import pytest

from broadcasts.models import Broadcast, Category
from broadcasts.selectors.audience import covered_below, of_officers
from groups.models import Coverage
from tests.broadcasts.factories import make_group
from tests.factories import GroupNeighbourhoodFactory, NeighbourhoodFactory

pytestmark = pytest.mark.django_db


def served(leader, covered, households):
    group, place = make_group(leader), NeighbourhoodFactory()
    GroupNeighbourhoodFactory(group=group, neighbourhood=place)
    Coverage.objects.update_or_create(
        ward_id=group.ward_id, neighbourhood=place, defaults={"households": households, "covered": covered}
    )
    return group


def compose(client, **fields):
    topic = Category.objects.get(key="security-1")
    data = {"category": topic.pk, "title": "Tin", "body": "Chào bà con", "source_line": "CAP"}
    return client.post("/ban-tin/soan/", data | fields)


def test_a_rule_and_a_leader_add_their_groups_to_those_ticked(chief, area_officer, signed_in):
    thin, full = served(chief, 5, 10), served(chief, 6, 10)
    led, ticked = make_group(area_officer), make_group(chief)
    assert covered_below(chief, 60) == {thin.pk}
    assert compose(signed_in(chief), groups=[ticked.pk], officers=[area_officer.id], below="60").status_code == 302
    chosen = set(Broadcast.objects.get().targets.values_list("group_id", flat=True))
    assert chosen == {thin.pk, led.pk, ticked.pk}
    assert full.pk not in chosen


def test_choosing_nobody_is_refused_and_the_text_stays(chief, signed_in):
    make_group(chief)
    answer = compose(signed_in(chief))
    assert answer.status_code == 422
    assert "Chào bà con" in answer.content.decode()
    assert not Broadcast.objects.exists()


def test_groups_one_may_not_see_are_never_chosen(chief, area_officer, signed_in):
    served(chief, 0, 10)
    assert covered_below(area_officer, 100) == set()
    assert of_officers(area_officer, [chief.id]) == set()
    assert compose(signed_in(area_officer), officers=[chief.id]).status_code == 422

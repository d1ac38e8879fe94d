"""Splitting and merging neighbourhoods: totals, rights, history and open work."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Post
from groups.models import Coverage, GroupNeighbourhood, Household, HouseholdMove, Membership, OfficerArea, Succession
from groups.policies.visibility import visible_neighbourhoods
from groups.selectors import reorganisation as selectors
from groups.services import reorganisation as services
from groups.services.coverage import record_day, recount_ward
from tests import factories as make
from vikhe_portal.core.errors import DomainError, Refused
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods

WARD = make.WARD_ID
DAY = timedelta(days=1)
# Names the factories never count up to, however many places other tests made before: "Tổ dân phố lập mới …".
STREETS = ("Xóm Cầu", "Xóm Chùa", "Xóm Đình")


def counted() -> None:
    recount_ward(ward_id=WARD)


@pytest.fixture
def land(ground):
    """Three places with a household on each of three streets, one in three covered, deputies in each."""
    deputies = []
    for place, group in zip(ground.places, ground.groups, strict=True):
        Household.objects.filter(neighbourhood=place).delete()
        for number, street in enumerate(STREETS):
            household = make.HouseholdFactory(neighbourhood=place, street=street, code=f"{number + 1}")
            person = make.PersonFactory(household=household)
            if number == 0:
                make.MembershipFactory(group=group, person=person)
        user = make.make_user()
        make.make_post(user, "group_deputy", capacity="neighbourhood_head", neighbourhood=place)
        deputies.append(user)
    counted()
    return SimpleNamespace(**vars(ground), deputies=deputies)


def merged(chief, places, main, name="Tổ dân phố hợp nhất 9"):
    return services.merge(
        actor=chief, neighbourhood_ids=[p.pk for p in places], main_id=main.pk, name=name, decision_no="7/QĐ-UBND"
    )


def parted(chief, place, streets=STREETS[:1]):
    return services.split(
        actor=chief,
        neighbourhood_id=place.pk,
        first_name="Tổ dân phố lập mới 71",
        second_name="Tổ dân phố lập mới 72",
        streets=streets,
        decision_no="8/QĐ-UBND",
    )


def test_merging_takes_households_officer_group_and_deputies_of_the_main_one(land, chief):
    first, third = land.places[0], land.places[2]
    outcome = merged(chief, [first, third], third)
    (place,) = outcome.places
    assert outcome.households[place.pk] == 6 and outcome.new_codes == 3
    assert OfficerArea.objects.get(neighbourhood=place).user == land.taker
    assert outcome.groups[place.pk] == land.groups[2].name and outcome.emptied_groups == [land.groups[0].name]
    now = timezone.now()
    held = Post.objects.filter(kind="group_deputy", neighbourhood=place, held__contains=now)
    assert [post.user for post in held] == [land.deputies[2]]
    assert outcome.ended_deputies == [land.deputies[0].get_full_name()]
    assert (outcome.covered_before, outcome.covered_after) == (2, 1)
    assert not neighbourhoods(WARD).filter(pk__in=[first.pk, third.pk]).exists()
    taken = land.groups[2].appointments.filter(role="neighbourhood_head", held__contains=now)
    assert [one.neighbourhood_id for one in taken] == [place.pk]


def test_splitting_leaves_both_parts_with_officer_and_group(land, chief):
    outcome = parted(chief, land.places[0])
    first, second = outcome.places
    assert (outcome.households[first.pk], outcome.households[second.pk]) == (2, 1)
    for place in outcome.places:
        assert OfficerArea.objects.get(neighbourhood=place).user == land.giver
        assert outcome.groups[place.pk] == land.groups[0].name
    assert outcome.covered_before == outcome.covered_after == 1 and outcome.emptied_groups == []
    seen = set(visible_neighbourhoods(land.giver_actor).values_list("pk", flat=True))
    assert {first.pk, second.pk} <= seen and land.places[0].pk not in seen


def test_a_preview_shows_what_happens_and_changes_nothing(land, chief):
    what = {
        "actor": chief,
        "neighbourhood_ids": [land.places[0].pk, land.places[1].pk],
        "main_id": land.places[0].pk,
        "name": "Tổ dân phố mới",
        "decision_no": "7/QĐ",
    }
    shown = services.preview(services.merge, **what)
    assert not Succession.objects.exists() and neighbourhoods(WARD).count() == 3
    done = services.merge(**what)
    assert list(shown.households.values()) == list(done.households.values())
    assert (shown.covered_after, shown.emptied_groups) == (done.covered_after, done.emptied_groups)


def test_what_stands_in_the_way_is_named_and_nothing_is_half_done(land, chief):
    with pytest.raises(DomainError):
        merged(chief, [land.places[0]], land.places[0])
    with pytest.raises(DomainError) as refusal:
        merged(chief, land.places[:2], land.places[0], name=land.places[2].name)
    assert refusal.value.field == "name"
    with pytest.raises(DomainError) as refusal:
        parted(chief, land.places[0], streets=STREETS)
    assert refusal.value.field == "streets"
    with pytest.raises(Refused):
        merged(land.giver_actor, land.places[:2], land.places[0])
    outcome = parted(chief, land.places[0])
    with pytest.raises(DomainError):
        merged(chief, [*outcome.places], outcome.places[0])
    assert Succession.objects.count() == 2


def test_an_open_handover_must_be_closed_first(land, chief):
    from tests.security.objects import row

    handover = row("groups.handover", WARD, from_user=land.giver, to_user=land.taker)
    row("groups.handoverarea", WARD, handover=handover, neighbourhood=land.places[0])
    with pytest.raises(DomainError, match="bàn giao"):
        parted(chief, land.places[0])


def test_open_reports_follow(land, chief):
    from tests.tips.factories import make_tip

    tip = make_tip()
    tip.neighbourhood = land.places[0]
    tip.save(update_fields=["neighbourhood"])
    outcome = parted(chief, land.places[0])
    tip.refresh_from_db()
    assert outcome.open_items == 1 and tip.neighbourhood == outcome.places[0]


def test_the_pages_preview_then_carry_out(land, chief, signed_in):
    client = signed_in(chief)
    url = reverse("groups:place-merge")
    typed = {
        "neighbourhoods": [land.places[0].pk, land.places[1].pk],
        "main": land.places[0].pk,
        "name": "Tổ dân phố lập mới 88",
        "decision_no": "5/QĐ-UBND",
    }
    page = client.post(url, typed)
    assert page.status_code == 200 and page.context["outcome"].covered_after == 1
    assert not Succession.objects.exists()
    seal = page.context["seal"]
    other = client.post(url, {**typed, "name": "Tổ dân phố lập mới 89", "confirmed": seal})
    assert other.status_code == 200 and other.context["seal"] != seal and not Succession.objects.exists()
    assert client.post(url, {**typed, "confirmed": seal}).status_code == 302
    assert neighbourhoods(WARD).filter(name="Tổ dân phố lập mới 88").exists()
    url = reverse("groups:place-split", args=[land.places[2].pk])
    typed = {
        "first_name": "Tổ dân phố lập mới 91",
        "second_name": "Tổ dân phố lập mới 92",
        "streets": [STREETS[1]],
        "decision_no": "6/QĐ",
    }
    page = client.post(url, typed)
    assert page.context["outcome"].households
    assert client.post(url, {**typed, "confirmed": page.context["seal"]}).status_code == 302
    page = client.get(reverse("groups:places")).content.decode()
    assert "Tổ dân phố lập mới 91" in page and "Tổ dân phố lập mới 88" in page


class Undone(Exception):
    pass


steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("split"), st.integers(0, 9), st.sets(st.sampled_from(STREETS), min_size=1, max_size=2)),
    ),
    min_size=1,
    max_size=5,
)


@given(history=steps)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_splits_and_merges_keep_totals_rights_and_history(land, chief, history):
    try:
        with transaction.atomic():
            run_through(land, chief, history)
            raise Undone
    except Undone:
        pass


def run_through(land, chief, history) -> None:
    start = timezone.now()
    past: dict[date, dict[int, int]] = {}
    members, officers = Membership.objects.filter(left_at=None).count(), {land.giver.pk, land.taker.pk}
    for number, (kind, one, other) in enumerate(history):
        with time_machine.travel(start + number * DAY, tick=False):
            past[timezone.localdate()] = dict(Household.objects.values_list("pk", "neighbourhood_id"))
            record_day(ward_id=WARD, day=timezone.localdate())
        with time_machine.travel(start + (number + 1) * DAY, tick=False):
            now = list(neighbourhoods(WARD).order_by("pk"))
            try:
                with transaction.atomic():
                    if kind == "merge":
                        pair = [now[one % len(now)], now[other % len(now)]]
                        merged(chief, pair, pair[0], name=f"Tổ dân phố lập mới {200 + number}")
                    else:
                        services.split(
                            actor=chief,
                            neighbourhood_id=now[one % len(now)].pk,
                            first_name=f"Tổ dân phố lập mới {300 + number}",
                            second_name=f"Tổ dân phố lập mới {400 + number}",
                            streets=other,
                            decision_no="1/QĐ",
                        )
            except DomainError:
                pass
            check_today(members, officers)
    with time_machine.travel(start + (len(history) + 1) * DAY, tick=False):
        check_history(chief, past)


def check_today(members: int, officers: set[int]) -> None:
    moment = timezone.now()
    places = set(neighbourhoods(WARD).values_list("pk", flat=True))
    assert set(Household.objects.values_list("neighbourhood_id", flat=True)) == places
    kept = {row.neighbourhood_id: (row.households, row.covered, row.people) for row in Coverage.objects.all()}
    assert sum(line[0] for line in kept.values()) == 9 and sum(line[2] for line in kept.values()) == 9
    counted()
    assert kept == {row.neighbourhood_id: (row.households, row.covered, row.people) for row in Coverage.objects.all()}
    assert Membership.objects.filter(left_at=None).count() == members
    for model in (OfficerArea, GroupNeighbourhood):
        held = list(model.objects.filter(held__contains=moment).values_list("neighbourhood_id", flat=True))
        assert sorted(held) == sorted(places)
    assert set(OfficerArea.objects.filter(held__contains=moment).values_list("user_id", flat=True)) <= officers
    posts = Post.objects.filter(kind="group_deputy", held__contains=moment)
    assert set(posts.values_list("neighbourhood_id", flat=True)) <= places


def check_history(chief, past: dict[date, dict[int, int]]) -> None:
    names = dict(Neighbourhood.objects.values_list("pk", "name"))
    for day, where in past.items():
        then = selectors.on_map_of_the_day(chief, day)
        assert {line.name: line.households for line in then} == {
            names[place]: list(where.values()).count(place) for place in set(where.values())
        }
        today = selectors.on_todays_map(chief, day)
        assert sum(line.households for line in today) == sum(line.households for line in then) == 9
        assert sum(line.covered for line in today) == sum(line.covered for line in then)
        for household, place in where.items():
            later = HouseholdMove.objects.filter(household=household, day__gt=day).order_by("day", "pk").first()
            held = later.before_id if later else Household.objects.get(pk=household).neighbourhood_id
            assert held == place


def test_todays_map_sums_what_was_merged_and_joins_what_was_split(land, chief):
    start = timezone.now()
    record_day(ward_id=WARD, day=timezone.localdate())
    day = timezone.localdate()
    with time_machine.travel(start + DAY):
        merged(chief, land.places[:2], land.places[0], name="Tổ dân phố lập mới 501")
        services.split(
            actor=chief,
            neighbourhood_id=land.places[2].pk,
            first_name="Tổ dân phố lập mới 502",
            second_name="Tổ dân phố lập mới 503",
            streets=[STREETS[0]],
            decision_no="1/QĐ",
        )
        lines = {line.name: line.households for line in selectors.on_todays_map(chief, day)}
        assert lines == {"Tổ dân phố lập mới 501": 6, "Tổ dân phố lập mới 502 + Tổ dân phố lập mới 503": 3}
        assert len(selectors.on_map_of_the_day(chief, day)) == 3

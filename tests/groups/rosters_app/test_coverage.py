"""Coverage: one definition, kept by the writes, always equal to a full recount."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from groups.models import Coverage, CoverageDay, GroupNeighbourhood, Household, Membership, Person, ZaloGroup
from groups.services import coverage
from tests import factories as make
from vikhe_portal.core.models import AuditEvent

COUNTS = ("households", "covered", "confirmed", "other_channel", "people", "members")


def counts(neighbourhood) -> dict[str, int]:
    return Coverage.objects.filter(neighbourhood=neighbourhood).values(*COUNTS).get()


@pytest.fixture
def place(ward):
    return make.NeighbourhoodFactory()


@pytest.fixture
def group(place):
    row = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=row, neighbourhood=place)
    return row


def joined_person(place, group, **fields):
    person = make.PersonFactory(household=make.HouseholdFactory(neighbourhood=place), **fields)
    make.MembershipFactory(group=group, person=person)
    return person


def test_a_household_with_one_member_is_covered(ward, place, group):
    person = joined_person(place, group)
    make.HouseholdFactory(neighbourhood=place)

    coverage.refresh_households(ward_id=ward.pk, household_ids=[person.household_id])

    person.household.refresh_from_db()
    assert person.household.covered_by == 1
    assert counts(place) | {"people": 0} == {
        "households": 2, "covered": 1, "confirmed": 0, "other_channel": 0, "people": 0, "members": 1,
    }  # fmt: skip


@pytest.mark.parametrize("change", ["deceased", "moved", "left", "archived", "served before", "group elsewhere"])
def test_only_living_members_of_a_current_group_of_the_neighbourhood_count(ward, place, group, change):
    person = joined_person(place, group)
    if change in ("deceased", "moved"):
        Person.objects.update(status=change)
    elif change == "left":
        Membership.objects.update(left_at=timezone.now())
    elif change == "archived":
        ZaloGroup.objects.update(status="archived")
    elif change == "served before":
        GroupNeighbourhood.objects.update(held=DateTimeTZRange(make.LONG_AGO, make.days_ago(1)))
    else:
        GroupNeighbourhood.objects.update(neighbourhood=make.NeighbourhoodFactory())

    coverage.recount_ward(ward_id=ward.pk)

    assert counts(place)["covered"] == 0
    assert Household.objects.get(pk=person.household_id).covered_by == 0


def test_a_confirmation_counts_for_the_days_the_ward_has_set(ward, place, group):
    for days in (89, 91):
        person = joined_person(place, group)
        Membership.objects.filter(person=person).update(confirmed_at=make.days_ago(days))

    coverage.recount_ward(ward_id=ward.pk)

    assert (counts(place)["covered"], counts(place)["confirmed"]) == (2, 1)


def test_another_channel_counts_only_where_nobody_has_joined(ward, place, group):
    person = joined_person(place, group)
    Household.objects.filter(pk=person.household_id).update(channel="sms")
    make.HouseholdFactory(neighbourhood=place, channel="neighbour")

    coverage.recount_ward(ward_id=ward.pk)

    assert counts(place)["other_channel"] == 1


def test_claims_become_memberships_when_the_group_stands(chief, ward, place):
    person = make.PersonFactory(household=make.HouseholdFactory(neighbourhood=place), claims_joined=True)
    make.PersonFactory(household=person.household, claims_joined=True, status="moved")
    make.PersonFactory(household=make.HouseholdFactory(), claims_joined=True)
    group = make.ZaloGroupFactory(status="proposed")
    make.GroupNeighbourhoodFactory(group=group, neighbourhood=place)

    assert coverage.attach_claimed_members(actor=chief, group=group) == 0
    group.status = "active"
    group.save()
    assert coverage.attach_claimed_members(actor=chief, group=group) == 1
    assert coverage.attach_claimed_members(actor=chief, group=group) == 0

    assert list(Membership.objects.values_list("person_id", "source")) == [(person.pk, "import")]
    assert counts(place)["covered"] == 1
    assert AuditEvent.objects.filter(action="groups.claims_attached").count() == 1


def test_the_coverage_of_a_day_is_kept_once(ward, place, group):
    joined_person(place, group)
    today = timezone.localdate()

    coverage.record_day(ward_id=ward.pk, day=today)
    joined_person(place, group)
    coverage.record_day(ward_id=ward.pk, day=today)

    day = CoverageDay.objects.get(neighbourhood=place)
    assert (day.households, day.covered, day.day) == (2, 2, today)


@pytest.mark.parametrize("seed", range(8))
def test_incremental_and_recount_are_equal_after_any_history(ward, seed):
    chance = random.Random(seed)
    places = [make.NeighbourhoodFactory() for _n in range(3)]
    groups = [make.ZaloGroupFactory() for _n in range(2)]
    for number, where in enumerate(places):
        make.GroupNeighbourhoodFactory(group=groups[number % 2], neighbourhood=where)
    homes = [make.HouseholdFactory(neighbourhood=chance.choice(places)) for _n in range(8)]
    people = [make.PersonFactory(household=chance.choice(homes)) for _n in range(16)]
    coverage.recount_ward(ward_id=ward.pk)
    for _step in range(40):
        person = Person.objects.get(pk=chance.choice(people).pk)
        action = chance.choice(["join", "leave", "confirm", "move", "return", "change house", "channel", "end house"])
        touched = [person.household_id]
        if action == "join":
            group = chance.choice(groups)
            if not Membership.objects.filter(person=person, group=group, left_at=None).exists():
                make.MembershipFactory(person=person, group=group)
        elif action == "leave":
            Membership.objects.filter(person=person).update(left_at=timezone.now())
        elif action == "confirm":
            Membership.objects.filter(person=person).update(
                confirmed_at=timezone.now() - timedelta(days=chance.choice([1, 200]))
            )
        elif action in ("move", "return"):
            Person.objects.filter(pk=person.pk).update(status="moved" if action == "move" else "current")
        elif action == "change house":
            home = chance.choice(homes)
            Person.objects.filter(pk=person.pk).update(household=home)
            touched.append(home.pk)
        elif action == "channel":
            Household.objects.filter(pk=person.household_id).update(channel=chance.choice(["", "sms"]))
        else:
            ended = chance.choice([None, timezone.now()])
            Household.objects.filter(pk=person.household_id).update(ended_at=ended)
        moment = timezone.now()
        coverage.refresh_households(ward_id=ward.pk, household_ids=touched, now=moment)
        kept = list(Coverage.objects.order_by("neighbourhood_id").values_list(*COUNTS))
        houses = list(Household.objects.order_by("id").values_list("covered_by", "people"))

        coverage.recount_ward(ward_id=ward.pk, now=moment)

        assert list(Coverage.objects.order_by("neighbourhood_id").values_list(*COUNTS)) == kept, action
        assert list(Household.objects.order_by("id").values_list("covered_by", "people")) == houses, action

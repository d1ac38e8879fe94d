"""Quiet hours and the posts a group may get in a week: kept, shown, and never in the way of an emergency."""

from __future__ import annotations

import threading
from datetime import datetime, time
from time import sleep

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.selectors import actor_for
from broadcasts.models import Broadcast, Delivery
from broadcasts.selectors.limits import full_groups, held_back, limits_history
from broadcasts.services import limits, planning, scheduling, writing
from tests.broadcasts.factories import approved, gone_out, make_group
from tests.factories import WARD_ID, make_post, make_user
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services
from wards.models import WardProfile

pytestmark = pytest.mark.django_db


def local(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def rules(chief):
    """Set the ward's numbers: rules(weekly_budget=1)."""

    def change(**fields):
        WardProfile.objects.filter(ward_id=chief.ward_id).update(**fields)

    change(quiet_from=time(21), quiet_to=time(6, 30))
    return change


@pytest.mark.parametrize(
    ("begin", "end", "at", "until"),
    [
        (time(21), time(6, 30), local(20, 59), None),
        (time(21), time(6, 30), local(21), local(6, 30, day=11)),
        (time(21), time(6, 30), local(6, 29), local(6, 30)),
        (time(21), time(6, 30), local(6, 30), None),
        (time(12), time(14), local(13), local(14)),
        (time(12), time(14), local(22), None),
        (time(0), time(0), local(0), None),
    ],
)
def test_quiet_hours_may_go_over_midnight(begin, end, at, until):
    profile = WardProfile(quiet_from=begin, quiet_to=end)
    assert profile.quiet_until(at) == until


def test_what_is_sent_out_at_night_is_planned_for_the_morning_and_a_chosen_night_hour_is_refused(
    chief, deputy_chief, rules
):
    with time_machine.travel(local(22, 15), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        with pytest.raises(DomainError, match="21:00.*06:30"):
            scheduling.schedule(actor=chief, broadcast=row, at=local(5, day=11))
        plan = scheduling.schedule(actor=chief, broadcast=row)
        assert plan.planned_at == local(6, 30, day=11)
        assert planning.plan_ward(ward_id=row.ward_id) == 0
    with time_machine.travel(local(6, 31, day=11), tick=False):
        assert planning.plan_ward(ward_id=row.ward_id) == 1


def test_the_page_says_that_it_waits_for_the_morning(chief, deputy_chief, rules, signed_in):
    with time_machine.travel(local(22, 15), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        page = signed_in(chief).post(f"/ban-tin/{row.uuid}/phat/", {"at": ""}, follow=True).content.decode()
    assert "06:30 11/03/2026" in page


def test_the_official_account_stops_when_the_quiet_hours_begin(chief, deputy_chief, rules):
    with time_machine.travel(local(20, 40), tick=False):
        gone_out(chief, deputy_chief, [make_group(chief)])
    assert Delivery.objects.get().deadline == local(21)


def test_a_group_that_had_its_posts_is_held_back_and_gets_the_rest_when_there_is_room(chief, deputy_chief, rules):
    rules(weekly_budget=1)
    busy, free = make_group(chief), make_group(chief)
    with time_machine.travel(local(9), tick=False):
        gone_out(chief, deputy_chief, [busy])
    with time_machine.travel(local(10), tick=False):
        row = approved(chief, deputy_chief, [busy, free])
        assert full_groups(row) == [busy.name]
        scheduling.schedule(actor=chief, broadcast=row)
        planning.plan_ward(ward_id=row.ward_id)
        states = dict(Delivery.objects.filter(broadcast=row).values_list("group_id", "state"))
        assert states == {busy.pk: "held_back", free.pk: "handed_to"}
        assert [(held.delivery.group_id, held.room_at) for held in held_back(chief)] == [(busy.pk, local(9, day=17))]
        assert limits.held_wards() == [chief.ward_id]
        assert limits.release_ward(ward_id=chief.ward_id) == 0
    with time_machine.travel(local(9, 30, day=17), tick=False):
        assert limits.release_ward(ward_id=chief.ward_id) == 1
        late = Delivery.objects.get(broadcast=row, group=busy)
        assert (late.state, late.not_before, late.holder_id) == ("handed_to", local(9, 30, day=17), chief.id)
        assert limits.release_ward(ward_id=chief.ward_id) == 0


def test_nothing_is_let_out_at_night_and_what_is_no_longer_valid_is_dropped(chief, deputy_chief, rules):
    rules(weekly_budget=1)
    group = make_group(chief)
    with time_machine.travel(local(20), tick=False):
        gone_out(chief, deputy_chief, [group])
        gone_out(chief, deputy_chief, [group])
        gone_out(chief, deputy_chief, [group], valid_until=local(9, day=16).date())
    kept, stale = Delivery.objects.filter(state="held_back").order_by("pk")
    with time_machine.travel(local(22, day=10), tick=False), pytest.raises(DomainError, match="06:30"):
        limits.let_out(actor=chief, delivery_id=kept.pk)
    rules(weekly_budget=2)
    with time_machine.travel(local(22, day=10), tick=False):
        assert limits.release_ward(ward_id=chief.ward_id) == 0
    with time_machine.travel(local(7, day=17), tick=False):
        assert limits.release_ward(ward_id=chief.ward_id) == 1
    states = [Delivery.objects.get(pk=row.pk).state for row in (kept, stale)]
    assert states == ["handed_to", "expired"]
    assert Broadcast.objects.get(pk=stale.broadcast_id).status == "done"


def test_emergencies_are_neither_held_back_nor_counted(chief, deputy_chief, rules):
    rules(weekly_budget=1)
    group = make_group(chief)
    with time_machine.travel(local(20), tick=False):
        alarm = gone_out(chief, deputy_chief, [group])
        Broadcast.objects.filter(pk=alarm.broadcast_id).update(emergency=True)
        gone_out(chief, deputy_chief, [group])
        third = approved(chief, deputy_chief, [group])
        scheduling.schedule(actor=chief, broadcast=third)
        Broadcast.objects.filter(pk=third.pk).update(emergency=True)
        planning.plan_ward(ward_id=third.ward_id)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"handed_to"}
    assert Delivery.objects.get(broadcast=third).deadline == local(22)


def test_the_management_team_lets_one_out_all_the_same_and_nobody_else(
    chief, deputy_chief, rules, signed_in, person_with_post
):
    rules(weekly_budget=1)
    group = make_group(chief)
    with time_machine.travel(local(9), tick=False):
        gone_out(chief, deputy_chief, [group])
        gone_out(chief, deputy_chief, [group])
        row = Delivery.objects.get(state="held_back")
        page = signed_in(chief).get("/ban-tin/giu-lai/").content.decode()
        assert group.name in page
        assert "09:00 17/03" in page
        officer = person_with_post("duty_officer")[1]
        assert signed_in(officer).post(f"/ban-tin/giu-lai/{row.pk}/").status_code == 403
        assert signed_in(chief).post(f"/ban-tin/giu-lai/{row.pk}/").status_code == 302
        row.refresh_from_db()
        assert row.state == "handed_to"
        with pytest.raises(DomainError):
            limits.let_out(actor=chief, delivery_id=row.pk)
        assert signed_in(chief).post("/ban-tin/giu-lai/999999999/").status_code == 404


def test_stopping_a_broadcast_calls_off_what_is_held_back(chief, deputy_chief, rules):
    rules(weekly_budget=1)
    group = make_group(chief)
    with time_machine.travel(local(9), tick=False):
        gone_out(chief, deputy_chief, [group])
        second = gone_out(chief, deputy_chief, [group])
        writing.stop(actor=chief, broadcast=second.broadcast, reason="Sai")
    assert Delivery.objects.get(broadcast=second.broadcast).state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_give_a_group_no_more_than_its_number():
    """The first has counted and not yet committed when the second counts."""
    ward_services.activate_ward(ward_id=WARD_ID, demonstration=True)
    people = [make_user(), make_user()]
    with ward_scope(WARD_ID):
        WardProfile.objects.filter(ward_id=WARD_ID).update(weekly_budget=1, quiet_from=time(0), quiet_to=time(0))
        for user, kind in zip(people, ("chief", "deputy_chief"), strict=True):
            make_post(user, kind)
        chief, deputy = (actor_for(user, WARD_ID) for user in people)
        group = make_group(chief)
        rows = [approved(chief, deputy, [group]) for _n in range(2)]
        plans = [scheduling.schedule(actor=chief, broadcast=row) for row in rows]
    counted, errors = threading.Event(), []

    def plan(occurrence, *, first):
        try:
            first or counted.wait(10)
            with ward_scope(WARD_ID):
                planning.fan_out(occurrence)
                if first:
                    counted.set()
                    sleep(0.4)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=plan, args=(row,), kwargs={"first": n == 0}) for n, row in enumerate(plans)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    with ward_scope(WARD_ID):
        assert sorted(Delivery.objects.values_list("state", flat=True)) == ["handed_to", "held_back"]


def test_the_chief_sets_hours_and_number_and_every_change_stays_on_the_page(chief, rules, signed_in, person_with_post):
    rules(weekly_budget=7)
    client = signed_in(chief)
    wanted = {"quiet_from": "20:00", "quiet_to": "07:00", "weekly_budget": "5"}
    page = client.post("/ban-tin/gio-yen-lang/", wanted, follow=True).content.decode()
    assert "21:00–06:30 → 20:00–07:00" in page
    assert "7 → 5" in page
    assert chief.user.get_full_name() in page
    profile = WardProfile.objects.get(ward_id=chief.ward_id)
    assert (profile.quiet_from, profile.quiet_to, profile.weekly_budget) == (time(20), time(7), 5)
    client.post("/ban-tin/gio-yen-lang/", wanted)
    assert len(limits_history(chief)) == 1  # the same values again are no change
    deputy = person_with_post("deputy_chief")[1]
    assert signed_in(deputy).get("/ban-tin/gio-yen-lang/").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weekly_budget": "51"}, "50"),
        ({"weekly_budget": "-1"}, "0"),
        ({"quiet_from": "06:31", "quiet_to": "06:30"}, "sáu giờ"),
        ({"quiet_from": "20:00", "quiet_to": "15:00"}, "sáu giờ"),
        ({"quiet_from": "25:00"}, "25:00"),
    ],
)
def test_limits_that_make_no_sense_are_refused_and_what_was_typed_stays(chief, rules, signed_in, wrong, words):
    data = {"quiet_from": "20:00", "quiet_to": "07:00", "weekly_budget": "5"} | wrong
    answer = signed_in(chief).post("/ban-tin/gio-yen-lang/", data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert all(f'value="{value}"' in page for value in data.values())
    assert WardProfile.objects.get(ward_id=chief.ward_id).quiet_from == time(21)


def test_what_was_planned_for_an_hour_that_became_quiet_goes_out_in_the_morning(chief, deputy_chief, rules):
    with time_machine.travel(local(12), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        plan = scheduling.schedule(actor=chief, broadcast=row, at=local(20, 30))
        limits.set_limits(actor=chief, quiet_from=time(20), quiet_to=time(7), weekly_budget=7)
    with time_machine.travel(local(20, 31), tick=False):
        assert planning.plan_ward(ward_id=row.ward_id) == 0
        plan.refresh_from_db()
        assert (plan.state, plan.planned_at) == ("planned", local(7, day=11))
    with time_machine.travel(local(7, 1, day=11), tick=False):
        assert planning.plan_ward(ward_id=row.ward_id) == 1


def test_a_raised_number_lets_out_what_waited(chief, deputy_chief, rules):
    rules(weekly_budget=1)
    group = make_group(chief)
    with time_machine.travel(local(9), tick=False):
        gone_out(chief, deputy_chief, [group])
        gone_out(chief, deputy_chief, [group])
        assert limits.release_ward(ward_id=chief.ward_id) == 0
        limits.set_limits(actor=chief, quiet_from=time(21), quiet_to=time(6, 30), weekly_budget=2)
        assert limits.release_ward(ward_id=chief.ward_id) == 1

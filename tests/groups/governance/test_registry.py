"""What the groups app offers to others: holdings, figures that open their rows, today's work, jobs."""

from __future__ import annotations

from datetime import date, timedelta

import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.selectors import actor_for
from groups import tasks_governance as tasks
from groups.models import HandoverItem, ZaloGroup
from groups.services import handover
from tests import factories as make
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import Period
from vikhe_portal.core.models import Heartbeat
from vikhe_portal.core.permissions import system_actor

TODAY = Period(date(2026, 1, 1), date(2026, 12, 31))


def value(key, actor):
    return figures.figure(key).value(actor, TODAY)


def planned(chief, ground, **changes):
    wanted = {"from_user": ground.giver, "to_user": ground.taker, "reason": "move", "decision_no": "12/QĐ"}
    ids = [place.pk for place in ground.places[:2]]
    return handover.plan_move(actor=chief, neighbourhood_ids=ids, **{**wanted, **changes})


def test_an_officer_holds_areas_and_groups_of_those_places_only(ward, ground):
    held = holdings.held_by(system_actor(ward.pk), ground.giver.pk, [ground.places[0].pk])
    own = {(item.kind, item.id) for item in held if item.kind.startswith("groups.")}
    assert own == {("groups.area", ground.places[0].pk), ("groups.led", ground.groups[0].pk)}
    everything = holdings.held_by(system_actor(ward.pk), ground.giver.pk)
    assert sum(1 for item in everything if item.kind == "groups.led") == 2


def test_moving_a_led_group_by_hand_changes_its_leader_once(ward, ground):
    system = system_actor(ward.pk)
    for _ in range(2):
        holdings.move(
            system,
            kind="groups.led",
            holding_id=ground.groups[0].pk,
            from_user_id=ground.giver.pk,
            to_user_id=ground.taker.pk,
            reason="thử",
        )
    held = ground.groups[0].appointments.filter(role="leader")
    assert held.get(held__contains=timezone.now()).user == ground.taker
    assert held.count() == 2


def test_the_figures_count_exactly_the_rows_of_their_pages(ward, chief, ground, signed_in):
    archived = make.ZaloGroupFactory(status=ZaloGroup.Status.ARCHIVED)
    for key, column in (("groups_active", 3), ("groups_in_breach", 3)):
        figure = figures.figure(key)
        assert figure.value(chief, TODAY) == column
        page = signed_in(chief).get(figure.rows_url(chief, TODAY))
        assert page.status_code == 200
        assert len(page.context["lines"]) == column
        assert archived.name not in page.content.decode()
    row = planned(chief, ground)
    assert value("handovers_open", chief) == 1
    page = signed_in(chief).get(figures.figure("handovers_open").rows_url(chief, TODAY))
    assert [one.pk for one in page.context["rows"]] == [row.pk]


def test_an_officer_counts_own_groups_only(ground):
    assert value("groups_active", ground.giver_actor) == 2
    assert value("groups_active", ground.taker_actor) == 1


def entry(key):
    return next(one for one in figures.today_entries() if one.key == key)


def test_today_shows_each_person_only_the_steps_that_are_theirs(ward, chief, ground, person_with_post):
    planned(chief, ground)
    kinds = {}
    for who in (ground.giver, ground.taker):
        kinds[who.pk] = len(entry("handover_steps").items(actor_for(who, ward.pk)))
    assert kinds[ground.giver.pk] == 2  # the notes on two groups
    assert kinds[ground.taker.pk] >= 6
    assert entry("handover_steps").items(person_with_post("area_officer")[1]) == []


def test_a_check_is_on_the_leaders_list_a_week_before_it_is_due(ward, ground):
    ZaloGroup.objects.filter(pk=ground.groups[0].pk).update(accepted_at=timezone.now() - timedelta(days=8))
    ZaloGroup.objects.filter(pk=ground.groups[1].pk).update(accepted_at=timezone.now())
    shown = entry("group_checks").items(actor_for(ground.giver, ward.pk))
    assert [one["url"] for one in shown] == [reverse("groups:group-check", args=[ground.groups[0].pk])]
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        late = entry("group_checks").items(actor_for(ground.giver, ward.pk))
    assert [one["tone"] for one in late] == ["bad", "bad"]


def test_the_menu_leads_only_where_one_may_go(chief, committee_member, ground, rf):
    def names(actor):
        request = rf.get("/")
        request.actor = actor
        return {one["url"] for one in navigation.entries_for(request)}

    own = {reverse(f"groups:{name}") for name in ("group-list", "plan", "board", "handovers")}
    assert own <= names(chief)
    assert names(ground.giver_actor) & own == {reverse("groups:group-list"), reverse("groups:handovers")}
    assert names(committee_member) & own == {reverse("groups:group-list")}


def test_a_plan_for_now_is_run_right_after_it_was_made(
    ward, chief, ground, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("vikhe_portal.core.jobs._send", lambda name, ids: sent.append((name, ids)))
    with django_capture_on_commit_callbacks(execute=True):
        planned(chief, ground)
    assert ("groups.run_handovers_of_ward", {"ward_id": ward.pk}) in sent


def test_the_job_of_the_ward_and_the_tick_move_what_is_due_and_doubled_runs_change_nothing(ward, chief, ground):
    planned(chief, ground)
    tasks.run_handovers_of_ward(ward_id=ward.pk)
    moved = list(HandoverItem.objects.order_by("pk").values_list("pk", "moved_at"))
    assert moved and all(at for _pk, at in moved)
    tasks.run_handovers()
    assert list(HandoverItem.objects.order_by("pk").values_list("pk", "moved_at")) == moved
    assert Heartbeat.objects.filter(name="groups.run_handovers").exists()


def red(actor):
    from groups.registry_governance import _red_groups

    return _red_groups(actor)


def test_the_chief_finds_leaderless_silent_and_unchecked_groups_in_the_work_of_today(chief, ground, signed_in):
    assert red(chief) == []
    ZaloGroup.objects.filter(pk=ground.groups[0].pk).update(last_post_at=make.days_ago(20))
    ground.groups[1].appointments.all().delete()
    ZaloGroup.objects.filter(pk=ground.groups[2].pk).update(accepted_at=make.days_ago(15), last_post_at=timezone.now())
    shown = {entry["url"]: entry for entry in red(chief)}
    silent, leaderless, unchecked = (shown[reverse("groups:group", args=[group.pk])] for group in ground.groups)
    assert "Chưa có bài" in silent["label"] or "ngày" in silent["label"]
    assert leaderless["tone"] == "bad" and unchecked["tone"] == "bad" and silent["tone"] == ""
    assert red(chief)[0]["tone"] == "bad" and len(shown) == 3
    page = signed_in(chief).get("/").content.decode()
    assert "Nhóm cần quan tâm" in page and silent["label"] in page
    assert "Nhóm cần quan tâm" not in signed_in(ground.giver_actor).get("/").content.decode()


def test_many_red_groups_end_in_one_line_that_opens_the_list(chief, ward):
    for _number in range(11):
        make.ZaloGroupFactory()
    entries = red(chief)
    assert len(entries) == 9 and entries[-1]["url"].endswith("?breach=1") and "3" in entries[-1]["label"]

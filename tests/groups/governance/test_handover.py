"""Handover: access by dates alone, items moved once, steps in their order, minutes that open, plans taken back."""

from __future__ import annotations

import io
import random
from datetime import timedelta

import docx
import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.selectors import actor_for
from groups.models import Appointment, GroupCheck, Handover, HandoverStep, OfficerArea
from groups.policies.visibility import visible_groups, visible_neighbourhoods
from groups.selectors import handover as selectors
from groups.selectors.groups import group_lines
from groups.services import appointments, handover, handover_steps
from groups.services.handover_running import run_due
from tests import factories as make
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent


def plan(chief, ground, places=None, **changes) -> Handover:
    wanted = {
        "from_user": ground.giver,
        "to_user": ground.taker,
        "neighbourhood_ids": [place.pk for place in (places or ground.places[:2])],
        "reason": "move",
        "decision_no": "12/QĐ-CAP",
    }
    return handover.plan_move(actor=chief, **{**wanted, **changes})


def leader_of(group, at=None) -> set:
    rows = Appointment.objects.filter(group=group, role="leader", held__contains=at or timezone.now())
    return set(rows.values_list("user_id", flat=True))


def sees(user, ward_id) -> set[int]:
    return set(visible_neighbourhoods(actor_for(user, ward_id)).values_list("pk", flat=True))


def steps_of(row) -> dict:
    return {(step.key, step.group_id): step for step in row.steps.all()}


def finish(row, ground, chief) -> Handover:
    """Every step of a handover in effect, by the right people."""
    run_due(ward_id=row.ward_id)
    giver, taker = (actor_for(user, row.ward_id) for user in (ground.giver, ground.taker))
    note = "Nhóm sinh hoạt tối thứ sáu hằng tuần."
    for step in row.steps.filter(key="briefing"):
        handover_steps.do_step(actor=giver, step=step, note=note)
    for step in row.steps.filter(key="key"):
        handover_steps.do_step(actor=chief, step=step)
    now = timezone.now()
    row.steps.filter(key="settings").update(done_at=now, done_by=ground.taker)
    for step in row.steps.filter(key="announcement"):
        handover_steps.do_step(actor=taker, step=step, note="Giới thiệu tại buổi họp tổ dân phố")
    handover_steps.do_step(actor=taker, step=row.steps.get(key="confirmed"))
    handover_steps.do_step(actor=chief, step=row.steps.get(key="witnessed"))
    return row


def test_at_once_the_taker_sees_everything_and_the_giver_nothing(ward, chief, ground):
    row = plan(chief, ground)
    moved = {place.pk for place in ground.places[:2]}
    assert sees(ground.giver, ward.pk) == set()
    assert sees(ground.taker, ward.pk) == {place.pk for place in ground.places}
    assert not visible_groups(actor_for(ground.giver, ward.pk)).exists()
    assert [leader_of(group) for group in ground.groups] == [{ground.taker.pk}] * 3
    assert {area.neighbourhood_id for area in row.areas.all()} == moved
    assert AuditEvent.objects.filter(action="groups.handover_planned", object_id=str(row.pk)).exists()


def test_access_switches_at_the_effective_minute_by_itself(ward, chief, ground):
    start = timezone.now() + timedelta(days=2)
    plan(chief, ground, effective_at=start)
    kept = {place.pk for place in ground.places[:2]}
    with time_machine.travel(start - timedelta(minutes=1), tick=False):
        assert sees(ground.giver, ward.pk) == kept
        assert sees(ground.taker, ward.pk) == {ground.places[2].pk}
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        assert sees(ground.giver, ward.pk) == set()
        assert sees(ground.taker, ward.pk) >= kept


def test_a_cover_goes_back_by_itself(ward, chief, ground):
    until = timezone.now() + timedelta(days=5)
    row = plan(chief, ground, reason="leave", until=until)
    assert leader_of(ground.groups[0]) == {ground.taker.pk}
    with time_machine.travel(until + timedelta(minutes=1), tick=False):
        run_due(ward_id=ward.pk)
        assert sees(ground.giver, ward.pk) == {place.pk for place in ground.places[:2]}
        assert leader_of(ground.groups[0]) == {ground.giver.pk}
    row.refresh_from_db()
    assert row.status == "closed" and row.returned_at is not None


def test_a_group_of_which_the_leader_keeps_a_neighbourhood_stays_with_them(ward, chief, ground):
    make.GroupNeighbourhoodFactory._meta.model.objects.filter(group=ground.groups[1]).update(group=ground.groups[0])
    row = plan(chief, ground, places=[ground.places[1]])
    run_due(ward_id=ward.pk)
    assert leader_of(ground.groups[0]) == {ground.giver.pk}
    assert not row.items.filter(kind="groups.led").exists()


def test_running_twice_moves_each_item_once(ward, chief, ground):
    row = plan(chief, ground)
    assert {item.kind for item in row.items.all()} >= {"groups.area", "groups.led"}
    assert run_due(ward_id=ward.pk) == row.items.count()
    assert run_due(ward_id=ward.pk) == 0
    assert not row.items.filter(moved_at__isnull=True).exists()


def test_a_plan_is_taken_back_without_a_trace_in_access(ward, chief, ground):
    before = list(OfficerArea.objects.order_by("pk").values_list("user_id", "neighbourhood_id", "held"))
    led = list(Appointment.objects.order_by("pk").values_list("user_id", "group_id", "held"))
    row = plan(chief, ground, effective_at=timezone.now() + timedelta(days=1))
    handover.take_back(actor=chief, handover=row, reason="Nhầm cán bộ")
    assert list(OfficerArea.objects.order_by("pk").values_list("user_id", "neighbourhood_id", "held")) == before
    assert list(Appointment.objects.order_by("pk").values_list("user_id", "group_id", "held")) == led
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_what_is_in_effect_cannot_be_taken_back(chief, ground):
    row = plan(chief, ground)
    with pytest.raises(DomainError):
        handover.take_back(actor=chief, handover=row, reason="muộn")


def test_a_plan_on_which_a_later_one_builds_is_not_taken_back(chief, ground, person_with_post):
    third = person_with_post("area_officer")[0]
    first = plan(chief, ground, effective_at=timezone.now() + timedelta(days=1))
    plan(chief, ground, from_user=ground.taker, to_user=third, effective_at=timezone.now() + timedelta(days=3))
    with pytest.raises(DomainError):
        handover.take_back(actor=chief, handover=first, reason="Nhầm")


@pytest.mark.parametrize(
    "change",
    [
        {"decision_no": "  "},
        {"neighbourhood_ids": []},
        {"reason": "leave"},
        {"until": timezone.now() + timedelta(days=900)},
    ],
)
def test_plans_that_cannot_be(chief, ground, change):
    with pytest.raises(DomainError):
        plan(chief, ground, **change)
    assert leader_of(ground.groups[0]) == {ground.giver.pk}


def test_one_does_not_move_what_the_giver_does_not_hold_nor_to_somebody_who_is_no_officer(chief, ground):
    with pytest.raises(DomainError):
        plan(chief, ground, places=[ground.places[2]])
    with pytest.raises(DomainError):
        plan(chief, ground, to_user=make.make_user())
    with pytest.raises(DomainError):
        plan(chief, ground, to_user=ground.giver)


def test_only_the_chief_moves_officers(ground, person_with_post):
    for kind in ("deputy_chief", "duty_officer", "committee_head", "area_officer"):
        with pytest.raises(PermissionDenied):
            plan(person_with_post(kind)[1], ground)


def test_steps_are_done_by_the_right_person_in_order(ward, chief, ground):
    row = plan(chief, ground)
    run_due(ward_id=ward.pk)
    giver, taker = (actor_for(user, ward.pk) for user in (ground.giver, ground.taker))
    steps = steps_of(row)
    with pytest.raises(DomainError):
        handover_steps.do_step(actor=taker, step=steps["confirmed", None])
    with pytest.raises(PermissionDenied):
        handover_steps.do_step(actor=giver, step=steps["confirmed", None])
    with pytest.raises(PermissionDenied):
        handover_steps.do_step(actor=taker, step=steps["witnessed", None])
    with pytest.raises(DomainError) as refusal:
        handover_steps.do_step(actor=taker, step=steps["key", ground.groups[0].pk])
    assert refusal.value.field == "picture"
    with pytest.raises(DomainError):
        handover_steps.number_minutes(actor=taker, handover=row)


def test_minutes_open_in_word_and_name_the_people_the_groups_and_the_number(ward, chief, ground):
    from groups.selectors.minutes import handover_minutes
    from vikhe_portal.core.documents import to_docx

    row = finish(plan(chief, ground), ground, chief)
    row = handover_steps.number_minutes(actor=chief, handover=row)
    number = row.minutes_number
    assert handover_steps.number_minutes(actor=chief, handover=row).minutes_number == number

    word = docx.Document(io.BytesIO(to_docx(handover_minutes(chief, row))))
    cells = [cell.text for table in word.tables for line in table.rows for cell in line.cells]
    text = "\n".join([paragraph.text for paragraph in word.paragraphs] + cells)
    for wanted in (
        ground.giver.full_name,
        ground.taker.full_name,
        chief.user.full_name,
        ground.groups[0].name,
        ground.groups[1].name,
        f"{number:02d}/BB-CAP",
        "12/QĐ-CAP",
    ):
        assert wanted in text, wanted

    assert handover_steps.close(actor=chief, handover=row).status == "closed"


def test_nobody_is_late_with_a_step_the_moment_a_plan_for_now_is_made(chief, ground):
    row = plan(chief, ground)
    late = row.steps.filter(done_at__isnull=True, due_at__lt=timezone.now() + timedelta(hours=23))
    assert not late.exists()


def test_briefing_notes_are_deleted_a_month_after_closing(ward, chief, ground):
    from groups.tasks_governance import purge

    row = finish(plan(chief, ground), ground, chief)
    handover_steps.number_minutes(actor=chief, handover=row)
    handover_steps.close(actor=chief, handover=row)
    notes = row.steps.filter(key="briefing").exclude(note="")
    for days, left in ((29, 2), (31, 0)):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            purge()
        assert notes.count() == left, days
    assert row.steps.filter(key="briefing", done_at__isnull=False).count() == 2


def test_closing_waits_for_every_step(chief, ground):
    row = plan(chief, ground)
    run_due(ward_id=row.ward_id)
    with pytest.raises(DomainError):
        handover_steps.close(actor=chief, handover=row)


def test_a_check_by_the_successor_ticks_the_settings_step(ward, chief, ground):
    from groups.services import checks

    row = plan(chief, ground)
    taker = actor_for(ground.taker, ward.pk)
    answers = {item["key"]: True for item in checks.checklist_today().items}
    check = checks.attest(actor=taker, group=ground.groups[0], answers=answers)
    step = HandoverStep.objects.get(handover=row, key="settings", group=ground.groups[0])
    assert step.done_at is None and not check.proven
    with pytest.raises(PermissionDenied):
        checks.confirm_check(actor=taker, check=check)
    checks.confirm_check(actor=chief, check=check)
    step.refresh_from_db()
    assert step.done_by == ground.taker
    assert GroupCheck.objects.get().score == 100


def test_overdue_steps_climb_to_the_chief_once(ward, chief, ground):
    from accounts.models import Notice

    plan(chief, ground)
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        run_due(ward_id=ward.pk)
        run_due(ward_id=ward.pk)
    assert Notice.objects.filter(kind="handover_overdue", user=chief.user).count() == 1


def test_the_preview_changes_nothing_and_names_what_changes(ward, chief, ground):
    shown = selectors.preview(
        chief,
        from_user_id=ground.giver.pk,
        to_user_id=ground.taker.pk,
        neighbourhood_ids=[ground.places[0].pk],
        at=timezone.now(),
    )
    assert [one["group"] for one in shown.leaders] == [ground.groups[0]]
    assert shown.leaders[0]["after"] == ground.taker
    assert Handover.objects.count() == 0 and leader_of(ground.groups[0]) == {ground.giver.pk}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_in_whatever_order_no_group_has_two_leaders_or_a_leaderless_one_unlisted(
    ward, chief, ground, person_with_post, seed
):
    dice = random.Random(seed)
    people = [ground.giver, ground.taker, person_with_post("area_officer")[0]]
    now = timezone.now()
    for _ in range(14):
        now += timedelta(hours=dice.randint(1, 60))
        with time_machine.travel(now, tick=False):
            act = dice.choice(["move", "move", "cover", "appoint", "back", "run"])
            taker = dice.choice(people)
            try:
                if act in ("move", "cover"):
                    giver = dice.choice(people)
                    held = OfficerArea.objects.filter(user=giver, held__contains=now)
                    later = now + timedelta(hours=dice.choice([0, 0, 30]))
                    cover = {"reason": "illness", "until": later + timedelta(hours=40)} if act == "cover" else {}
                    chosen = [area.neighbourhood_id for area in held if dice.random() < 0.7]
                    plan(chief, ground, from_user=giver, to_user=taker, neighbourhood_ids=chosen, effective_at=later,
                         **cover)  # fmt: skip
                elif act == "appoint":
                    appointments.appoint_leader(
                        actor=chief, group=dice.choice(ground.groups), user=taker, decision_no="9/QĐ"
                    )
                elif act == "back":
                    row = Handover.objects.filter(status="open").order_by("-pk").first()
                    if row is not None:
                        handover.take_back(actor=chief, handover=row, reason="thử")
                else:
                    run_due(ward_id=ward.pk)
            except DomainError:
                pass
            for moment in (now, now + timedelta(hours=35), now + timedelta(hours=90)):
                for group in ground.groups:
                    assert len(leader_of(group, moment)) <= 1
                for place in ground.places:
                    holders = OfficerArea.objects.filter(neighbourhood=place, held__contains=moment)
                    assert holders.count() == 1, (act, moment)
            for line in group_lines(chief):
                listed = "leaderless" in {one.key for one in line.breaches}
                assert listed == (not leader_of(line.group, now))

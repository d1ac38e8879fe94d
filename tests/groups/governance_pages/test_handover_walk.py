"""A handover: dates switch access, items move, steps are proven, minutes come out."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from docx import Document
from PIL import Image

from accounts.models import Notice
from groups.models import Appointment, Handover, HandoverStep, OfficerArea
from groups.selectors import handover as selectors
from groups.services import appointments, checks, handover, handover_running, handover_steps
from tests.factories import WARD_ID, NeighbourhoodFactory, make_post, make_user
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.holdings import Holding, Provider

DAY = timedelta(days=1)


def picture(shade: int = 0) -> bytes:
    """A new picture; another shade is another file."""
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 120, 90)).save(out, "PNG")
    return out.getvalue()


def plan(small, places, *, reason="move", when=None, until=None, giver=None, taker=None) -> Handover:
    return handover.plan_move(
        actor=small.chief,
        from_user=giver or small.first,
        to_user=taker or small.second,
        neighbourhood_ids=[place.pk for place in places],
        reason=reason,
        decision_no="15/QĐ-CAP",
        effective_at=when,
        until=until,
    )


def officer_of(place, at=None) -> int:
    return OfficerArea.objects.get(neighbourhood=place, held__contains=at or timezone.now()).user_id


def leader_of(group, at=None) -> int:
    return Appointment.objects.get(group=group, role="leader", held__contains=at or timezone.now()).user_id


def group_of(place):
    return place.served_by.get().group


@pytest.fixture
def work():
    """A kind of work that hangs on a person: what tips and broadcasts register in the same way."""
    held: dict[int, tuple[int, int]] = {}  # id → (user, neighbourhood)
    calls: list[int] = []

    def list_for(actor, user_id, neighbourhood_ids):
        wanted = None if neighbourhood_ids is None else set(neighbourhood_ids)
        return [
            Holding("test.work", key, f"V{key}", (place,), sensitive=key >= 900)
            for key, (user, place) in held.items()
            if user == user_id and (wanted is None or place in wanted)
        ]

    def move(*, actor, holding_id, from_user_id, to_user_id, reason):
        if holding_id == 13:
            raise DomainError("not now")
        calls.append(holding_id)
        held[holding_id] = (to_user_id, held[holding_id][1])

    holdings.register(Provider("test.work", "Work", list_for, move))
    yield held, calls
    del holdings._providers["test.work"]


def test_before_the_effective_moment_nothing_changes_and_after_it_everything(small, standing):
    when = timezone.now() + 2 * DAY
    plan(small, [small.places[2]], when=when)
    group = group_of(small.places[2])
    assert officer_of(small.places[2]) == leader_of(group) == small.first.pk
    assert officer_of(small.places[2], when - timedelta(seconds=1)) == small.first.pk
    assert officer_of(small.places[2], when) == leader_of(group, when) == small.second.pk
    assert officer_of(small.places[3], when) == small.first.pk


def test_access_switches_on_the_pages_at_the_minute_by_itself(small, standing, signed_in):
    when = timezone.now() + 2 * DAY
    plan(small, [small.places[2]], when=when)
    moved, kept = group_of(small.places[2]), group_of(small.places[3])
    household = small.places[2].households.first()
    pages = [reverse("groups:group", args=[moved.pk]), reverse("groups:household", args=[household.pk])]

    def states(user) -> list[int]:
        client = signed_in(small.actor(user))
        return [client.get(page).status_code for page in pages]

    with time_machine.travel(when - timedelta(seconds=30), tick=False):
        assert states(small.first) == [200, 200]
        assert states(small.second) == [404, 404]
    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        assert states(small.first) == [404, 404]
        assert states(small.second) == [200, 200]
        client = signed_in(small.actor(small.first))
        listed = client.get(reverse("groups:group-list")).content.decode()
        assert kept.name in listed and moved.name not in listed
        assert household.head_name not in client.get(reverse("groups:households")).content.decode()
        for name, body in (("group-edit", {}), ("group-check", {})):
            assert client.post(reverse(f"groups:{name}", args=[moved.pk]), body).status_code == 404


def test_the_giver_no_longer_sees_what_passed_on(small, standing, signed_in):
    row = plan(small, [small.places[2]], when=timezone.now() + DAY)
    url = reverse("groups:handover", args=[row.pk])
    before = signed_in(small.actor(small.first)).get(url)
    assert before.context["kinds"]
    with time_machine.travel(timezone.now() + 2 * DAY):
        after = signed_in(small.actor(small.first)).get(url)
        assert after.status_code == 200 and after.context["kinds"] is None
        assert signed_in(small.actor(small.second)).get(url).context["kinds"]


def test_a_stranger_does_not_know_of_the_handover(small, standing, signed_in, person_with_post):
    row = plan(small, [small.places[2]])
    third = person_with_post("area_officer")[1]
    assert signed_in(third).get(reverse("groups:handover", args=[row.pk])).status_code == 404


def test_work_moves_once_whatever_runs_again(small, standing, work):
    held, calls = work
    held.update({1: (small.first.pk, small.places[2].pk), 2: (small.first.pk, small.places[3].pk)})
    when = timezone.now() + DAY
    row = plan(small, [small.places[2]], when=when)
    handover_running.run_due(ward_id=WARD_ID)
    assert calls == []
    held[3] = (small.first.pk, small.places[2].pk)  # came in after the plan was made
    with time_machine.travel(when + timedelta(minutes=1)):
        handover_running.run_due(ward_id=WARD_ID)
        handover_running.run_due(ward_id=WARD_ID)
    assert sorted(calls) == [1, 3]
    assert held[2] == (small.first.pk, small.places[3].pk)
    assert not row.items.filter(moved_at__isnull=True).exists()


def test_an_item_that_refuses_keeps_its_reason_and_stops_neither_the_others_nor_is_it_forgotten(small, standing, work):
    held, calls = work
    held.update({13: (small.first.pk, small.places[2].pk), 14: (small.first.pk, small.places[2].pk)})
    row = plan(small, [small.places[2]])
    handover_running.run_due(ward_id=WARD_ID)
    assert calls == [14]
    item = row.items.get(object_id=13)
    assert item.moved_at is None and item.problem == "not now"
    with pytest.raises(DomainError):
        handover_steps.close(actor=small.chief, handover=row)


def test_protected_items_are_moved_without_their_label(small, standing, work):
    held, _calls = work
    held[901] = (small.first.pk, small.places[2].pk)
    row = plan(small, [small.places[2]])
    assert "901" not in row.items.get(object_id=901).label


def test_the_owner_key_needs_a_new_picture_of_the_successor(small, standing):
    row = plan(small, [small.places[2], small.places[3]])
    first, second = row.steps.filter(key="key")
    taker = small.actor(small.second)
    with pytest.raises(DomainError):
        handover_steps.do_step(actor=taker, step=first)
    handover_steps.do_step(actor=taker, step=first, picture=picture())
    with pytest.raises(DomainError) as refusal:
        handover_steps.do_step(actor=taker, step=second, picture=picture())
    assert refusal.value.code == "reused"


def test_each_step_belongs_to_its_person(small, standing, person_with_post):
    row = plan(small, [small.places[2]])
    giver, taker = small.actor(small.first), small.actor(small.second)
    steps = {step.key: step for step in row.steps.all()}
    for actor, key in (
        (giver, "key"),
        (giver, "confirmed"),
        (taker, "briefing"),
        (taker, "witnessed"),
        (small.chief, "confirmed"),
        (person_with_post("committee_member")[1], "briefing"),
    ):
        with pytest.raises(Refused):
            handover_steps.do_step(actor=actor, step=steps[key], note="Ghi chú đủ dài")


def test_notes_are_held_to_the_content_guard(small, standing):
    row = plan(small, [small.places[2]])
    step = row.steps.get(key="briefing")
    with pytest.raises(DomainError) as refusal:
        handover_steps.do_step(
            actor=small.actor(small.first), step=step, note="Gia đình anh Nam, điện thoại 0912345678, hay gây rối"
        )
    assert refusal.value.field == "note"


def walk(small, row) -> None:
    """Every step by the person it belongs to."""
    giver, taker = small.actor(small.first), small.actor(small.second)
    for step in row.steps.filter(key="briefing"):
        handover_steps.do_step(actor=giver, step=step, note="Nhóm hay hỏi về thủ tục cư trú buổi tối.")
    for shade, step in enumerate(row.steps.filter(key="key")):
        handover_steps.do_step(actor=taker, step=step, picture=picture(shade))
    for shade, step in enumerate(row.steps.filter(key="settings")):
        answers = {item["key"]: True for item in checks.checklist_today().items}
        checks.attest(actor=taker, group=step.group, answers=answers, picture=picture(100 + shade))
    for step in row.steps.filter(key="announcement"):
        handover_steps.do_step(actor=taker, step=step, note="Giới thiệu tại buổi họp tổ dân phố")
    handover_steps.do_step(actor=taker, step=row.steps.get(key="confirmed"))
    handover_steps.do_step(actor=small.chief, step=row.steps.get(key="witnessed"))


def test_a_handover_from_plan_to_closed_with_minutes(small, standing, signed_in):
    row = plan(small, [small.places[2], small.places[3]], reason="move")
    handover_running.run_due(ward_id=WARD_ID)
    with pytest.raises(DomainError):
        handover_steps.number_minutes(actor=small.chief, handover=row)
    walk(small, row)
    with pytest.raises(DomainError):
        handover_steps.close(actor=small.chief, handover=row)
    row = handover_steps.number_minutes(actor=small.chief, handover=row)
    assert row.minutes_number == 1
    assert handover_steps.number_minutes(actor=small.chief, handover=row).minutes_number == 1
    handover_steps.close(actor=small.chief, handover=row)
    row.refresh_from_db()
    assert row.status == "closed"
    for kind, mark in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = signed_in(small.chief).get(reverse("groups:handover-minutes", args=[row.pk, kind]))
        assert answer.content.startswith(mark)
    answer = signed_in(small.chief).get(reverse("groups:handover-minutes", args=[row.pk, "docx"]))
    document = Document(io.BytesIO(answer.content))
    text = "\n".join(p.text for p in document.paragraphs) + "\n".join(
        cell.text for table in document.tables for line in table.rows for cell in line.cells
    )
    for expected in (
        "01/BB-CAP",
        "Nguyễn Văn Giao",
        "Trần Văn Nhận",
        "15/QĐ-CAP",
        group_of(small.places[2]).name,
        "Người chứng kiến",
    ):
        assert expected in text
    assert "thủ tục cư trú" not in text  # briefing notes stay in the portal
    denied = signed_in(small.actor(small.first)).get(reverse("groups:handover-minutes", args=[row.pk, "docx"]))
    assert denied.status_code == 404


def test_confirming_waits_for_keys_and_for_every_item(small, standing, work):
    held, _calls = work
    held[13] = (small.first.pk, small.places[2].pk)
    row = plan(small, [small.places[2]])
    handover_running.run_due(ward_id=WARD_ID)
    taker, confirmed = small.actor(small.second), row.steps.get(key="confirmed")
    with pytest.raises(DomainError):
        handover_steps.do_step(actor=taker, step=confirmed)
    handover_steps.do_step(
        actor=small.actor(small.first), step=row.steps.get(key="briefing"), note="Nhóm hay hỏi về cư trú."
    )
    handover_steps.do_step(actor=taker, step=row.steps.get(key="key"), picture=picture())
    with pytest.raises(DomainError):  # one item still refuses to move
        handover_steps.do_step(actor=taker, step=confirmed)
    held[14] = held.pop(13)
    row.items.filter(object_id=13).delete()
    handover_running.run_due(ward_id=WARD_ID)
    assert handover_steps.do_step(actor=taker, step=confirmed).done_at


def test_steps_after_the_moment_cannot_be_done_before_it(small, standing):
    row = plan(small, [small.places[2]], when=timezone.now() + DAY)
    step = row.steps.get(key="key")
    with pytest.raises(DomainError):
        handover_steps.do_step(actor=small.actor(small.second), step=step, picture=picture())


def test_a_settings_step_is_not_ticked_by_the_givers_check(small, standing):
    row = plan(small, [small.places[2]], when=timezone.now() + DAY)
    answers = {item["key"]: True for item in checks.checklist_today().items}
    checks.attest(actor=small.actor(small.first), group=group_of(small.places[2]), answers=answers, picture=picture())
    assert row.steps.get(key="settings").done_at is None


def test_a_group_whose_leader_keeps_a_neighbourhood_stays_with_them(small, standing):
    row = plan(small, [small.places[0]])
    pair = group_of(small.places[0])
    assert leader_of(pair) == small.first.pk
    assert officer_of(small.places[0]) == small.second.pk
    handover_running.run_due(ward_id=WARD_ID)
    assert leader_of(pair) == small.first.pk
    assert not row.steps.filter(key="key").exists()


def test_taking_back_before_the_moment_leaves_no_trace_in_the_dates(small, standing):
    areas = sorted(OfficerArea.objects.values_list("id", "user_id", "held", "neighbourhood_id"))
    leaders = sorted(Appointment.objects.filter(role="leader").values_list("id", "user_id", "held", "group_id"))
    row = plan(small, [small.places[2], small.places[3]], when=timezone.now() + DAY)
    assert sorted(OfficerArea.objects.values_list("id", "user_id", "held", "neighbourhood_id")) != areas
    handover.take_back(actor=small.chief, handover=row, reason="nhầm")
    assert sorted(OfficerArea.objects.values_list("id", "user_id", "held", "neighbourhood_id")) == areas
    assert sorted(Appointment.objects.filter(role="leader").values_list("id", "user_id", "held", "group_id")) == leaders


def test_a_leaderless_groups_past_survives_taking_back(small, standing):
    group = group_of(small.places[2])
    long_past = Appointment.objects.get(group=group, role="leader")
    now = timezone.now()
    long_past.held = type(long_past.held)(now - 30 * DAY, now - 20 * DAY)
    long_past.save()
    row = plan(small, [small.places[2]], when=now + DAY)
    assert leader_of(group, now + 2 * DAY) == small.second.pk
    handover.take_back(actor=small.chief, handover=row, reason="nhầm")
    assert list(Appointment.objects.filter(group=group, role="leader").values_list("pk", flat=True)) == [long_past.pk]


def test_taking_back_after_the_moment_or_under_a_later_plan_is_refused(small, standing):
    done = plan(small, [small.places[3]])
    with pytest.raises(DomainError):
        handover.take_back(actor=small.chief, handover=done, reason="nhầm")
    first = plan(small, [small.places[2]], when=timezone.now() + DAY)
    later = plan(small, [small.places[2]], when=timezone.now() + 2 * DAY, giver=small.second, taker=small.first)
    with pytest.raises(DomainError):
        handover.take_back(actor=small.chief, handover=first, reason="nhầm")
    assert Handover.objects.get(pk=first.pk).status == "open"
    handover.take_back(actor=small.chief, handover=later, reason="nhầm")
    handover.take_back(actor=small.chief, handover=first, reason="nhầm")
    assert officer_of(small.places[2], timezone.now() + 3 * DAY) == small.first.pk


def test_cover_switches_there_and_back_and_gives_its_work_back(small, standing, work):
    held, _calls = work
    held[1] = (small.first.pk, small.places[2].pk)
    start, end = timezone.now() + DAY, timezone.now() + 8 * DAY
    row = plan(small, [small.places[2]], reason="leave", when=start, until=end)
    group = group_of(small.places[2])
    assert [leader_of(group, at) for at in (start - DAY / 2, start, end)] == [
        small.first.pk,
        small.second.pk,
        small.first.pk,
    ]
    with time_machine.travel(start + DAY):
        handover_running.run_due(ward_id=WARD_ID)
        assert held[1][0] == small.second.pk
    with time_machine.travel(end + timedelta(minutes=1)):
        handover_running.run_due(ward_id=WARD_ID)
        handover_running.run_due(ward_id=WARD_ID)
        assert held[1][0] == small.first.pk
        assert officer_of(small.places[2]) == small.first.pk
    row.refresh_from_db()
    assert row.status == "closed" and row.returned_at is not None


def test_overdue_steps_climb_to_the_chief_once(small, standing):
    plan(small, [small.places[2]])
    Notice.objects.all().delete()
    with time_machine.travel(timezone.now() + 10 * DAY):
        handover_running.run_due(ward_id=WARD_ID)
        handover_running.run_due(ward_id=WARD_ID)
    assert list(Notice.objects.values_list("user_id", "kind")) == [(small.chief.id, "handover_overdue")]
    assert HandoverStep.objects.filter(raised_at__isnull=False).count() == 7


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"taker": "first"}, "to_user"),
        ({"places": []}, "neighbourhoods"),
        ({"places": [4]}, "neighbourhoods"),
        ({"reason": "leave"}, "until"),
        ({"until": True}, "until"),
        ({"taker": "civilian"}, "to_user"),
        ({"decision": " "}, "decision_no"),
    ],
)
def test_plans_that_do_not_fit_are_refused_with_the_field(small, standing, change, field):
    takers = {"first": small.first, "civilian": make_user()}
    with pytest.raises(DomainError) as refusal:
        handover.plan_move(
            actor=small.chief,
            from_user=small.first,
            to_user=takers.get(change.get("taker", ""), small.second),
            neighbourhood_ids=[small.places[index].pk for index in change.get("places", [2])],
            reason=change.get("reason", "move"),
            decision_no=change.get("decision", "1/QĐ"),
            until=timezone.now() + DAY if change.get("until") else None,
        )
    assert refusal.value.field == field
    assert Handover.objects.count() == 0


def test_only_the_chief_plans_takes_back_and_closes(small, standing, person_with_post):
    row = plan(small, [small.places[2]], when=timezone.now() + DAY)
    for actor in (small.actor(small.first), person_with_post("deputy_chief")[1], person_with_post("committee_head")[1]):
        with pytest.raises(Refused):
            handover.plan_move(
                actor=actor,
                from_user=small.first,
                to_user=small.second,
                neighbourhood_ids=[small.places[3].pk],
                reason="move",
                decision_no="1/QĐ",
            )
        with pytest.raises(Refused):
            handover.take_back(actor=actor, handover=row, reason="không")
        with pytest.raises(Refused):
            handover_steps.close(actor=actor, handover=row)


def test_a_neighbourhood_without_officer_is_assigned_and_its_leaderless_group_gets_a_leader(small, standing):
    place = NeighbourhoodFactory(number=9, name="Tổ dân phố số 9")
    appointments.assign_area(actor=small.chief, user=small.second, neighbourhood_ids=[place.pk], decision_no="3/QĐ")
    assert officer_of(place) == small.second.pk
    with pytest.raises(DomainError):
        appointments.assign_area(actor=small.chief, user=small.first, neighbourhood_ids=[place.pk], decision_no="3/QĐ")


def test_the_board_previews_before_anything_changes(small, standing, signed_in):
    client = signed_in(small.chief)
    assert client.get(reverse("groups:board")).status_code == 200
    url = reverse("groups:move", args=[small.first.pk])
    asked = {
        "neighbourhoods": [small.places[2].pk],
        "to_user": small.second.pk,
        "reason": "move",
        "decision_no": "15/QĐ-CAP",
    }
    answer = client.post(url, asked)
    assert answer.status_code == 200 and Handover.objects.count() == 0
    shown = answer.context["preview"]
    assert [one["group"] for one in shown.leaders] == [group_of(small.places[2])]
    assert [(one["before"], one["after"]) for one in shown.balance] == [(34, 22), (12, 24)]
    assert {item["kind"] for item in shown.items} == {"groups.area", "groups.led"}
    for wrong, field in (({"reason": "leave"}, "until"), ({"until": "2031-01-01T08:00"}, "until")):
        answer = client.post(url, {**asked, **wrong})  # refused before it is shown, not after
        assert answer.status_code == 422 and field in answer.context["form"].errors
    answer = client.post(url, {**asked, "confirm": "1"})
    row = Handover.objects.get()
    assert answer["Location"] == reverse("groups:handover", args=[row.pk])
    assert client.get(answer["Location"]).status_code == 200


def test_the_list_of_handovers_opens_the_figure(small, standing, signed_in, person_with_post):
    from vikhe_portal.core import figures

    plan(small, [small.places[2]], when=timezone.now() + DAY)
    for actor in (small.chief, small.actor(small.first), person_with_post("area_officer")[1]):
        figure = figures.figure("handovers_open")
        rows = signed_in(actor).get(figure.rows_url(actor, None)).context["rows"]
        assert figure.value(actor, None) == len(rows)


def test_an_officer_finds_the_steps_on_todays_page(small, standing):
    from vikhe_portal.core import figures

    plan(small, [small.places[2]])
    entry = next(entry for entry in figures.today_entries() if entry.key == "handover_steps")
    assert len(entry.items(small.actor(small.first))) == 1  # briefing
    assert len(entry.items(small.actor(small.second))) == 5
    assert entry.items(small.actor(make_user())) == []


@pytest.mark.parametrize("number", [1, 8])
def test_the_handover_page_costs_the_same_for_any_number_of_steps(
    small, standing, signed_in, assert_queries, number, work
):
    held, _calls = work
    for key in range(100, 100 + number * 3):
        held[key] = (small.first.pk, small.places[2].pk)
    row = plan(small, [small.places[2], small.places[3]][: 1 if number == 1 else 2])
    client = signed_in(small.chief)
    with assert_queries("groups:handover"):
        client.get(reverse("groups:handover", args=[row.pk]))


def test_a_person_of_another_ward_finds_nothing(small, standing, other_ward, signed_in):
    row = plan(small, [small.places[2]])
    stranger = make_user()
    make_post(stranger, "chief", ward_id=other_ward.pk)
    from accounts.selectors import actor_for

    client = signed_in(actor_for(stranger, other_ward.pk))
    assert client.get(reverse("groups:handover", args=[row.pk])).status_code == 404
    assert client.get(reverse("groups:move", args=[small.first.pk])).status_code == 404
    assert client.get(reverse("groups:group", args=[standing[0].pk])).status_code == 404
    assert selectors.board(small.chief)

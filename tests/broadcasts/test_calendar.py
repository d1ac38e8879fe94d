"""Repeating by rule, the editorial calendar, and moving what is planned."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from broadcasts.models import Broadcast, Delivery, Occurrence
from broadcasts.selectors.calendar import subjects
from broadcasts.selectors.recurring import in_words, rule_of, times_of
from broadcasts.services import cards, planning, scheduling, writing
from tests.broadcasts.factories import approved, draft, gone_out, make_group
from vikhe_portal.core.errors import DomainError, Refused
from wards.models import WardProfile

pytestmark = pytest.mark.django_db


def local(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), timezone.get_default_timezone())


def days_of(repeat: str, first: date, until: date) -> list[str]:
    rule = rule_of(repeat, local(first, 20), until)
    moments = [timezone.localtime(moment) for moment in times_of(rule, local(first, 20))]
    assert {(moment.hour, moment.minute) for moment in moments} == {(20, 0)}
    return [f"{moment:%d/%m}" for moment in moments]


@pytest.mark.parametrize(
    ("repeat", "first", "until", "days"),
    [
        ("daily", date(2026, 2, 27), date(2026, 3, 2), ["27/02", "28/02", "01/03", "02/03"]),
        ("weekly", date(2026, 3, 10), date(2026, 3, 24), ["10/03", "17/03", "24/03"]),
        ("fortnightly", date(2026, 3, 10), date(2026, 4, 6), ["10/03", "24/03"]),
        ("monthly", date(2026, 1, 31), date(2026, 4, 30), ["31/01", "28/02", "31/03", "30/04"]),
        ("monthly", date(2026, 1, 29), date(2026, 3, 31), ["29/01", "28/02", "29/03"]),
        ("monthly", date(2026, 1, 5), date(2026, 3, 5), ["05/01", "05/02", "05/03"]),
        ("nth", date(2026, 3, 10), date(2026, 5, 31), ["10/03", "14/04", "12/05"]),
        ("nth", date(2026, 3, 31), date(2026, 5, 31), ["31/03", "28/04", "26/05"]),
    ],
)
def test_rules_give_the_days_people_expect(repeat, first, until, days):
    assert days_of(repeat, first, until) == days


def test_a_rule_is_said_in_words():
    first = local(date(2026, 3, 10), 20)
    assert (
        in_words(rule_of("weekly", first, date(2026, 5, 31)), first) == "hằng tuần vào Thứ 3 lúc 20:00, đến 31/05/2026"
    )
    assert "Thứ 3 cuối cùng" in in_words(
        rule_of("nth", local(date(2026, 3, 31)), date(2026, 5, 31)), local(date(2026, 3, 31))
    )


def test_a_repeated_broadcast_goes_out_each_time_once_with_deliveries_of_its_own(chief, deputy_chief):
    start = date(2026, 3, 10)
    with time_machine.travel(local(start, 8), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        scheduling.schedule(
            actor=chief, broadcast=row, at=local(start), repeat="weekly", until=start + timedelta(days=14)
        )
    assert Occurrence.objects.count() == 3
    codes = set()
    for week in range(3):
        with time_machine.travel(local(start + timedelta(days=7 * week), 9, 1), tick=False):
            assert planning.plan_ward(ward_id=row.ward_id) == 1
            assert planning.plan_ward(ward_id=row.ward_id) == 0
            row.refresh_from_db()
            assert row.status == "delivering"
            card = Delivery.objects.get(state="handed_to")
            codes.add(card.code)
            cards.mark_posted(actor=chief, delivery_id=card.pk, kind="code", code=card.full_code)
            row.refresh_from_db()
            assert row.status == ("done" if week == 2 else "scheduled")
    assert len(codes) == 3


def test_a_missed_time_does_not_end_the_others(chief, deputy_chief):
    start = date(2026, 3, 10)
    with time_machine.travel(local(start, 8), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        scheduling.schedule(
            actor=chief, broadcast=row, at=local(start), repeat="daily", until=start + timedelta(days=1)
        )
    with time_machine.travel(local(start, 12), tick=False):
        planning.plan_ward(ward_id=row.ward_id)
    row.refresh_from_db()
    assert row.status == "scheduled"
    with time_machine.travel(local(start + timedelta(days=1), 9, 1), tick=False):
        assert planning.plan_ward(ward_id=row.ward_id) == 1


def test_stopping_calls_off_all_times_to_come(chief, deputy_chief):
    with time_machine.travel(local(date(2026, 3, 10), 8), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        scheduling.schedule(
            actor=chief, broadcast=row, at=local(date(2026, 3, 10)), repeat="daily", until=date(2026, 3, 20)
        )
        writing.stop(actor=chief, broadcast=row, reason="Sai")
    assert set(Occurrence.objects.values_list("state", flat=True)) == {"stopped"}


@pytest.mark.parametrize(
    ("repeat", "until", "words"),
    [
        ("daily", None, "ngày kết thúc"),
        ("daily", date(2027, 6, 1), "ngày kết thúc"),
        ("daily", date(2026, 6, 1), "60 lần"),
        ("weekly", date(2026, 3, 12), "chỉ phát một lần"),
    ],
)
def test_repeats_without_sense_are_refused_and_nothing_is_planned(chief, deputy_chief, repeat, until, words):
    with time_machine.travel(local(date(2026, 3, 10), 8), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)])
        with pytest.raises(DomainError, match=words):
            scheduling.schedule(actor=chief, broadcast=row, at=local(date(2026, 3, 10)), repeat=repeat, until=until)
    assert not Occurrence.objects.exists()


def test_nothing_is_repeated_beyond_its_validity(chief, deputy_chief):
    with time_machine.travel(local(date(2026, 3, 10), 8), tick=False):
        row = approved(chief, deputy_chief, [make_group(chief)], valid_until=date(2026, 3, 11))
        scheduling.schedule(
            actor=chief, broadcast=row, at=local(date(2026, 3, 10)), repeat="daily", until=date(2026, 3, 20)
        )
    assert Occurrence.objects.count() == 2


def planned(chief, deputy_chief, **fields):
    row = approved(chief, deputy_chief, [make_group(chief)], **fields)
    return scheduling.schedule(actor=chief, broadcast=row, at=timezone.now() + timedelta(days=2))


def test_a_day_dragged_to_keeps_the_hour(chief, deputy_chief, signed_in):
    with time_machine.travel(local(date(2026, 3, 10), 9, 15), tick=False):
        plan = planned(chief, deputy_chief)
        page = signed_in(chief).get("/ban-tin/lich/?ngay=2026-03-01").content.decode()
        assert f'data-move="/ban-tin/lich/{plan.pk}/doi/"' in page
        answer = signed_in(chief).post(f"/ban-tin/lich/{plan.pk}/doi/", {"day": "2026-03-20"})
        assert answer.status_code == 302
        plan.refresh_from_db()
        assert plan.planned_at == local(date(2026, 3, 20), 9, 15)


def test_the_form_moves_to_the_minute_and_refuses_what_cannot_be(chief, deputy_chief, signed_in):
    with time_machine.travel(local(date(2026, 3, 10), 9, 15), tick=False):
        plan = planned(chief, deputy_chief)
        WardProfile.objects.filter(ward_id=chief.ward_id).update(quiet_from=time(21), quiet_to=time(6, 30))
        client, address = signed_in(chief), f"/ban-tin/lich/{plan.pk}/doi/"
        for wrong in ("2026-03-11T22:00", "2026-03-09T09:00", "2026-06-09T09:00", "hôm nào"):
            answer = client.post(address, {"at": wrong})
            assert answer.status_code == 422, wrong
            assert f'value="{wrong}"' in answer.content.decode()
        assert client.post(address, {"at": "2026-03-11T10:30"}).status_code == 302
        plan.refresh_from_db()
        assert plan.planned_at == local(date(2026, 3, 11), 10, 30)


def test_what_has_gone_out_is_not_moved_and_nobody_moves_what_others_wrote(
    chief, deputy_chief, person_with_post, signed_in
):
    plan = gone_out(chief, deputy_chief, [make_group(chief)])
    with pytest.raises(DomainError, match="không dời"):
        scheduling.move_plan(actor=chief, occurrence=plan, at=timezone.now() + timedelta(days=1))
    other = planned(chief, deputy_chief)
    duty = person_with_post("duty_officer")[1]
    with pytest.raises(Refused):
        scheduling.move_plan(actor=duty, occurrence=other, at=timezone.now() + timedelta(days=1))
    page = signed_in(duty).get(f"/ban-tin/lich/?ngay={timezone.localdate(other.planned_at)}").content.decode()
    assert other.broadcast.title in page
    assert "draggable" not in page


def test_a_subject_without_a_post_for_a_month_is_called_neglected(chief, deputy_chief):
    with time_machine.travel(local(date(2026, 3, 10)), tick=False):
        gone_out(chief, deputy_chief, [make_group(chief)])
        state = {row.category.key: row.neglected for row in subjects(chief)}
        assert (state["security"], state["procedures"]) == (False, True)
    with time_machine.travel(local(date(2026, 4, 15)), tick=False):
        assert {row.category.key: row.neglected for row in subjects(chief)}["security"]
        planned(chief, deputy_chief)
        assert not {row.category.key: row.neglected for row in subjects(chief)}["security"]


@pytest.mark.parametrize("query", ["", "?xem=tuan", "?ngay=2026-02-30", "?ngay=0001-01-01", "?ngay=x&xem=tuan"])
def test_the_calendar_opens_whatever_the_address_says(chief, signed_in, query):
    assert signed_in(chief).get(f"/ban-tin/lich/{query}").status_code == 200


def test_an_approved_text_without_a_time_is_named_beside_the_calendar(chief, deputy_chief, signed_in):
    row = approved(chief, deputy_chief, [make_group(chief)], title="Chưa có giờ")
    writing.write(actor=chief, draft=draft([make_group(chief)], title="Còn nháp"))
    page = signed_in(chief).get("/ban-tin/lich/").content.decode()
    assert f"/ban-tin/{row.uuid}/phat/" in page
    assert "Còn nháp" not in page
    assert Broadcast.objects.filter(status="approved").count() == 1

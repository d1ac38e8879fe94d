"""The duty roster: who is called first, who is called after, shifts laid and taken over; an alert ends at somebody."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Absence, Alert, DutyShift, Notice, Post
from accounts.selectors import duty
from accounts.services import alerts
from accounts.services import duty as services
from tests.tips.factories import make_tip
from tips.models import Tip
from tips.services import reading, ticking
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=15)


@pytest.fixture
def deputy_chief(person_with_post):
    return person_with_post("deputy_chief")[1]


@pytest.fixture
def other_duty(person_with_post):
    return person_with_post("duty_officer")[1]


def shift(actor, start: float = -1, end: float = 9, **fields) -> DutyShift:
    """A shift from so many hours from now to so many."""
    now = timezone.now()
    held = DateTimeTZRange(now + timedelta(hours=start), now + timedelta(hours=end))
    return DutyShift.objects.create(ward_id=actor.ward_id, user=actor.user, held=held, **fields)


def called() -> list[int]:
    """Who was alerted, in order."""
    return list(Notice.objects.filter(alert__isnull=False).order_by("id").values_list("user_id", flat=True))


def wait(ward, times: int = 1) -> None:
    """Let the minutes of the present rung pass."""
    for _i in range(times):
        Alert.objects.filter(next_at__isnull=False).update(next_at=timezone.now() - timedelta(seconds=1))
        alerts.climb(ward_id=ward.pk)


def test_a_new_report_calls_who_stands_the_shift_and_not_everyone_of_that_post(ward, duty_officer, other_duty):
    shift(other_duty, taken_at=timezone.now())
    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    assert called() == [other_duty.id]


def test_who_stands_the_shift_but_is_away_is_replaced_by_the_others_of_the_post(ward, duty_officer, other_duty):
    row = shift(other_duty, taken_at=timezone.now())
    Absence.objects.create(ward=ward, user=other_duty.user, away=row.held)
    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    assert called() == [duty_officer.id]


def test_until_the_shift_is_taken_over_the_one_before_is_called_too(ward, duty_officer, other_duty):
    shift(duty_officer, -25, -1, taken_at=timezone.now() - timedelta(hours=25))
    row = shift(other_duty, -1, 23)
    assert duty.on_shift(ward.pk, timezone.now())["duty"] == {duty_officer.id, other_duty.id}
    services.take_over(actor=other_duty, shift=row)
    assert duty.on_shift(ward.pk, timezone.now())["duty"] == {other_duty.id}


def test_an_alert_nobody_takes_goes_up_person_by_person_and_ends(
    ward, area_officer, duty_officer, deputy_chief, chief, person_with_post
):
    head, second = person_with_post("committee_head")[1], person_with_post("deputy_chief")[1]
    shift(duty_officer, taken_at=timezone.now())
    shift(second, kind="command")
    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    alerts.climb(ward_id=ward.pk)
    assert called() == [duty_officer.id]  # its minutes are not over
    wait(ward, 3)
    assert called() == [duty_officer.id, second.id, chief.id, head.id]
    wait(ward, 2)
    assert called() == [duty_officer.id, second.id, chief.id, head.id]
    assert Alert.objects.get().next_at is None


@pytest.mark.parametrize("how", ["the button", "reading it", "it is in hand"])
def test_an_alert_stops_when_somebody_has_it(ward, duty_officer, chief, signed_in, how):
    tip = make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    if how == "the button":
        notice = Notice.objects.get(user=duty_officer.user)
        answer = signed_in(duty_officer).post(reverse("accounts:notice-take", args=[notice.pk]))
        assert answer["Location"] == f"/tin-bao/{tip.uuid}/"
        assert Alert.objects.get().taken_by_id == duty_officer.id
    elif how == "reading it":
        reading.open_tip(actor=duty_officer, uuid=tip.uuid)
        assert Alert.objects.get().taken_by_id == duty_officer.id
    else:
        Tip.objects.filter(pk=tip.pk).update(status="assigned", assignee=duty_officer.user)
    wait(ward, 2)
    assert called() == [duty_officer.id]


def test_nobody_takes_a_notice_of_somebody_else(ward, duty_officer, chief, signed_in):
    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    notice = Notice.objects.get(user=duty_officer.user)
    assert signed_in(chief).post(reverse("accounts:notice-take", args=[notice.pk])).status_code == 404
    assert Alert.objects.get().taken_at is None


def test_a_report_that_turns_out_to_concern_an_officer_never_climbs_to_them(ward, duty_officer, deputy_chief, chief):
    from tips.services import deciding

    tip = make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    deciding.name_subjects(actor=duty_officer, tip=tip, users=[deputy_chief.user], reason="x")
    wait(ward, 3)
    assert deputy_chief.id not in called()


def test_announcing_twice_calls_once(ward, duty_officer):
    tip = make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    Tip.objects.filter(pk=tip.pk).update(announced_at=None)
    ticking.announce_ward(ward_id=ward.pk)
    assert called() == [duty_officer.id]


LADDER_POSTS = ("duty_officer", "duty_officer", "deputy_chief", "deputy_chief", "chief", "committee_head")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    present=st.lists(st.booleans(), min_size=6, max_size=6),
    on_duty=st.integers(-1, 1),
    in_command=st.integers(2, 4),
    taken=st.booleans(),
)
def test_the_ladder_calls_everyone_reachable_in_its_order_whoever_is_away(
    ward, people_of_the_ladder, present, on_duty, in_command, taken
):
    from django.db import transaction

    with transaction.atomic():
        now, people = timezone.now(), people_of_the_ladder
        away = DateTimeTZRange(now - timedelta(days=1), now + timedelta(days=1))
        for actor, here in zip(people, present, strict=True):
            if not here:
                Absence.objects.create(ward=ward, user=actor.user, away=away)
        if on_duty >= 0:
            shift(people[on_duty], taken_at=now if taken else None)
        shift(people[in_command], kind="command")
        make_tip()
        ticking.announce_ward(ward_id=ward.pk)
        wait(ward, 8)
        order = [[actor.id for actor in people].index(pk) for pk in called()]
        reachable = [number for number, here in enumerate(present) if here]
        assert set(order) <= set(reachable)
        assert bool(order) == bool(reachable)  # it ends at somebody whenever anybody can be reached
        ranks = [LADDER_POSTS.index(LADDER_POSTS[number]) for number in order]
        assert ranks == sorted(ranks)
        for post in set(LADDER_POSTS):  # no rung is passed over that has somebody
            here = {number for number in reachable if LADDER_POSTS[number] == post}
            assert not here or here & set(order)
        transaction.set_rollback(True)


@pytest.fixture
def people_of_the_ladder(ward, person_with_post):
    return [person_with_post(kind)[1] for kind in LADDER_POSTS]


def test_a_shift_nobody_takes_over_calls_its_holder_then_the_one_before_then_the_commander(
    ward, duty_officer, other_duty, deputy_chief, chief
):
    shift(duty_officer, -24, -0.1, taken_at=timezone.now())
    row = shift(other_duty, -0.1, 24)
    assert services.call_to_take_over(ward_id=ward.pk) == 1
    assert services.call_to_take_over(ward_id=ward.pk) == 0
    wait(ward, 2)
    assert called() == [other_duty.id, duty_officer.id, deputy_chief.id]
    services.take_over(actor=other_duty, shift=row)
    assert Alert.objects.get().taken_by_id == other_duty.id
    wait(ward)
    assert len(called()) == 3


def lay(chief, people, **fields):
    values = {"kind": "duty", "first": timezone.localdate() + timedelta(days=1), "begins": time(7, 30), "hours": 12}
    values["last"] = values["first"] + timedelta(days=1)
    return services.lay_roster(actor=chief, people=[one.user for one in people], **{**values, **fields})


def test_shifts_are_laid_in_turn_without_a_gap(ward, chief, duty_officer, other_duty):
    rows = lay(chief, [duty_officer, other_duty])
    assert [row.user_id for row in rows] == [duty_officer.id, other_duty.id] * 2
    assert all(one.held.upper == two.held.lower for one, two in zip(rows, rows[1:], strict=False))
    assert duty.gaps(ward.pk, rows[0].held.lower, rows[-1].held.upper) == []
    start, end = rows[0].held.lower, rows[-1].held.upper
    rows[1].delete()
    assert duty.gaps(ward.pk, start, end + timedelta(hours=1)) == [
        (rows[0].held.upper, rows[2].held.lower),
        (end, end + timedelta(hours=1)),
    ]


def test_nothing_is_laid_when_one_shift_cannot_stand(ward, chief, duty_officer, area_officer, other_duty):
    with pytest.raises(DomainError) as refusal:
        lay(chief, [duty_officer, area_officer])
    assert refusal.value.field == "people" and area_officer.user.full_name in str(refusal.value.message)
    tomorrow = timezone.now() + timedelta(days=1)
    away = DateTimeTZRange(tomorrow, tomorrow + timedelta(days=3))
    Absence.objects.create(ward=ward, user=other_duty.user, away=away)
    with pytest.raises(DomainError):
        lay(chief, [duty_officer, other_duty])
    with pytest.raises(DomainError):
        lay(chief, [duty_officer], last=date(2020, 1, 1))
    assert DutyShift.objects.count() == 0
    rows = lay(chief, [duty_officer])
    with pytest.raises(DomainError) as refusal:
        lay(chief, [duty_officer], first=timezone.localdate())
    assert refusal.value.field == "first" and DutyShift.objects.count() == len(rows)


def test_words_for_the_next_name_no_telephone_and_go_after_seven_days(ward, duty_officer, other_duty):
    row = shift(duty_officer)
    with pytest.raises(DomainError):
        services.write_note(actor=duty_officer, shift=row, note="Gọi lại chị Mẫu số 0912345678")
    with pytest.raises(PermissionDenied):
        services.write_note(actor=other_duty, shift=row, note="Tin 12 còn chờ phân loại")
    services.write_note(actor=duty_officer, shift=row, note="Tin 12 còn chờ phân loại")
    assert services.forget_notes(ward_id=ward.pk) == 0
    old = timezone.now() - timedelta(days=8)
    DutyShift.objects.filter(pk=row.pk).update(held=DateTimeTZRange(old - timedelta(hours=9), old))
    assert services.forget_notes(ward_id=ward.pk) == 1
    row.refresh_from_db()
    assert row.note == ""


def test_coming_shifts_pass_on_with_who_leaves_and_become_a_gap_where_the_taker_cannot_stand(
    ward, chief, duty_officer, other_duty, area_officer
):
    first, second = shift(duty_officer, 20, 30), shift(duty_officer, 40, 50)
    assert [one.id for one in holdings.held_by(chief, duty_officer.id)] == [first.pk, second.pk]
    moving = {"from_user_id": duty_officer.id, "reason": "QĐ 1", "kind": "accounts.shift"}
    holdings.move(chief, holding_id=first.pk, to_user_id=other_duty.id, **moving)
    holdings.move(chief, holding_id=second.pk, to_user_id=area_officer.id, **moving)
    assert list(DutyShift.objects.values_list("pk", "user_id")) == [(first.pk, other_duty.id)]
    assert Notice.objects.filter(user=chief.user, kind="duty_gap").count() == 1


def test_the_shift_is_laid_changed_taken_over_and_handed_on_through_the_pages(
    ward, chief, duty_officer, other_duty, signed_in
):
    today = timezone.localdate()
    form = {
        "kind": "duty",
        "first": today,
        "last": today,
        "begins": "00:00",
        "hours": "24",
        "people": [duty_officer.id],
    }
    assert signed_in(chief).post(reverse("accounts:duty-lay"), form).status_code == 302
    row = DutyShift.objects.get()
    page = signed_in(duty_officer).get(reverse("accounts:duty")).content.decode()
    assert reverse("accounts:shift-take", args=[row.pk]) in page
    assert reverse("accounts:duty") in signed_in(duty_officer).get("/", {"viec": 1}).content.decode()
    assert signed_in(other_duty).post(reverse("accounts:shift-take", args=[row.pk])).status_code == 404
    signed_in(duty_officer).post(reverse("accounts:shift-take", args=[row.pk]))
    signed_in(duty_officer).post(reverse("accounts:shift-note", args=[row.pk]), {"note": "Tin 12 còn chờ phân loại"})
    row.refresh_from_db()
    assert row.taken_at is not None
    DutyShift.objects.filter(pk=row.pk).update(
        held=DateTimeTZRange(row.held.lower, timezone.now() - timedelta(minutes=1))
    )
    shift(other_duty, -0.01, 12)
    assert "Tin 12 còn chờ" in signed_in(other_duty).get(reverse("accounts:duty")).content.decode()
    assert "Tin 12 còn chờ" not in signed_in(chief).get(reverse("accounts:duty")).content.decode()


def test_the_minutes_are_the_wards_own(ward, chief, duty_officer, signed_in):
    signed_in(chief).post(reverse("accounts:duty-minutes"), {"minutes": 5})
    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    alert = Alert.objects.get()
    assert alert.next_at - alert.raised_at == timedelta(minutes=5)


def test_the_job_climbs_in_every_ward(ward, duty_officer, chief):
    from accounts.tasks import climb_alerts

    make_tip()
    ticking.announce_ward(ward_id=ward.pk)
    Alert.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    climb_alerts()
    with ward_scope(ward.pk):
        assert called() == [duty_officer.id, chief.id]


def test_posts_that_stand_shifts_are_those_of_the_ladder():
    assert duty.LADDER == (
        Post.Kind.DUTY_OFFICER,
        Post.Kind.DEPUTY_CHIEF,
        Post.Kind.CHIEF,
        Post.Kind.COMMITTEE_HEAD,
    )

"""Clocks: what each track starts, how the law counts, versions that last, warnings that are made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Absence, Notice
from tests.tips.factories import make_tip
from tips.models import Clock, ClockPolicy, Tip, TipEvent, Track
from tips.services import clocks, deciding, handling, progress, ticking
from vikhe_portal.core.calendar import last_day
from vikhe_portal.core.errors import DomainError

pytestmark = pytest.mark.django_db
VN = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int, month: int, year: int = 2026, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VN)


def live(tip: Tip) -> dict[str, Clock]:
    rows = Clock.objects.filter(tip=tip, state__in=Clock.LIVE).select_related("policy")
    return {row.policy.key: row for row in rows}


def received(tip: Tip, moment: datetime) -> Tip:
    Tip.objects.filter(pk=tip.pk).update(received_at=moment)
    tip.refresh_from_db()
    return tip


# Received → last day of 7 days, 3, 5, 7 and 10 working days, 20 days, 2 months, 4 months.
VECTORS = [
    (at(24, 4, hour=16, minute=30), "4/5 4/5 6/5 8/5 13/5 14/5 24/6 24/8"),
    (at(12, 2), "23/2 24/2 26/2 2/3 5/3 4/3 13/4 12/6"),
    (at(20, 8), "27/8 24/8 26/8 28/8 7/9 9/9 20/10 21/12"),
    (at(1, 1), "8/1 7/1 9/1 12/1 15/1 21/1 2/3 4/5"),
    (at(31, 12), "7/1/2027 6/1/2027 8/1/2027 12/1/2027 15/1/2027 20/1/2027 1/3/2027 4/5/2027"),
    (at(20, 11), "27/11 26/11 30/11 2/12 7/12 10/12 20/1/2027 22/3/2027"),
]
LENGTHS = [("days", 7), ("working_days", 3), ("working_days", 5), ("working_days", 7), ("working_days", 10),
           ("days", 20), ("months", 2), ("months", 4)]  # fmt: skip


def as_date(text: str) -> date:
    parts = [int(part) for part in text.split("/")]
    return date(parts[2] if len(parts) == 3 else 2026, parts[1], parts[0])


@pytest.mark.parametrize(("start", "ends"), VECTORS)
def test_every_length_of_the_law_ends_on_the_day_the_law_says(ward, holidays, start, ends):
    tip = received(make_tip(), start)
    for (unit, amount), end in zip(LENGTHS, ends.split(), strict=True):
        ClockPolicy.objects.create(
            key=f"T{unit}{amount}"[:30],
            version=1,
            label="x",
            unit=unit,
            amount=amount,
            start="received",
            owner_role="chief",
            basis="x",
            nature="statutory",
            effective_from=date(2025, 1, 1),
        )
        (clock,) = clocks.build(tip, [f"T{unit}{amount}"[:30]], at=start)
        assert last_day(clock.due_at) == as_date(end), (unit, amount)


@pytest.mark.parametrize("start", [vector[0] for vector in VECTORS])
def test_hours_run_through_nights_weekends_and_holidays(ward, holidays, start):
    tip = received(make_tip(), start)
    (clock,) = clocks.build(tip, ["TIP_TRANSFER_24H"], at=start)
    assert clock.due_at == start + timedelta(hours=24)


TRACKS = [
    ("crime_denunciation", 0, {"TIP_PROPOSE_ASSIGN", "TIP_PRELIM_7D"}),
    ("crime_denunciation", 2, {"TIP_URGENT_ALERT", "TIP_PROPOSE_ASSIGN", "TIP_TRANSFER_24H"}),
    ("crime_report", 0, {"TIP_PROPOSE_ASSIGN", "TIP_PRELIM_7D"}),
    ("crime_report", 2, {"TIP_URGENT_ALERT", "TIP_PROPOSE_ASSIGN", "TIP_TRANSFER_24H"}),
    ("complaint", 0, {"COMPLAINT_ACCEPT"}),
    ("feedback", 0, {"PETITION_NOTICE", "PETITION_RESOLVE"}),
    ("violation", 0, {"PETITION_RESOLVE"}),
    ("accident", 2, {"TIP_URGENT_ALERT", "PETITION_RESOLVE"}),
    ("fire", 2, {"TIP_URGENT_ALERT", "PETITION_RESOLVE"}),
    ("dispute", 0, {"PETITION_RESOLVE"}),
    ("domestic_violence", 0, {"TIP_URGENT_ALERT", "TIP_PRELIM_7D"}),
    ("other_body", 0, {"PETITION_NOTICE"}),
    ("national_security", 0, {"TIP_URGENT_ALERT", "TIP_TRANSFER_24H"}),
    ("question", 0, {"QUESTION_ANSWER"}),
]


@pytest.mark.parametrize(("track", "urgency", "keys"), TRACKS)
def test_the_track_sets_the_clocks(ward, chief, track, urgency, keys):
    tip = deciding.classify(actor=chief, tip=make_tip(), track=track, urgency=urgency)
    assert set(live(tip)) == keys
    assert tip.next_due_at == min(clock.due_at for clock in live(tip).values())
    ended = dict(Clock.objects.filter(tip=tip).exclude(state__in=Clock.LIVE).values_list("policy__key", "state"))
    assert ended == {"TIP_ACK": "met", "TIP_ASSESS": "met"}


def test_the_table_above_names_every_track_a_person_may_choose():
    elsewhere = {"", "prosecution", "denunciation", "corruption", "staff_conduct"}
    assert {track for track, _u, _k in TRACKS} | elsewhere == set(Track.values)


def test_the_law_counts_from_the_reception_however_late_somebody_classifies(ward, chief):
    tip = received(make_tip(), timezone.now() - timedelta(hours=20))
    tip = deciding.classify(actor=chief, tip=tip, track="crime_report", urgency=2)
    running = live(tip)
    assert running["TIP_TRANSFER_24H"].due_at == tip.received_at + timedelta(hours=24)
    assert running["TIP_URGENT_ALERT"].started_at > tip.received_at + timedelta(hours=19)


def test_a_crime_report_goes_on_counting_after_an_answer_and_is_not_closed_untransferred(ward, chief):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    tip = handling.answer(actor=chief, tip=tip, text="Đang xác minh.")
    assert set(live(tip)) == {"TIP_PROPOSE_ASSIGN", "TIP_PRELIM_7D", "TIP_CLOSE"}
    with pytest.raises(DomainError):
        handling.close(actor=chief, tip=tip, reason="x")
    tip = handling.reopen(actor=chief, tip=tip, reason="Có thêm tin")
    assert set(live(tip)) == {"TIP_PROPOSE_ASSIGN", "TIP_PRELIM_7D"}
    tip = handling.transfer(actor=chief, tip=tip, to="Cơ quan CSĐT", reason="x")
    tip = handling.answer(actor=chief, tip=tip, text="Đã chuyển.")
    assert handling.close(actor=chief, tip=tip, reason="x").status == "closed"


def test_mediation_starts_its_days_with_the_assignment(ward, chief, area_officer):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="dispute")
    assert "MEDIATION_START" not in live(tip)
    tip = handling.assign(actor=chief, tip=tip, to=area_officer.user)
    assert "MEDIATION_START" in live(tip)


def test_reclassifying_stops_what_no_longer_applies_and_needs_a_reason(ward, chief):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="feedback")
    with pytest.raises(DomainError) as refusal:
        deciding.classify(actor=chief, tip=tip, track="violation")
    assert refusal.value.field == "reason"
    kept = live(tip)["PETITION_RESOLVE"].pk
    tip = deciding.classify(actor=chief, tip=tip, track="violation", reason="Có dấu hiệu vi phạm")
    assert {key: clock.pk for key, clock in live(tip).items()} == {"PETITION_RESOLVE": kept}
    assert Clock.objects.get(tip=tip, policy__key="PETITION_NOTICE").state == "stopped"


def test_a_resident_can_never_make_a_recommendation_to_prosecute(ward, chief):
    with pytest.raises(DomainError):
        deciding.classify(actor=chief, tip=make_tip(), track="prosecution")


def test_a_running_tip_keeps_the_version_it_began_with(ward, chief, holidays):
    early = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    due = live(early)["TIP_PRELIM_7D"].due_at
    old = ClockPolicy.objects.get(key="TIP_PRELIM_7D")
    ClockPolicy.objects.create(
        key="TIP_PRELIM_7D",
        version=2,
        label="x",
        unit="days",
        amount=30,
        start="received",
        owner_role="area_officer",
        basis="x",
        nature="statutory",
        effective_from=timezone.localdate(),
    )
    late = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    assert (live(early)["TIP_PRELIM_7D"].policy_id, live(early)["TIP_PRELIM_7D"].due_at) == (old.pk, due)
    assert live(late)["TIP_PRELIM_7D"].policy.version == 2
    assert live(late)["TIP_PRELIM_7D"].due_at > due


def test_a_policy_of_the_future_does_not_count_yet(ward, chief):
    ClockPolicy.objects.create(
        key="TIP_PRELIM_7D",
        version=2,
        label="x",
        unit="days",
        amount=30,
        start="received",
        owner_role="area_officer",
        basis="x",
        nature="statutory",
        effective_from=timezone.localdate() + timedelta(days=5),
    )
    tip = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    assert live(tip)["TIP_PRELIM_7D"].policy.version == 1


def test_transfer_of_a_crime_is_followed_by_the_clocks_of_the_investigating_body(ward, chief):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    tip = handling.transfer(actor=chief, tip=tip, to="Cơ quan CSĐT Công an tỉnh", reason="Có dấu hiệu tội phạm")
    assert set(live(tip)) == {"CQDT_NOTIFY_VKS", "CQDT_RESOLVE"}
    assert {clock.policy.nature for clock in live(tip).values()} == {"tracking"}
    assert tip.next_due_at is not None


def notices() -> list[tuple[int, str]]:
    return list(Notice.objects.order_by("id").values_list("user_id", "kind"))


def test_the_tick_warns_the_desk_then_climbs_rung_by_rung(
    ward, duty_officer, deputy_chief, chief, committee_head, committee_member
):
    tip = make_tip()
    Clock.objects.filter(tip=tip, policy__key="TIP_ASSESS").delete()
    ack = live(tip)["TIP_ACK"]
    assert ticking.tick_ward(ward_id=ward.pk, now=ack.warn_at - timedelta(seconds=1)) == 0
    ticking.tick_ward(ward_id=ward.pk, now=ack.warn_at)
    assert notices() == [(duty_officer.id, "tip_deadline")] and live(tip)["TIP_ACK"].state == "warned"
    assert ticking.tick_ward(ward_id=ward.pk, now=ack.warn_at) == 0
    expected = [duty_officer.id, deputy_chief.id, chief.id, committee_head.id]
    for rung, person in enumerate(expected):
        Notice.objects.all().delete()
        ticking.tick_ward(ward_id=ward.pk, now=ack.due_at + timedelta(hours=4 * rung))
        assert [user for user, _kind in notices()] == [person]
    assert live(tip)["TIP_ACK"].attention_at is None
    assert TipEvent.objects.filter(tip=tip, kind="overdue").count() == 1


def test_after_a_long_standstill_one_tick_makes_everything_up(ward, duty_officer, deputy_chief, chief, committee_head):
    tip = make_tip()
    due = live(tip)["TIP_ACK"].due_at
    ticking.tick_ward(ward_id=ward.pk, now=due + timedelta(days=3))
    assert {clock.state for clock in live(tip).values()} == {"overdue"}
    told = {user for user, _kind in notices()}
    assert told == {duty_officer.id, deputy_chief.id, chief.id, committee_head.id}
    assert ticking.tick_ward(ward_id=ward.pk, now=due + timedelta(days=4)) == 0
    assert TipEvent.objects.filter(kind="overdue").values_list("at", flat=True).first() < due + timedelta(seconds=1)


def test_who_is_away_is_passed_over_and_the_ladder_ends_at_somebody(ward, duty_officer, chief):
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    now = timezone.now()
    away = DateTimeTZRange(now - timedelta(days=1), now + timedelta(days=9))
    Absence.objects.create(ward=ward, user=duty_officer.user, away=away)
    tip = make_tip()
    ticking.tick_ward(ward_id=ward.pk, now=live(tip)["TIP_ACK"].warn_at)
    assert {user for user, _kind in notices()} == {chief.id}


def test_late_answers_are_marked_and_need_a_reason(ward, duty_officer):
    tip = make_tip()
    Clock.objects.filter(tip=tip).update(
        started_at=timezone.now() - timedelta(hours=9),
        warn_at=timezone.now() - timedelta(hours=6),
        due_at=timezone.now() - timedelta(hours=5),
    )
    with pytest.raises(DomainError) as refusal:
        handling.answer(actor=duty_officer, tip=tip, text="Đã xử lý.")
    assert refusal.value.field == "late_reason"
    tip = handling.answer(actor=duty_officer, tip=tip, text="Đã xử lý.", late_reason="Mất điện cả ngày")
    late = Clock.objects.filter(tip=tip, state="late").values_list("policy__key", flat=True)
    assert tip.answered_late and set(late) == {"TIP_ACK", "TIP_ASSESS"}


def test_an_extension_needs_a_document_and_the_law(ward, chief, holidays):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="complaint")
    clock = live(tip)["COMPLAINT_ACCEPT"]
    with pytest.raises(DomainError):
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 12")
    ClockPolicy.objects.filter(pk=clock.policy_id).update(max_extensions=1)
    with pytest.raises(DomainError) as refusal:
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document=" ")
    assert refusal.value.field == "document"
    longer = progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 12")
    assert longer.due_at > clock.due_at and longer.extensions == 1
    with pytest.raises(DomainError):
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 13")

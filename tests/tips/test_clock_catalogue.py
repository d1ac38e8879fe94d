"""Every row of the catalogue of time limits, counted by a second hand: over Tết, 30/4-1/5, 2/9 and swapped Saturdays,
with a law that changes in the middle and a portal that stands still across every deadline."""

from __future__ import annotations

import calendar as months
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.tips.factories import make_tip
from tests.tips.test_clocks import VECTORS, live, received
from tips.models import Clock, ClockPolicy, Tip, TipEvent
from tips.services import clocks, deciding, handling, progress, ticking
from vikhe_portal.core.errors import DomainError

pytestmark = pytest.mark.django_db
VN = ZoneInfo("Asia/Ho_Chi_Minh")

# key, length, unit, starts with, owner, nature: written down from the laws themselves, not from the migration.
ROWS = [
    ("TIP_ACK", 2, "hours", "received", "duty_officer", "internal"),
    ("TIP_ASSESS", 1, "hours", "received", "duty_officer", "internal"),
    ("TIP_URGENT_ALERT", 15, "minutes", "classified", "chief", "internal"),
    ("TIP_PROPOSE_ASSIGN", 12, "hours", "received", "chief", "statutory"),
    ("TIP_TRANSFER_24H", 24, "hours", "received", "chief", "statutory"),
    ("TIP_PRELIM_7D", 7, "days", "received", "area_officer", "statutory"),
    ("CQDT_NOTIFY_VKS", 3, "working_days", "transferred", "chief", "tracking"),
    ("CQDT_RESOLVE", 20, "days", "transferred", "chief", "tracking"),
    ("CQDT_EXTEND", 2, "months", "transferred", "chief", "tracking"),
    ("CQDT_EXTEND_VKS", 2, "months", "previous", "chief", "tracking"),
    ("CQDT_ASK_EXTEND", 5, "days", "previous", "chief", "tracking"),
    ("CQDT_RESUME", 1, "months", "accepted", "chief", "tracking"),
    ("REPORTER_NOTIFY", 3, "working_days", "result", "area_officer", "internal"),
    ("DENUNCIATION_FORWARD", 5, "working_days", "received", "chief", "statutory"),
    ("DENUNCIATION_INITIAL", 7, "working_days", "received", "chief", "statutory"),
    ("DENUNCIATION_RESOLVE", 30, "days", "accepted", "chief", "statutory"),
    ("COMPLAINT_ACCEPT", 10, "days", "received", "chief", "statutory"),
    ("COMPLAINT_RESOLVE", 30, "days", "accepted", "chief", "statutory"),
    ("PETITION_NOTICE", 10, "working_days", "received", "duty_officer", "statutory"),
    ("PETITION_RESOLVE", 15, "working_days", "received", "duty_officer", "internal"),
    ("MEDIATION_START", 3, "days", "assigned", "area_officer", "statutory"),
    ("GROUP_TAKEDOWN_AUTHORITY", 24, "hours", "request", "area_officer", "statutory"),
    ("GROUP_TAKEDOWN_USER", 48, "hours", "request", "area_officer", "statutory"),
    ("DSR_REPLY", 2, "working_days", "request", "chief", "statutory"),
    ("DSR_VIEW_FIX", 10, "days", "request", "chief", "statutory"),
    ("DSR_WITHDRAW", 15, "days", "request", "chief", "statutory"),
    ("DSR_DELETE", 20, "days", "request", "chief", "statutory"),
    ("PDP_BREACH", 72, "hours", "request", "chief", "statutory"),
    ("CYBER_INCIDENT_FIRST", 24, "hours", "request", "chief", "statutory"),
    ("CYBER_INCIDENT_REPORT", 72, "hours", "request", "chief", "statutory"),
]
# Days off and Saturdays worked in exchange, once more by hand.
OFF = {
    *(date(2026, 1, 1), date(2026, 1, 2)),
    *(date(2026, 2, day) for day in range(16, 21)),
    *(date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1)),
    *(date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2), date(2026, 11, 24)),
    date(2027, 1, 1),
    *(date(2027, 2, day) for day in range(4, 11)),
    *(date(2027, 4, 16), date(2027, 4, 30), date(2027, 5, 3)),
}
WORKED = {date(2026, 1, 10), date(2026, 8, 22)}
STARTS = [vector[0] for vector in VECTORS]


def works(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


def by_hand(start: datetime, amount: int, unit: str) -> datetime:
    """The end of a period as a clerk counts it with a calendar on the wall."""
    if unit in ("minutes", "hours"):
        return start + timedelta(minutes=amount * (60 if unit == "hours" else 1))
    day = start.astimezone(VN).date()
    if unit == "working_days":
        while amount:
            day += timedelta(days=1)
            amount -= works(day)
    elif unit == "months":
        index = day.year * 12 + day.month - 1 + amount
        year, month = divmod(index, 12)
        day = date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
    else:
        day += timedelta(days=amount)
    while unit != "working_days" and not works(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=VN).astimezone(UTC) + timedelta(days=1)


def test_the_second_hand_agrees_with_the_vectors_of_the_law():
    from tests.tips.test_clocks import LENGTHS, as_date

    for start, ends in VECTORS:
        for (unit, amount), end in zip(LENGTHS, ends.split(), strict=True):
            last = (by_hand(start, amount, unit).astimezone(VN) - timedelta(seconds=1)).date()
            assert last == as_date(end), (start, unit, amount)


@pytest.mark.parametrize(("key", "amount", "unit", "start", "owner", "nature"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_catalogue(ward, holidays, key, amount, unit, start, owner, nature):
    policy = ClockPolicy.objects.get(key=key, version=1)
    found = (policy.amount, policy.unit, policy.start, policy.owner_role, policy.nature)
    assert found == (amount, unit, start, owner, nature)
    assert policy.basis and policy.certainty == "unconfirmed" and policy.effective_from <= date(2026, 8, 19)
    tip = make_tip()
    for begins in STARTS:
        policy.effective_from = date(2025, 7, 1)
        with patch.object(clocks, "policies_of", lambda keys, on, row=policy: {row.key: row}):
            (clock,) = clocks.build(received(tip, begins), [key], at=begins)
        assert clock.due_at == by_hand(begins, amount, unit), (key, begins)
        assert begins <= clock.warn_at <= clock.due_at and clock.attention_at == clock.warn_at


def test_the_catalogue_has_thirty_rows_and_nothing_else_but_the_wards_own():
    own = {"TIP_FOLLOW_UP", "TIP_CLOSE", "QUESTION_ANSWER", "TIP_ASSESS_PART"}
    assert len(ROWS) == 30
    assert set(ClockPolicy.objects.values_list("key", flat=True)) == {row[0] for row in ROWS} | own


def every_clock_on(tip: Tip) -> dict[str, Clock]:
    """All limits at once on one tip, begun with its reception."""
    keys = [row[0] for row in ROWS if row[0] not in live(tip)]
    Clock.objects.bulk_create(clocks.build(tip, keys, at=tip.received_at))
    return live(tip)


def test_a_law_that_changes_in_the_middle_leaves_every_running_limit_as_it_was(ward, chief, holidays):
    tip = make_tip()
    before = {key: (clock.policy_id, clock.due_at) for key, clock in every_clock_on(tip).items()}
    tomorrow = timezone.localdate() + timedelta(days=1)
    for policy in list(ClockPolicy.objects.filter(version=1)):
        ClockPolicy.objects.filter(pk=policy.pk).update(effective_to=timezone.localdate())
        policy.pk, policy.version, policy.amount, policy.effective_from = None, 2, policy.amount * 2, tomorrow
        policy.save(force_insert=True)
    assert {key: (clock.policy_id, clock.due_at) for key, clock in live(tip).items()} == before
    later = timezone.now() + timedelta(days=2)
    with patch.object(timezone, "now", lambda: later):
        new = make_tip()
        for key, amount, unit, start, *_rest in ROWS:
            if key in ("CQDT_ASK_EXTEND", "CQDT_EXTEND_VKS"):
                continue
            (fresh,) = clocks.build(new, [key], at=later)
            assert fresh.policy.version == 2 and fresh.due_at == by_hand(later, 2 * amount, unit), key
            # The law counts from the reception: what was received before the change keeps the law of that day.
            (old,) = clocks.build(tip, [key], at=later)
            assert old.policy.version == (1 if start == "received" else 2), key


def test_a_portal_that_stood_still_across_every_deadline_makes_each_up_once(ward, duty_officer, chief, holidays):
    tip = make_tip()
    every_clock_on(tip)
    later = timezone.now() + timedelta(days=400)
    assert ticking.tick_ward(ward_id=ward.pk, now=later) == len(ROWS)
    assert {clock.state for clock in live(tip).values()} == {"overdue"}
    told = list(TipEvent.objects.filter(tip=tip, kind="overdue").values_list("facts__clock", flat=True))
    assert sorted(told) == sorted(row[0] for row in ROWS)
    due = {clock.policy.key: clock.due_at for clock in live(tip).values()}
    written = TipEvent.objects.filter(tip=tip, kind="overdue").values_list("facts__clock", "at")
    assert dict(written) == due, "the story says when the deadline passed, not when the portal came back"
    ticking.tick_ward(ward_id=ward.pk, now=later + timedelta(days=30))
    assert TipEvent.objects.filter(tip=tip, kind="overdue").count() == len(ROWS)


# What starts a limit and what ends it, through the services people use ---------------------------------------------


def crime(chief: Any, at: datetime) -> Tip:
    tip = received(make_tip(), at)
    tip = deciding.classify(actor=chief, tip=tip, track="crime_report", reason="x")
    with patch.object(timezone, "now", lambda: at):
        return handling.transfer(actor=chief, tip=tip, to="Cơ quan CSĐT", reason="x", late_reason="x")


def note(chief: Any, tip: Tip, step: str, document: str = "Thông báo 12/TB-CSĐT") -> Tip:
    return progress.note_progress(actor=chief, tip=tip, step=step, document=document)


@pytest.mark.parametrize("start", STARTS)
def test_the_periods_of_the_investigating_body_are_followed_to_four_months_at_most(ward, chief, holidays, start):
    tip = crime(chief, start)
    assert set(live(tip)) == {"CQDT_NOTIFY_VKS", "CQDT_RESOLVE"}
    assert live(tip)["CQDT_RESOLVE"].due_at == by_hand(start, 20, "days")
    tip = note(chief, tip, "complex")
    running = live(tip)
    assert running["CQDT_EXTEND"].due_at == by_hand(start, 2, "months") and "CQDT_RESOLVE" not in running
    asked = running["CQDT_ASK_EXTEND"].due_at
    gap = running["CQDT_EXTEND"].due_at - asked
    assert gap >= timedelta(days=5) and works((asked.astimezone(VN) - timedelta(seconds=1)).date())
    tip = note(chief, tip, "extended")
    running = live(tip)
    assert "CQDT_EXTEND" not in running and "CQDT_ASK_EXTEND" not in running
    assert running["CQDT_EXTEND_VKS"].due_at <= by_hand(start, 4, "months")
    assert running["CQDT_EXTEND_VKS"].due_at > by_hand(start, 3, "months")
    with pytest.raises(DomainError):
        note(chief, tip, "extended")  # once only
    tip = note(chief, tip, "suspended")
    assert set(live(tip)) == {"TIP_FOLLOW_UP"}
    tip = note(chief, tip, "resumed")
    resumed = live(tip)["CQDT_RESUME"]
    assert resumed.due_at == by_hand(resumed.started_at, 1, "months")
    with pytest.raises(DomainError):
        note(chief, tip, "resumed")
    tip = note(chief, tip, "result")
    running = live(tip)
    assert set(running) == {"REPORTER_NOTIFY"}
    assert running["REPORTER_NOTIFY"].due_at == by_hand(running["REPORTER_NOTIFY"].started_at, 3, "working_days")
    assert handling.answer(actor=chief, tip=tip, text="Đã khởi tố vụ án.").answered_late is False


def test_a_complaint_is_accepted_then_settled_in_thirty_days_or_forty_five(ward, chief, holidays):
    tip = deciding.classify(actor=chief, tip=make_tip(), track="complaint")
    assert progress.extendable(tip) == []
    tip = note(chief, tip, "accepted", "Thông báo thụ lý 3/TB")
    assert set(live(tip)) == {"COMPLAINT_RESOLVE"}
    clock = live(tip)["COMPLAINT_RESOLVE"]
    first = by_hand(clock.started_at, 30, "days")
    assert clock.due_at == first
    longer = progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 4")
    end = first - timedelta(seconds=1)
    assert longer.due_at == by_hand(end, 15, "days")
    with pytest.raises(DomainError):
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 5")
    with pytest.raises(DomainError):
        note(chief, tip, "accepted")


def test_a_denunciation_is_checked_in_seven_or_ten_working_days_and_settled_with_two_extensions(ward, chief, holidays):
    tip = make_tip()
    tip = deciding.classify(actor=chief, tip=tip, track="denunciation", paper_reference="Sổ 1/2026")
    initial = live(tip)["DENUNCIATION_INITIAL"]
    assert live(tip)["DENUNCIATION_FORWARD"].due_at == by_hand(tip.received_at, 5, "working_days")
    longer = progress.extend(actor=chief, tip=tip, clock_id=initial.pk, document="QĐ 1")
    assert longer.due_at == by_hand(tip.received_at, 10, "working_days")
    tip = note(chief, tip, "accepted", "QĐ thụ lý 2")
    (clock,) = live(tip).values()
    assert clock.policy.key == "DENUNCIATION_RESOLVE" and clock.due_at == by_hand(clock.started_at, 30, "days")
    for number in range(2):
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document=f"QĐ {number}")
    with pytest.raises(DomainError):
        progress.extend(actor=chief, tip=tip, clock_id=clock.pk, document="QĐ 9")


def test_a_development_needs_a_document_and_its_time(ward, chief, duty_officer, area_officer):
    from vikhe_portal.core.permissions import Refused

    tip = deciding.classify(actor=chief, tip=make_tip(assignee=area_officer.user), track="complaint")
    with pytest.raises(DomainError) as refusal:
        note(chief, tip, "accepted", " ")
    assert refusal.value.field == "document"
    with pytest.raises(DomainError):
        note(chief, tip, "complex")
    with pytest.raises(Refused):
        note(area_officer, tip, "accepted")
    note(duty_officer, tip, "accepted", "TB 1")
    event = TipEvent.objects.get(kind="progress")
    assert (event.actor_id, event.reason, event.facts["step"]) == (duty_officer.id, "TB 1", "accepted")


def test_the_pages_of_progress_and_extension(ward, chief, signed_in):
    from django.urls import reverse

    tip = deciding.classify(actor=chief, tip=make_tip(), track="complaint")
    client, page = signed_in(chief), reverse("tips:detail", args=[tip.uuid])
    assert reverse("tips:progress", args=[tip.uuid]) in client.get(page).content.decode()
    done = client.post(reverse("tips:progress", args=[tip.uuid]), {"step": "accepted", "document": "TB 3/TB-CAP"})
    assert done.url == page
    shown = client.get(page).content.decode()
    assert "TB 3/TB-CAP" in shown and reverse("tips:extend", args=[tip.uuid]) in shown
    clock = live(tip)["COMPLAINT_RESOLVE"]
    bad = client.post(reverse("tips:extend", args=[tip.uuid]), {"clock": clock.pk, "document": ""})
    assert bad.status_code == 422
    client.post(reverse("tips:extend", args=[tip.uuid]), {"clock": clock.pk, "document": "QĐ 7"})
    assert live(tip)["COMPLAINT_RESOLVE"].extensions == 1

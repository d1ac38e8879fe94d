"""The state machine, explored: no way out of the table, no open tip without an owner and a running clock."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings

from tests.tips.factories import make_tip
from tips.models import Clock, Tip, TipEvent, Track
from tips.services import deciding, handling, joining, receipts, reporters
from vikhe_portal.core.errors import DomainError

pytestmark = pytest.mark.django_db

STEPS = ["classify", "assign", "escalate", "ask", "transfer", "answer", "close", "reopen", "reply", "disagree"]
STEPS += ["join", "receive", "take_out", "split"]
WALLED = ("", "prosecution", "denunciation", "corruption", "national_security")
TRACKS = [track for track in Track.values if track not in WALLED]


def joinable(desk, tip: Tip) -> Tip:
    """Another report on the same track, or not classified."""
    other = make_tip()
    if tip.track and tip.status != "merged":
        deciding.classify(actor=desk, tip=other, track=tip.track)
    return other


def take(step: str, tip: Tip, people: dict, track: str) -> None:
    desk, officer, deputy = people["desk"], people["officer"], people["deputy"]
    access = receipts.read_pass(receipts.give_pass(ward_id=tip.ward_id, tip_uuid=tip.uuid))
    actions = {
        "classify": lambda: deciding.classify(actor=desk, tip=tip, track=track, reason="x"),
        "assign": lambda: handling.assign(actor=desk, tip=tip, to=officer.user, reason="x"),
        "escalate": lambda: handling.escalate(actor=desk, tip=tip, to=deputy.user, reason="x"),
        "ask": lambda: handling.ask_reporter(actor=desk, tip=tip, text="x"),
        "transfer": lambda: handling.transfer(actor=desk, tip=tip, to="UBND phường", reason="x"),
        "answer": lambda: handling.answer(actor=desk, tip=tip, text="x"),
        "close": lambda: handling.close(actor=desk, tip=tip, reason="x"),
        "reopen": lambda: handling.reopen(actor=desk, tip=tip, reason="x"),
        "reply": lambda: reporters.write_back(access=access, text="x"),
        "disagree": lambda: reporters.disagree(access=access, text="x"),
        "join": lambda: joining.join(actor=desk, tip=tip, main=joinable(desk, tip), reason="x"),
        "receive": lambda: joining.join(actor=desk, tip=make_tip(), main=tip, reason="x"),
        "take_out": lambda: joining.take_out(actor=desk, tip=tip, reason="x"),
        "split": lambda: joining.split(
            actor=desk, tip=tip, text="x", kind="other", reason="x", submission=receipts.new_submission()
        ),
    }
    actions[step]()


def check(tip: Tip) -> None:
    """An open report has an owner and a clock that runs; a joined one has neither, but one that goes on for it."""
    live = list(Clock.objects.filter(tip=tip, state__in=Clock.LIVE).select_related("policy"))
    if tip.status in Tip.FINISHED:
        assert live == [] and tip.next_due_at is None and (tip.closed_at is None) == (tip.status == "merged")
        assert tip.status == "closed" or (tip.merged_into.status != "merged" and tip.merged_into_id != tip.pk)
        return
    assert tip.owner_role and live and tip.merged_into_id is None
    own = [clock.due_at for clock in live if clock.policy.nature != "tracking"]
    assert tip.next_due_at == min(own or [clock.due_at for clock in live])
    earliest = min([tip.received_at, *Tip.objects.filter(merged_into=tip).values_list("received_at", flat=True)])
    for clock in live:
        if clock.policy.start == "received":
            assert clock.started_at == earliest


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@example(walk=[("answer", "feedback"), ("close", "feedback"), ("escalate", "feedback")])
@example(walk=[("classify", "crime_report"), ("receive", "feedback"), ("join", "feedback"), ("take_out", "feedback")])
@given(walk=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(TRACKS)), min_size=1, max_size=12))
def test_whatever_people_do_a_tip_keeps_its_owner_its_clock_and_the_table(
    ward, duty_officer, area_officer, deputy_chief, chief, walk
):
    people = {"desk": duty_officer, "officer": area_officer, "deputy": deputy_chief}
    with transaction.atomic():
        tip = make_tip()
        for step, track in walk:
            before, stories = tip.status, TipEvent.objects.filter(tip=tip).count()
            try:
                with transaction.atomic():
                    take(step, tip, people, track)
            except DomainError:
                tip.refresh_from_db()
                assert tip.status == before and TipEvent.objects.filter(tip=tip).count() == stories
                continue
            tip.refresh_from_db()
            assert tip.status == before or tip.status in Tip.TRANSITIONS[before], (before, step, tip.status)
            assert TipEvent.objects.filter(tip=tip).count() > stories
            for row in Tip.objects.all():
                check(row)
        transaction.set_rollback(True)


def test_every_state_can_be_reached_and_none_is_a_dead_end():
    reached, frontier = {"new"}, ["new"]
    while frontier:
        for following in Tip.TRANSITIONS[frontier.pop()]:
            if following not in reached:
                reached.add(following)
                frontier.append(following)
    assert reached == set(Tip.Status.values) == set(Tip.TRANSITIONS)
    assert all(Tip.TRANSITIONS[state] for state in Tip.Status.values)

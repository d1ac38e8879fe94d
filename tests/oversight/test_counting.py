"""Counting for an actor: comparison, tones, small numbers."""

from __future__ import annotations

from datetime import date

import pytest

from oversight.selectors import counting
from tests.oversight.conftest import simple
from vikhe_portal.core.figures import Period

PERIOD = Period(date(2026, 11, 1), date(2026, 11, 24))
BEFORE = Period(date(2026, 10, 1), date(2026, 10, 24))


def by_period(now, before):
    return lambda actor, period: now if period == PERIOD else before


def one(counted):
    (single,) = counted
    return single


@pytest.mark.django_db
def test_a_figure_is_compared_with_the_period_before_unless_it_is_of_this_moment(chief, only_figures):
    only_figures(simple("received", by_period(8, 5)), simple("waiting", 3, now=True, good="down"))
    received, waiting = counting.count(chief, PERIOD, BEFORE)
    assert (received.value, received.before, waiting.before) == (8, 5, None)
    assert "+3" in received.note
    assert (received.tone, waiting.tone) == ("", "bad")


@pytest.mark.django_db
def test_a_figure_that_opens_the_same_rows_whatever_the_period_is_of_this_moment(chief, only_figures):
    only_figures(simple("waiting", 3, good="down", rows_url=lambda actor, period: "/waiting/?state=open"))
    waiting = one(counting.count(chief, PERIOD, BEFORE))
    assert (waiting.before, waiting.note, waiting.tone) == (None, "", "bad")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("good", "now", "before", "tone"),
    [("up", 8, 5, "good"), ("up", 5, 8, "warn"), ("down", 5, 8, "good"), ("down", 8, 5, "warn"), ("up", 5, 5, "")],
)
def test_the_tone_follows_the_good_way(chief, only_figures, good, now, before, tone):
    only_figures(simple("figure", by_period(now, before), good=good))
    assert one(counting.count(chief, PERIOD, BEFORE)).tone == tone


@pytest.mark.django_db
def test_per_cent_is_rounded_down_and_an_empty_whole_is_a_dash(chief, only_figures):
    only_figures(simple("share", by_period((999, 1000), (0, 0)), kind="percent", good="up"))
    share = one(counting.count(chief, PERIOD, BEFORE))
    assert share.shown == "99%"
    assert counting.as_text("percent", (0, 0)) == "–"


@pytest.mark.django_db
def test_a_figure_the_actor_may_not_see_is_not_even_counted(person_with_post, only_figures):
    def explode(actor, period):
        raise AssertionError("counted for somebody who may not see it")

    only_figures(simple("secret", explode, permission="reviews.sign"))
    assert counting.count(person_with_post("area_officer")[1], PERIOD, BEFORE) == []


def kinds(**counts):
    return [simple(key, value, group="tips_by_kind") for key, value in counts.items()]


@pytest.mark.django_db
def test_small_numbers_by_kind_are_hidden_from_the_committee_and_shown_to_the_police(
    chief, committee_member, only_figures
):
    only_figures(simple("total", 20), *kinds(a=1, b=3, c=16, d=0))
    seen = {row.figure.key: row.shown for row in counting.count(committee_member, PERIOD, BEFORE)}
    assert seen == {"total": "20", "a": "<5", "b": "<5", "c": "16", "d": "0"}
    assert all(not row.url for row in counting.count(committee_member, PERIOD, BEFORE) if row.hidden)
    assert {row.figure.key: row.shown for row in counting.count(chief, PERIOD, BEFORE)}["a"] == "1"


@pytest.mark.parametrize(
    ("counts", "small", "companion"),
    [
        ({"a": 2, "b": 9, "c": 6}, {"a"}, "c"),
        ({"a": 2, "b": 0, "c": 0}, {"a"}, "b"),
        ({"a": 2, "b": 3}, {"a", "b"}, ""),
        ({"a": 5, "b": 0}, set(), ""),
        ({"a": 4}, {"a"}, ""),
    ],
)
def test_one_hidden_number_never_follows_from_the_total(counts, small, companion):
    assert counting.small_counts(counts) == (small, companion)


@pytest.mark.django_db
def test_small_numbers_of_the_period_before_are_hidden_too(committee_member, only_figures):
    only_figures(simple("a", by_period(12, 2), group="tips_by_kind"))
    row = one(counting.count(committee_member, PERIOD, BEFORE))
    assert (row.shown, row.note) == ("12", "")


@pytest.mark.django_db
def test_the_committees_eyes_are_nobody_and_see_what_a_member_sees(committee_member, only_figures):
    eyes = counting.committee_eyes(committee_member.ward_id)
    only_figures(simple("open", 1), simple("signing", 2, permission="reviews.sign"))
    assert [row.figure.key for row in counting.count(eyes, PERIOD, None)] == ["open"]
    assert eyes.id == 0

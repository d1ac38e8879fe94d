"""Every fault over a real socket: what the client concludes, and what residents really saw."""

import asyncio

import pytest

from gateways.zalo.outcomes import Kind
from gateways.zalo.standin.faults import Faults, Rule
from tests.gateways.zalo.stage import Stage, play

CASES = [
    # fault, further fields, verdict, not executed, posts residents saw
    ("http_429", {}, Kind.RETRY, True, 0),
    ("code", {"code": -32}, Kind.RETRY, True, 0),
    ("code", {"code": -216}, Kind.TOKEN, True, 0),
    ("code", {"code": -220}, Kind.TOKEN, True, 0),
    ("code", {"code": -200}, Kind.UNKNOWN, False, 0),
    ("code", {"code": -999}, Kind.UNKNOWN, False, 0),
    ("code", {"code": -237}, Kind.GROUP_REFUSED, True, 0),
    ("code", {"code": -248}, Kind.CHANNEL_DOWN, True, 0),
    ("code", {"code": -211}, Kind.QUOTA, True, 0),
    ("code", {"code": -234}, Kind.NIGHT, True, 0),
    ("http_500", {}, Kind.UNKNOWN, False, 0),
    ("reset", {}, Kind.UNKNOWN, False, 0),
    ("hang", {}, Kind.UNKNOWN, False, 0),
    ("hang_after", {}, Kind.UNKNOWN, False, 1),
    ("reset_after", {}, Kind.UNKNOWN, False, 1),
    ("http_502_after", {}, Kind.UNKNOWN, False, 1),
    ("wrong_json_after", {}, Kind.UNKNOWN, False, 1),
    ("no_id_after", {}, Kind.UNKNOWN, False, 1),
    ("slow", {"delay": 0.3}, Kind.SENT, False, 1),
    ("twice", {}, Kind.SENT, False, 2),
]


@pytest.mark.parametrize(("fault", "fields", "kind", "not_executed", "seen"), CASES)
def test_each_fault_gets_its_verdict(fault, fields, kind, not_executed, seen):
    async def scene(stage: Stage) -> None:
        await stage.control("faults", fault=fault, count=1, **fields)
        outcome = await stage.oa.send_group_text(stage.group_id, "tin")
        assert (outcome.kind, outcome.not_executed) == (kind, not_executed)
        posts = await stage.posts()
        assert len(posts) == seen
        assert all(post["fault"] == fault for post in posts)
        if kind is Kind.SENT:
            assert outcome.remote_id == posts[-1]["message_id"]
        after = await stage.oa.send_group_text(stage.group_id, "tin sau")
        assert after.ok  # the fault was for one request only

    play(scene, total=0.8)


def test_a_post_may_appear_long_after_we_gave_up():
    async def scene(stage: Stage) -> None:
        await stage.control("faults", fault="late_accept", count=1, delay=1.0)
        outcome = await stage.oa.send_group_text(stage.group_id, "tin")
        assert outcome.kind is Kind.UNKNOWN
        assert await stage.posts() == []
        await asyncio.sleep(1.0)
        assert [post["text"] for post in await stage.posts()] == ["tin"]

    play(scene, total=0.4)


def test_a_fault_can_wait_and_can_choose_its_group():
    async def scene(stage: Stage) -> None:
        first, second = (group["group_id"] for group in stage.seeded["groups"][:2])
        await stage.control("faults", fault="http_429", skip=1, count=1, group_id=second)
        kinds = [(await stage.oa.send_group_text(g, "tin")).kind for g in (first, second, first, second, second)]
        assert kinds == [Kind.SENT, Kind.SENT, Kind.SENT, Kind.RETRY, Kind.SENT]
        await stage.control("faults", fault="http_429")
        await stage.control("faults/clear")
        assert (await stage.oa.send_group_text(first, "tin")).ok

    play(scene)


def test_the_same_seed_brings_the_same_faults():
    def hits(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Rule("http_429", probability=0.3))
        return [faults.draw("/v3.0/oa/group/message", "g") is not None for _n in range(200)]

    assert hits(7) == hits(7)
    assert hits(7) != hits(8)
    assert 30 < sum(hits(7)) < 90


@pytest.mark.parametrize("fields", [{"fault": "nonsense"}, {"fault": "slow", "probability": 2}])
def test_a_senseless_order_is_refused(fields):
    with pytest.raises(ValueError):
        Rule(**fields)


def test_faults_of_the_bot():
    async def scene(stage: Stage) -> None:
        chat = stage.seeded["ordinary_group_id"]
        wanted = [
            ("http_429", Kind.RETRY),
            ("http_500", Kind.UNKNOWN),
            ("reset", Kind.UNKNOWN),
            ("hang", Kind.UNKNOWN),
            ("http_502_after", Kind.UNKNOWN),
            ("hang_after", Kind.UNKNOWN),
            ("reset_after", Kind.UNKNOWN),
        ]
        for fault, kind in wanted:
            await stage.control("faults", fault=fault, path="/sendMessage", count=1)
            assert (await stage.bot.send_message(chat, fault)).kind is kind
        assert [post["text"] for post in await stage.posts()] == ["http_502_after", "hang_after", "reset_after"]

    play(scene, total=0.5)

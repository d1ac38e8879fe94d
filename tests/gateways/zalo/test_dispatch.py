import asyncio
import time
from collections import Counter
from functools import partial

import pytest

from gateways.zalo.dispatch import Job, send_many
from gateways.zalo.outcomes import Kind, Outcome
from tests.gateways.zalo.stage import Stage, play

SENT = Outcome(Kind.SENT, 0, "m")


async def collect(jobs, **options) -> dict:
    return {job.key: outcome async for job, outcome in send_many(jobs, **options)}


def test_every_job_is_sent_once_and_its_verdict_comes_back():
    async def scene(stage: Stage) -> None:
        groups = [group["group_id"] for group in stage.seeded["groups"]]
        jobs = [Job(n, partial(stage.oa.send_group_text, groups[n % 3], f"tin {n}")) for n in range(500)]
        found = await collect(jobs)
        posts = {post["text"]: post["message_id"] for post in await stage.posts()}
        assert len(posts) == 500
        assert {f"tin {key}": outcome.remote_id for key, outcome in found.items()} == posts

    play(scene, rate_limit=None)


def test_under_faults_nothing_is_posted_twice_and_nothing_false_is_called_sent():
    async def scene(stage: Stage) -> None:
        await stage.control("faults/seed", seed=11)
        for fault in ("http_429", "reset", "reset_after", "http_502_after", "wrong_json_after", "hang_after"):
            await stage.control("faults", fault=fault, probability=0.05)
        jobs = [Job(n, partial(stage.oa.send_group_text, stage.group_id, f"tin {n}")) for n in range(600)]
        found = await collect(jobs)
        seen = Counter(post["text"] for post in await stage.posts())
        assert len(found) == 600
        assert max(seen.values()) == 1
        for key, outcome in found.items():
            if outcome.kind is Kind.SENT:
                assert seen[f"tin {key}"] == 1
            if outcome.not_executed:
                assert seen[f"tin {key}"] == 0
        kinds = Counter(outcome.kind for outcome in found.values())
        assert set(kinds) == {Kind.SENT, Kind.RETRY, Kind.UNKNOWN}

    play(scene, total=1.0, rate_limit=None)


def test_no_more_than_agreed_are_in_flight():
    now, most = 0, 0

    async def send() -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return SENT

    found = asyncio.run(collect([Job(n, send) for n in range(100)], concurrency=7))
    assert (len(found), most) == (100, 7)


def test_jobs_may_come_from_an_async_source():
    async def source():
        for n in range(20):
            await asyncio.sleep(0)
            yield Job(n, partial(asyncio.sleep, 0, SENT))

    assert set(asyncio.run(collect(source()))) == set(range(20))


def test_a_send_that_breaks_is_unknown_and_stops_nobody():
    async def broken() -> Outcome:
        raise RuntimeError("with a secret in it")

    jobs = [Job(0, broken), Job(1, partial(asyncio.sleep, 0, SENT))]
    found = asyncio.run(collect(jobs, concurrency=1))
    assert (found[0].kind, found[0].not_executed, found[0].message) == (Kind.UNKNOWN, False, "RuntimeError")
    assert found[1] is SENT


def test_a_source_that_breaks_is_heard_of():
    async def source():
        yield Job(0, partial(asyncio.sleep, 0, SENT))
        raise LookupError("claim failed")

    with pytest.raises(LookupError):
        asyncio.run(collect(source(), concurrency=3))


def test_past_the_fence_nothing_is_started():
    async def never() -> Outcome:
        raise AssertionError("was started")

    jobs = [Job(0, never, not_after=time.monotonic() - 1)]
    found = asyncio.run(collect(jobs))
    assert (found[0].kind, found[0].not_executed, found[0].message) == (Kind.RETRY, True, "fence")


def test_stop_lets_those_in_flight_finish_and_starts_no_more():
    started = []

    async def send(n: int) -> Outcome:
        started.append(n)
        await asyncio.sleep(0.01)
        return SENT

    found = asyncio.run(
        collect([Job(n, partial(send, n)) for n in range(50)], concurrency=4, stop=lambda: len(started) >= 4)
    )
    assert sorted(found) == sorted(started) == [0, 1, 2, 3]


def test_leaving_the_loop_cancels_the_rest():
    cancelled = []

    async def slow(n: int) -> Outcome:
        try:
            await asyncio.sleep(0 if n == 0 else 30)
        except asyncio.CancelledError:
            cancelled.append(n)
            raise
        return SENT

    async def act() -> None:
        results = send_many([Job(n, partial(slow, n)) for n in range(5)], concurrency=5)
        async for _job, _outcome in results:
            break
        await results.aclose()

    asyncio.run(asyncio.wait_for(act(), 5))
    assert sorted(cancelled) == [1, 2, 3, 4]

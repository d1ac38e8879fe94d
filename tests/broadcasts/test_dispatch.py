"""The dispatcher as the worker runs it, against the stand-in: faults, a killed worker, no post twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from broadcasts.models import Attempt, Broadcast, Delivery, Occurrence
from broadcasts.services import cards, writing
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.standin.app import new_standin, start
from gateways.zalo.standin.demonstration import WORLD_SEED, fill
from gateways.zalo.standin.faults import Rule
from gateways.zalo.standin.world import World
from tests.broadcasts.factories import gone_out, make_group
from tests.database import ROOT, role_url
from tests.factories import WARD_ID, make_post, make_user, never_quiet
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services

pytestmark = [pytest.mark.django_db(transaction=True)]

RUN = """
import os, django
django.setup()
from broadcasts.services import ledger
from broadcasts.tasks import dispatch
ledger.BATCH = int(os.environ.get("BATCH", ledger.BATCH))
dispatch()
"""


@contextmanager
def standin():
    """The stand-in on a port of its own, in a thread; yields it with its address and groups."""
    server = new_standin()
    server.world = World(WORLD_SEED)
    facts = fill(server.world)
    loop, ready, box = asyncio.new_event_loop(), threading.Event(), {}

    def serve() -> None:
        asyncio.set_event_loop(loop)
        box["runner"], box["base"] = loop.run_until_complete(start(server))
        ready.set()
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server, box["base"], [group["group_id"] for group in facts["groups"]]
    finally:
        asyncio.run_coroutine_threadsafe(box["runner"].cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@pytest.fixture
def campaign(db, settings):
    """A broadcast on its way to the two groups of the demonstration's account; (server, run, actors)."""
    from accounts.selectors import actor_for

    with standin() as (server, base, groups):
        ward_services.activate_ward(ward_id=WARD_ID, demonstration=True)
        never_quiet(WARD_ID)
        channels.connect_demonstration(ward_id=WARD_ID)
        actors = []
        for kind in ("chief", "deputy_chief"):
            user = make_user()
            make_post(user, kind)
            actors.append(actor_for(user, WARD_ID))
        with ward_scope(WARD_ID):
            rows = [make_group(actors[0], kind="gmf", remote_id=remote) for remote in groups]
            gone_out(*actors, rows)
        database = connection.settings_dict["NAME"]
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "DATABASE_URL": role_url("DATABASE_WORKER_URL", database),
            "ZALO_OPENAPI_URL": base,
            "ZALO_OAUTH_URL": base,
            "PORTAL_DATA_DIR": str(Path(settings.SENDING_MARKS).parent),
        }

        def begin(**extra: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, env=environment | extra)

        def run(crash: str = "", **extra: str) -> int:
            return begin(CRASH_AT=crash, **extra).wait(60)

        def python(words: str, **extra: str) -> int:
            """Run these words as the worker's role does."""
            command = [sys.executable, "-c", f"import django; django.setup(); {words}"]
            return subprocess.run(command, cwd=ROOT, env=environment | extra, timeout=60).returncode

        run.begin, run.python = begin, python

        yield server, run, actors


def states() -> list[str]:
    with ward_scope(WARD_ID):
        return sorted(Delivery.objects.values_list("state", flat=True))


def lease_over() -> None:
    with ward_scope(WARD_ID):
        Delivery.objects.filter(lease_until__isnull=False).update(lease_until="2026-01-01T00:00:00Z")


def seen(server) -> list[str]:
    """The codes residents saw, in order."""
    return [post.text.rsplit("Mã bản tin: ", 1)[1] for post in server.world.posts]


def test_the_worker_posts_once_in_every_group(campaign):
    server, run, _actors = campaign
    assert run() == 0
    assert states() == ["sent", "sent"]
    assert len(set(seen(server))) == len(seen(server)) == 2
    assert run() == 0
    assert len(seen(server)) == 2
    with ward_scope(WARD_ID):
        assert Delivery.objects.first().broadcast.status == "done"
        assert not Delivery.objects.filter(remote_id="").exists()


@pytest.mark.parametrize("point", ["after_claim", "after_intent", "after_send", "after_result"])
def test_a_killed_worker_never_makes_a_post_twice(campaign, point):
    server, run, _actors = campaign
    assert run(point) == -9
    lease_over()
    assert run() == 0
    assert len(set(seen(server))) == len(seen(server))
    with ward_scope(WARD_ID):
        assert Attempt.objects.count() >= len(seen(server))
        for row in Delivery.objects.all():
            if row.state == "sent":
                assert row.full_code in seen(server)
    if point == "after_claim":
        assert states() == ["sent", "sent"]
    elif point == "after_result":  # what was written down stays; the rest of the batch is unknown
        assert "sent" in states()
        assert set(states()) <= {"sent", "unknown"}
    else:
        assert states() == ["unknown", "unknown"]


def test_a_lost_answer_is_unknown_until_a_person_decides(campaign):
    server, run, (chief, _deputy) = campaign
    server.faults.add(Rule("reset_after", count=1))
    assert run() == 0
    assert states() == ["sent", "unknown"]
    assert run() == 0
    assert len(seen(server)) == 2
    with ward_scope(WARD_ID):
        row = Delivery.objects.get(state="unknown")
        cards.decide_resend(actor=chief, delivery_id=row.pk)
    assert run() == 0
    assert states() == ["sent", "sent"]
    assert f"{row.code}-2" in seen(server)
    assert len(seen(server)) == 3


def test_what_zalo_certainly_did_not_take_is_tried_again(campaign):
    server, run, _actors = campaign
    server.faults.add(Rule("http_429", count=2))
    assert run() == 0
    assert states() == ["retry", "retry"]
    with ward_scope(WARD_ID):
        Delivery.objects.update(not_before="2026-01-01T00:00:00Z")
    assert run() == 0
    assert states() == ["sent", "sent"]
    assert len(seen(server)) == 2


def test_a_stop_between_claim_and_intent_holds_everything(campaign):
    server, run, (chief, _deputy) = campaign
    assert run("after_claim") == -9
    with ward_scope(WARD_ID):
        writing.stop(actor=chief, broadcast=Delivery.objects.first().broadcast, reason="Sai nội dung")
    lease_over()
    assert run() == 0
    assert seen(server) == []
    assert states() == ["cancelled", "cancelled"]


@pytest.mark.parametrize("point", ["after_intent", "after_send", "after_result"])
def test_a_killed_worker_leaves_no_more_than_one_batch_unknown(campaign, point):
    server, run, _actors = campaign
    server.faults.add(Rule("slow", delay=0.5))  # the next batch is prepared before the answer comes
    assert run(point, BATCH="1") == -9
    lease_over()
    assert run() == 0
    assert states() == (["sent", "sent"] if point == "after_result" else ["sent", "unknown"])
    assert len(set(seen(server))) == len(seen(server))


@contextmanager
def in_the_air(server, run):
    """A worker with batches of one post: inside, the first is on its way and the next one is prepared."""
    server.faults.add(Rule("slow", count=1, delay=3))
    worker = run.begin(BATCH="1")
    try:
        end = time.monotonic() + 20
        while "pending" in states() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.3)
        yield
        assert worker.wait(30) == 0
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()


def test_a_stop_while_a_batch_is_in_the_air_holds_back_the_next_one(campaign):
    server, run, (chief, _deputy) = campaign
    with in_the_air(server, run), ward_scope(WARD_ID):
        writing.stop(actor=chief, broadcast=Delivery.objects.first().broadcast, reason="Sai nội dung")
    assert len(seen(server)) == 1
    assert states() == ["cancelled", "sent"]


def test_an_account_held_while_a_batch_is_in_the_air_holds_back_the_next_one(campaign):
    server, run, (chief, _deputy) = campaign
    with in_the_air(server, run), ward_scope(WARD_ID):
        channels.hold(actor=chief, channel=ZaloChannel.objects.get(), reason="")
    assert len(seen(server)) == 1
    assert states() == ["pending", "sent"]


def test_the_allowance_of_the_account_is_kept(campaign):
    server, run, _actors = campaign
    with ward_scope(WARD_ID):
        ZaloChannel.objects.update(per_minute=1)
    assert run() == 0
    assert len(seen(server)) == 1
    assert states() == ["pending", "sent"]


def again_now() -> None:
    with ward_scope(WARD_ID):
        Delivery.objects.filter(state="retry").update(not_before="2026-01-01T00:00:00Z")


def test_a_token_zalo_forgot_is_renewed_once_and_nothing_is_lost(campaign):
    server, run, _actors = campaign
    with ward_scope(WARD_ID):
        ZaloChannel.objects.update(refresh_issued_at=timezone.now() - timedelta(hours=3))
    server.world.access.clear()
    run()
    again_now()
    run()
    assert states() == ["sent", "sent"]
    assert len(server.world.posts) == 2


def test_a_fresh_token_that_is_refused_holds_the_account(campaign):
    server, run, _actors = campaign
    server.faults.add(Rule("code", code=-216))
    with ward_scope(WARD_ID):
        ZaloChannel.objects.update(refresh_issued_at=timezone.now() - timedelta(hours=3))
    run()
    again_now()
    run()
    with ward_scope(WARD_ID):
        channel = ZaloChannel.objects.get()
    assert (channel.state, channel.held_reason) == ("held", "token")
    assert server.world.posts == []


def test_what_is_past_its_deadline_ends_the_broadcast_even_while_the_account_is_held(campaign):
    server, run, _actors = campaign
    with ward_scope(WARD_ID):
        Delivery.objects.update(deadline="2026-01-01T00:00:00Z")
        ZaloChannel.objects.update(state="held")
    run()
    with ward_scope(WARD_ID):
        assert (Occurrence.objects.get().state, Broadcast.objects.get().status) == ("done", "done")
    assert states() == ["expired", "expired"]
    assert server.world.posts == []

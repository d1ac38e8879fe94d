"""A stand-in with many groups and a broadcast on its way to them, for measuring and for killing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection

from broadcasts.models import Category, Occurrence
from broadcasts.services import planning, scheduling, writing
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.standin.app import new_standin, start
from gateways.zalo.standin.seed import seed
from groups.models import ZaloGroup
from tests.database import ROOT, role_url
from tests.factories import make_post, make_user, never_quiet
from vikhe_portal.core.permissions import Actor, system_actor
from vikhe_portal.core.scope import ward_scope

WORK = "import django; django.setup(); from broadcasts.services.dispatching import run_dispatch; run_dispatch()"
# A worker that is up already, as Celery's are: for each line it reads it works once and answers with the seconds.
WAITING = """
import sys, time, django
django.setup()
from broadcasts.services.dispatching import run_dispatch
for _line in sys.stdin:
    began = time.perf_counter()
    made = run_dispatch()
    print(made, time.perf_counter() - began, flush=True)
"""


@dataclass
class Played:
    """A running stand-in, its address and the facts of its account."""

    server: Any
    base: str
    facts: dict[str, Any]


@contextmanager
def played(groups: int) -> Iterator[Played]:
    """Serve a stand-in with this many groups and no limit a minute, in a thread."""
    server = new_standin(seed=7)
    facts = seed(server.world, groups=groups, members=1, rate_limit=None)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, base = asyncio.run_coroutine_threadsafe(start(server), loop).result(20)
    try:
        yield Played(server, base, facts)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def people(ward_id: int) -> tuple[Actor, Actor]:
    """A writer and an approver of the ward."""
    from accounts.selectors import actor_for

    made = []
    for kind in ("deputy_chief", "deputy_chief"):  # one chief only, and the ward has one
        user = make_user(username=f"do-{uuid4().hex[:10]}")
        make_post(user, kind, ward_id=ward_id)
        made.append(actor_for(user, ward_id))
    return made[0], made[1]


def connect(ward_id: int, facts: dict[str, Any]) -> None:
    """Connect the ward to the account of these facts, without a limit a minute worth the name."""
    with ward_scope(ward_id):
        channel = channels.connect(
            actor=system_actor(ward_id),
            name="đo",
            oa_id=facts["oa_id"],
            app_id=facts["app_id"],
            app_secret=facts["app_secret"],
            oa_secret=facts["oa_secret_key"],
            access_token=facts["access_token"],
            refresh_token=facts["refresh_token"],
            expires_in=90_000,
        )
        ZaloChannel.objects.filter(pk=channel.pk).update(per_minute=10_000_000)


def go_out(ward_id: int, actors: tuple[Actor, Actor], group_ids: list[int]) -> Occurrence:
    """Write, approve and plan a broadcast to these groups."""
    writer, approver = actors
    never_quiet(ward_id)
    with ward_scope(ward_id):
        row = writing.write(
            actor=writer,
            draft=writing.Draft(
                title="Cảnh báo lừa đảo",
                body="Công an không làm việc qua điện thoại.",
                category=Category.objects.get(key="security-1"),
                source_line="Công an phường",
                group_ids=group_ids,
            ),
        )
        writing.submit(actor=writer, broadcast=row)
        writing.approve(actor=approver, broadcast=row, version=1, accept_findings=True)
        occurrence = scheduling.schedule(actor=approver, broadcast=row)
        planning.plan_ward(ward_id=ward_id)
        return occurrence


def gmf_groups(ward_id: int, facts: dict[str, Any]) -> list[int]:
    """The portal's rows of the account's groups."""
    with ward_scope(ward_id):
        rows = ZaloGroup.objects.bulk_create(
            ZaloGroup(
                ward_id=ward_id, name=f"Đo {uuid4().hex[:8]}", kind="gmf", status="active", remote_id=made["group_id"]
            )
            for made in facts["groups"]
        )
    return [row.pk for row in rows]


def environment(base: str) -> dict[str, str]:
    """What a process with the worker's role, this database and the stand-in at `base` needs."""
    return os.environ | {
        "DATABASE_URL": role_url("DATABASE_WORKER_URL", connection.settings_dict["NAME"]),
        "ZALO_OPENAPI_URL": base,
        "ZALO_OAUTH_URL": base,
    }


def worker(base: str) -> subprocess.Popen[bytes]:
    """The dispatcher as the worker's role runs it, in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=environment(base))


@contextmanager
def waiting_worker(base: str) -> Iterator[Callable[[], tuple[int, float]]]:
    """A worker that waits; the function yielded lets it work once and tells how many calls it made in how long."""
    child = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=ROOT,
        env=environment(base),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin and child.stdout

    def work() -> tuple[int, float]:
        print(file=child.stdin, flush=True)
        made, taken = child.stdout.readline().split()  # type: ignore[union-attr]
        return int(made), float(taken)

    try:
        yield work
    finally:
        child.stdin.close()
        child.wait(timeout=60)

"""Posting through the Official Account: the worker's round of claim, intent, send and result over the ledger."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import cast

from django.utils import timezone

from broadcasts.models import Delivery
from broadcasts.services import ledger, quarantine
from broadcasts.services.ledger import Intent
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.client import OAClient
from gateways.zalo.dispatch import Job
from gateways.zalo.outcomes import Kind
from gateways.zalo.sender import Sender, Verdict
from gateways.zalo.transport import Transport
from vikhe_portal.core.scope import ward_scope

TIMEOUT = 10.0  # seconds for one call; the fence keeps a call from outliving the lease
MARGIN = 5.0
S = Delivery.State


def _crash_point(name: str) -> None:
    """Die here when the environment says so: how the crash tests stop a worker at the worst moments."""
    if os.environ.get("CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


def run_dispatch(*, ward_ids: Iterable[int] | None = None, once: bool = False) -> int:
    """Post what is waiting; returns how many calls were made. Must run outside any transaction.

    `ward_ids`: these wards only (all with something waiting). `once`: one batch a ward instead of until none is left.
    """
    sent = 0
    quarantine.look()
    sender: Sender | None = None  # no line is opened while nothing waits
    with ExitStack() as lines:
        for ward_id in list(ward_ids) if ward_ids is not None else waiting_wards():
            ledger.reap(ward_id=ward_id)
            claimed = _claim(ward_id)
            while claimed is not None:
                if sender is None:
                    transport = Transport(channels.endpoints(), total=TIMEOUT)
                    sender = lines.enter_context(Sender(transport, concurrency=ledger.BATCH))
                fence = time.monotonic() + ledger.LEASE.total_seconds() - TIMEOUT - MARGIN
                posts = ledger.intend(ward_id=ward_id, token=claimed.lease, channel_id=claimed.channel_id)
                _crash_point("after_intent")
                if not posts:
                    break
                quarantine.note(max(post.attempt_id for post in posts), max(post.delivery_id for post in posts))
                flying = sender.send([_job(sender, claimed, post, fence) for post in posts])
                # Only claimed while this batch is in the air: what is stopped now is still held back, and a worker
                # killed now leaves no more than this batch unknown.
                following = None if once else _claim(ward_id)
                _note(ward_id, claimed, flying)
                sent += len(posts)
                claimed = following
    return sent


def waiting_wards() -> list[int]:
    """Wards with posts to send or leases that ran out. For the worker, which may sweep this table."""
    rows = Delivery.objects.filter(state__in=[S.PENDING, S.RETRY, S.CLAIMED, S.SENDING], not_before__lte=timezone.now())
    return list(rows.order_by("ward_id").values_list("ward_id", flat=True).distinct())


@dataclass(frozen=True)
class Claimed:
    """A batch under a lease, not yet begun, and what is needed to send it."""

    channel_id: int
    lease: uuid.UUID
    access: str


def _claim(ward_id: int) -> Claimed | None:
    """Take a batch; None when there is nothing to send now."""
    with ward_scope(ward_id):
        channel = ZaloChannel.objects.filter(ward_id=ward_id, state=ZaloChannel.State.ACTIVE).order_by("id").first()
    if channel is None:
        return None
    lease = uuid.uuid4()
    claimed = ledger.claim(ward_id=ward_id, token=lease)
    _crash_point("after_claim")
    if not claimed:
        return None
    try:
        access = channels.access_token(channel.pk)  # transactions of its own: a refresh must survive a crash
    except channels.ChannelHeld:
        ledger.give_back(ward_id=ward_id, token=lease)
        return None
    return Claimed(channel.pk, lease, access)


def _job(sender: Sender, claimed: Claimed, post: Intent, fence: float) -> Job:
    client = OAClient(sender.transport, access_token=claimed.access)
    return Job(post, partial(client.send_group_text, post.remote_group, post.text), not_after=fence)


def _note(ward_id: int, claimed: Claimed, flying: Iterator[list[Verdict]]) -> None:
    for verdicts in flying:
        _crash_point("after_send")
        results = [(cast(Intent, job.key), outcome) for job, outcome in verdicts]
        ledger.note(ward_id=ward_id, channel_id=claimed.channel_id, token=claimed.lease, results=results)
        if any(outcome.kind == Kind.TOKEN for _post, outcome in results):
            channels.note_token_refused(claimed.channel_id, claimed.access)
        _crash_point("after_result")

"""Posting through the Official Account: the worker's round of claim, intent, send and result over the ledger."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterable
from functools import partial
from typing import cast

from django.utils import timezone

from broadcasts.models import Delivery
from broadcasts.services import ledger
from broadcasts.services.ledger import Intent
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.client import OAClient
from gateways.zalo.dispatch import Job
from gateways.zalo.outcomes import Kind
from gateways.zalo.sender import Sender
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
    with Sender(Transport(channels.endpoints(), total=TIMEOUT), concurrency=ledger.BATCH) as sender:
        for ward_id in list(ward_ids) if ward_ids is not None else waiting_wards():
            ledger.reap(ward_id=ward_id)
            while True:
                claimed, made = _one_batch(ward_id, sender)
                sent += made
                if once or not claimed or not made:
                    break
    return sent


def waiting_wards() -> list[int]:
    """Wards with posts to send or leases that ran out. For the worker, which may sweep this table."""
    rows = Delivery.objects.filter(state__in=[S.PENDING, S.RETRY, S.CLAIMED, S.SENDING], not_before__lte=timezone.now())
    return list(rows.order_by("ward_id").values_list("ward_id", flat=True).distinct())


def _one_batch(ward_id: int, sender: Sender) -> tuple[int, int]:
    with ward_scope(ward_id):
        channel = ZaloChannel.objects.filter(ward_id=ward_id, state=ZaloChannel.State.ACTIVE).order_by("id").first()
    if channel is None:
        return 0, 0
    started = time.monotonic()
    token = uuid.uuid4()
    claimed = ledger.claim(ward_id=ward_id, token=token)
    _crash_point("after_claim")
    if not claimed:
        return 0, 0
    try:
        pass_word = channels.access_token(channel.pk)  # transactions of its own: a refresh must survive a crash
    except channels.ChannelHeld:
        ledger.give_back(ward_id=ward_id, token=token)
        return claimed, 0
    posts = ledger.intend(ward_id=ward_id, token=token, channel_id=channel.pk)
    _crash_point("after_intent")
    if not posts:
        return claimed, 0
    fence = started + ledger.LEASE.total_seconds() - TIMEOUT - MARGIN
    client = OAClient(sender.transport, access_token=pass_word)
    jobs = [Job(post, partial(client.send_group_text, post.remote_group, post.text), not_after=fence) for post in posts]
    for verdicts in sender.send(jobs):
        _crash_point("after_send")
        results = [(cast(Intent, job.key), outcome) for job, outcome in verdicts]
        ledger.note(ward_id=ward_id, channel_id=channel.pk, token=token, results=results)
        if any(outcome.kind == Kind.TOKEN for _post, outcome in results):
            channels.note_token_refused(channel.pk, pass_word)
        _crash_point("after_result")
    return claimed, len(posts)

"""Posting through the Official Account: claim, intent, send, result. A post is never sent twice by a machine.

Zalo takes no key of ours with a group post, so what may have been posted is never sent again by itself: a worker that
dies between intent and result leaves its batch unknown, and a person looks into the group.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import Attempt, AttemptResult, Broadcast, BroadcastVersion, Delivery, Occurrence
from broadcasts.selectors.rendering import facts_of, post_text
from broadcasts.services.planning import settle
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.client import OAClient
from gateways.zalo.dispatch import Job, send_many
from gateways.zalo.outcomes import Kind, Outcome
from gateways.zalo.text import TextRefused, prepare
from gateways.zalo.transport import Transport
from groups.models import ZaloGroup
from vikhe_portal.core.scope import ward_scope

BATCH = 50
LEASE = timedelta(seconds=60)
TIMEOUT = 10.0  # seconds for one call; the fence keeps a call from outliving the lease
MARGIN = 5.0
MAX_ATTEMPTS = 8
CONCURRENCY = 20
S = Delivery.State


@dataclass(frozen=True)
class Intent:
    """One post whose intent is committed."""

    delivery_id: int
    attempt_id: int
    occurrence_id: int
    remote_group: str
    text: str


def _crash_point(name: str) -> None:
    """Die here when the environment says so: how the crash tests stop a worker at the worst moments."""
    if os.environ.get("CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


def run_dispatch(*, ward_ids: Iterable[int] | None = None, once: bool = False) -> int:
    """Post what is waiting; returns how many calls were made. Must run outside any transaction.

    `ward_ids`: these wards only (all with something waiting). `once`: one batch a ward instead of until none is left.
    """
    sent = 0
    for ward_id in list(ward_ids) if ward_ids is not None else waiting_wards():
        reap(ward_id=ward_id)
        while True:
            claimed, made = _one_batch(ward_id)
            sent += made
            if once or not claimed or not made:
                break
    return sent


def waiting_wards() -> list[int]:
    """Wards with posts to send or leases that ran out. For the worker, which may sweep this table."""
    rows = Delivery.objects.filter(state__in=[S.PENDING, S.RETRY, S.CLAIMED, S.SENDING], not_before__lte=timezone.now())
    return list(rows.order_by("ward_id").values_list("ward_id", flat=True).distinct())


def _one_batch(ward_id: int) -> tuple[int, int]:
    with ward_scope(ward_id):
        channel = ZaloChannel.objects.filter(ward_id=ward_id, state=ZaloChannel.State.ACTIVE).order_by("id").first()
    if channel is None:
        return 0, 0
    started = time.monotonic()
    token = uuid.uuid4()
    claimed = claim(ward_id=ward_id, token=token)
    _crash_point("after_claim")
    if not claimed:
        return 0, 0
    try:
        pass_word = channels.access_token(channel.pk)  # transactions of its own: a refresh must survive a crash
    except channels.ChannelHeld:
        give_back(ward_id=ward_id, token=token)
        return claimed, 0
    posts = intend(ward_id=ward_id, token=token, channel_id=channel.pk)
    _crash_point("after_intent")
    if not posts:
        return claimed, 0
    fence = started + LEASE.total_seconds() - TIMEOUT - MARGIN
    asyncio.run(_send(ward_id, channel.pk, token, posts, pass_word, fence))
    return claimed, len(posts)


def claim(*, ward_id: int, token: uuid.UUID) -> int:
    """First transaction: take up to a batch of what is due, under a lease. Returns how many."""
    now = timezone.now()
    with ward_scope(ward_id):
        mine = Delivery.objects.filter(ward_id=ward_id, kind=Delivery.Kind.GMF)
        due = mine.filter(state__in=[S.PENDING, S.RETRY], not_before__lte=now, deadline__gt=now).order_by(
            "not_before", "id"
        )
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        return mine.filter(pk__in=ids).update(state=S.CLAIMED, lease_token=token, lease_until=now + LEASE)


def give_back(*, ward_id: int, token: uuid.UUID) -> None:
    """Return what was claimed and not begun, to be tried again in a while."""
    with ward_scope(ward_id):
        Delivery.objects.filter(ward_id=ward_id, state=S.CLAIMED, lease_token=token).update(
            state=S.RETRY, lease_token=None, lease_until=None, not_before=timezone.now() + timedelta(seconds=30)
        )


def intend(*, ward_id: int, token: uuid.UUID, channel_id: int) -> list[Intent]:
    """Second transaction: look once more whether it may go out, take the allowance, write each intent down."""
    now = timezone.now()
    with ward_scope(ward_id):
        rows = list(
            Delivery.objects.select_for_update(of=("self",))
            .filter(ward_id=ward_id, state=S.CLAIMED, lease_token=token, lease_until__gt=now)
            .select_related("occurrence", "broadcast", "group")
            .order_by("id")
        )
        good = [row for row in rows if _may_go(row)]
        _drop([row for row in rows if row not in good])
        granted = channels.take_tokens(channel_id, len(good)) if good else 0
        for row in good[granted:]:
            row.state, row.lease_token, row.lease_until = S.PENDING, None, None
            row.not_before = now + timedelta(seconds=60 - now.second)
            row.save(update_fields=["state", "lease_token", "lease_until", "not_before"])
        return _write_intents(good[:granted], token)


def _may_go(row: Delivery) -> bool:
    return (
        row.occurrence.state == Occurrence.State.OPEN
        and row.broadcast.status == Broadcast.Status.DELIVERING
        and row.broadcast.approved_version == row.occurrence.version
        and row.group.status == ZaloGroup.Status.ACTIVE
        and bool(row.group.remote_id)
    )


def _drop(rows: list[Delivery]) -> None:
    for row in rows:
        row.state, row.lease_token, row.lease_until = S.CANCELLED, None, None
        row.save(update_fields=["state", "lease_token", "lease_until"])
        settle(ward_id=row.ward_id, occurrence_id=row.occurrence_id)


def _write_intents(rows: list[Delivery], token: uuid.UUID) -> list[Intent]:
    if not rows:
        return []
    ward_id = rows[0].ward_id
    facts = facts_of(ward_id, [row.group_id for row in rows])
    wanted = {(row.broadcast_id, row.occurrence.version) for row in rows}
    versions = {
        (version.broadcast_id, version.number): version
        for version in BroadcastVersion.objects.filter(ward_id=ward_id, broadcast_id__in=[pair[0] for pair in wanted])
    }
    posts, attempts = [], []
    for row in rows:
        version = versions[row.broadcast_id, row.occurrence.version]
        try:
            text = prepare(post_text(version, facts[row.group_id], row.full_code))
        except TextRefused:
            row.state, row.lease_token, row.lease_until = S.DEAD, None, None
            row.save(update_fields=["state", "lease_token", "lease_until"])
            settle(ward_id=ward_id, occurrence_id=row.occurrence_id)
            continue
        row.state, row.attempts = S.SENDING, row.attempts + 1
        row.save(update_fields=["state", "attempts"])
        attempts.append(
            Attempt(
                ward_id=ward_id,
                delivery=row,
                token=token,
                number=row.attempts,
                suffix=row.suffix,
                digest=hashlib.sha256(text.encode()).hexdigest(),
            )
        )
        posts.append((row, text))
    made = Attempt.objects.bulk_create(attempts)
    return [
        Intent(row.pk, attempt.pk, row.occurrence_id, row.group.remote_id, text)
        for (row, text), attempt in zip(posts, made, strict=True)
    ]


async def _send(
    ward_id: int, channel_id: int, token: uuid.UUID, posts: list[Intent], pass_word: str, fence: float
) -> None:
    async with Transport(channels.endpoints(), limit=CONCURRENCY, total=TIMEOUT) as transport:
        client = OAClient(transport, access_token=pass_word)
        jobs = [
            Job(post, partial(client.send_group_text, post.remote_group, post.text), not_after=fence) for post in posts
        ]
        async for job, outcome in send_many(jobs, concurrency=CONCURRENCY):
            _crash_point("after_send")
            post: Any = job.key
            await asyncio.to_thread(_note, ward_id, channel_id, token, post, outcome)
            if outcome.kind == Kind.TOKEN:
                await asyncio.to_thread(channels.note_token_refused, channel_id, pass_word)
            _crash_point("after_result")


def _note(ward_id: int, channel_id: int, token: uuid.UUID, post: Intent, outcome: Outcome) -> None:
    """Third transaction: what came of it; only while the lease is still this worker's."""
    with ward_scope(ward_id):
        row = (
            Delivery.objects.select_for_update()
            .filter(ward_id=ward_id, pk=post.delivery_id, state=S.SENDING, lease_token=token)
            .first()
        )
        AttemptResult.objects.create(
            ward_id=ward_id,
            attempt_id=post.attempt_id,
            outcome=outcome.kind,
            code=outcome.code,
            http_status=outcome.http_status,
        )
        if row is None:
            return
        _judge(row, outcome)
        row.lease_token, row.lease_until = None, None
        row.save()
        if row.state == S.SENT:
            ZaloGroup.objects.filter(ward_id=ward_id, pk=row.group_id).update(last_post_at=row.sent_at)
        if row.state in (S.UNKNOWN, S.DEAD):
            tell_deciders(ward_id)
        settle(ward_id=ward_id, occurrence_id=row.occurrence_id)
        channels.note_outcome(channel_id, outcome.kind, outcome.code)


def _judge(row: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    row.error_code = outcome.code or None
    if outcome.kind == Kind.SENT:
        row.state, row.sent_at, row.remote_id = S.SENT, now, outcome.remote_id[:40]
    elif outcome.kind == Kind.UNKNOWN:
        row.state, row.unknown_since = S.UNKNOWN, now
    elif outcome.kind in (Kind.GROUP_REFUSED, Kind.INVALID) or row.attempts >= MAX_ATTEMPTS:
        row.state = S.DEAD
    else:  # certainly not posted: later, with a pause that grows
        pause = random.uniform(0.5, 1) * min(300, 2**row.attempts)  # noqa: S311  (spreads retries, decides nothing)
        if outcome.kind in (Kind.QUOTA, Kind.NIGHT, Kind.CHANNEL_DOWN):
            pause = 600
        row.state, row.not_before = S.RETRY, now + timedelta(seconds=pause)


def tell_deciders(ward_id: int) -> None:
    """Tell those who decide that something waits, once until they have read it."""
    people = holders(ward_id, Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF, Post.Kind.DUTY_OFFICER)
    told = people.filter(notices__ward_id=ward_id, notices__kind="broadcast_unknown", notices__read_at__isnull=True)
    ids = set(people.values_list("pk", flat=True)) - set(told.values_list("pk", flat=True))
    if ids:
        notify(ward_id=ward_id, user_ids=sorted(ids), kind="broadcast_unknown", url=reverse("broadcasts:unknown"))


def reap(*, ward_id: int) -> tuple[int, int]:
    """Leases that ran out: not begun → waiting again; begun → unknown, for a person. Returns both numbers.

    What is past its deadline expires here too, also while the channel is held, so that a broadcast comes to its end.
    """
    now = timezone.now()
    with ward_scope(ward_id):
        late = Delivery.objects.filter(ward_id=ward_id, kind=Delivery.Kind.GMF, deadline__lte=now)
        expired = late.filter(state__in=[S.PENDING, S.RETRY]).select_for_update(skip_locked=True)
        over_for = dict(expired.values_list("pk", "occurrence_id"))
        Delivery.objects.filter(ward_id=ward_id, pk__in=over_for).update(state=S.EXPIRED)
        for occurrence_id in sorted(set(over_for.values())):
            settle(ward_id=ward_id, occurrence_id=occurrence_id)
        over = Delivery.objects.filter(ward_id=ward_id, lease_until__lt=now)
        free = over.filter(state=S.CLAIMED).update(state=S.PENDING, lease_token=None, lease_until=None)
        lost = over.filter(state=S.SENDING).update(
            state=S.UNKNOWN, lease_token=None, lease_until=None, unknown_since=F("lease_until")
        )
        if lost:
            tell_deciders(ward_id)
    return free, lost

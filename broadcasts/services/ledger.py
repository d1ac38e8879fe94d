"""The ledger of posts through the Official Account: claim, intent and result, each a transaction of its own.

Zalo takes no key of ours with a group post, so what may have been posted is never sent again by itself: a worker that
dies between intent and result leaves its batch unknown, and a person looks into the group. A transaction may cover a
batch, as long as every send is covered by a committed intent.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import BroadcastVersion, Delivery
from broadcasts.selectors.rendering import facts_of, fields_in, post_text
from broadcasts.services.planning import settle
from gateways.services import channels
from gateways.zalo.outcomes import Kind, Outcome
from gateways.zalo.text import TextRefused, prepare
from vikhe_portal.core.scope import ward_scope

BATCH = 50
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
S = Delivery.State


@dataclass(frozen=True)
class Intent:
    """One post whose intent is committed."""

    delivery_id: int
    attempt_id: int
    remote_group: str
    text: str


_CLAIM = """
WITH due AS (
    SELECT id FROM broadcasts_delivery
    WHERE ward_id = %(ward)s AND kind = 'gmf' AND state IN ('pending', 'retry') AND not_before <= %(now)s
        AND deadline > %(now)s
        AND NOT EXISTS (SELECT 1 FROM broadcasts_quarantine q WHERE q.ward_id = %(ward)s AND q.cleared_at IS NULL)
    ORDER BY not_before, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
UPDATE broadcasts_delivery d SET state = 'claimed', lease_token = %(token)s, lease_until = %(until)s
FROM due WHERE d.id = due.id AND d.ward_id = %(ward)s
"""


def claim(*, ward_id: int, token: uuid.UUID) -> int:
    """First transaction: take up to a batch of what is due, under a lease. Returns how many."""
    now = timezone.now()
    with ward_scope(ward_id), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"ward": ward_id, "now": now, "batch": BATCH, "token": token, "until": now + LEASE})
        return int(cursor.rowcount)


def give_back(*, ward_id: int, token: uuid.UUID) -> None:
    """Return what was claimed and not begun, to be tried again in a while."""
    with ward_scope(ward_id):
        Delivery.objects.filter(ward_id=ward_id, state=S.CLAIMED, lease_token=token).update(
            state=S.RETRY, lease_token=None, lease_until=None, not_before=timezone.now() + timedelta(seconds=30)
        )


@dataclass(frozen=True)
class _Row:
    """What the second transaction reads of a delivery and its neighbours; `may_go`: nobody stopped it meanwhile."""

    id: int
    occurrence_id: int
    broadcast_id: int
    group_id: int
    code: str
    version: int
    remote_group: str
    may_go: bool


_LOOK = """
SELECT d.id, d.occurrence_id, d.broadcast_id, d.group_id,
    CASE d.suffix WHEN 1 THEN d.code ELSE d.code || '-' || d.suffix END, o.version, g.remote_id,
    o.state = 'open' AND b.status = 'delivering' AND b.approved_version = o.version AND g.status = 'active'
        AND g.remote_id <> ''
FROM broadcasts_delivery d
JOIN broadcasts_occurrence o ON o.ward_id = d.ward_id AND o.id = d.occurrence_id
JOIN broadcasts_broadcast b ON b.ward_id = d.ward_id AND b.id = d.broadcast_id
JOIN groups_zalogroup g ON g.ward_id = d.ward_id AND g.id = d.group_id
WHERE d.ward_id = %s AND d.state = 'claimed' AND d.lease_token = %s AND d.lease_until > %s
ORDER BY d.id FOR UPDATE OF d
"""


def intend(*, ward_id: int, token: uuid.UUID, channel_id: int) -> list[Intent]:
    """Second transaction: look once more whether it may go out, take the allowance, write each intent down.

    The lease begins anew: from here on it covers the calls, however long the claim had waited its turn.
    """
    now = timezone.now()
    with ward_scope(ward_id):
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, (ward_id, token, now))
            rows = [_Row(*columns) for columns in cursor.fetchall()]
        good = [row for row in rows if row.may_go]
        _drop(ward_id, [row for row in rows if not row.may_go], S.CANCELLED)
        granted = channels.take_tokens(channel_id, len(good)) if good else 0
        if good[granted:]:
            Delivery.objects.filter(ward_id=ward_id, pk__in=[row.id for row in good[granted:]]).update(
                state=S.PENDING,
                lease_token=None,
                lease_until=None,
                not_before=now + timedelta(seconds=60 - now.second),
            )
        return _write_intents(ward_id, good[:granted], token)


def _drop(ward_id: int, rows: list[_Row], state: Delivery.State) -> None:
    """End these without a post."""
    if not rows:
        return
    Delivery.objects.filter(ward_id=ward_id, pk__in=[row.id for row in rows]).update(
        state=state, lease_token=None, lease_until=None
    )
    for occurrence_id in sorted({row.occurrence_id for row in rows}):
        settle(ward_id=ward_id, occurrence_id=occurrence_id)


_INTEND = """
WITH v AS (SELECT * FROM unnest(%(ids)s::bigint[], %(digests)s::text[]) AS v(id, digest)),
going AS (
    UPDATE broadcasts_delivery d SET state = 'sending', attempts = d.attempts + 1, lease_until = %(until)s
    FROM v WHERE d.id = v.id AND d.ward_id = %(ward)s
    RETURNING d.id, d.attempts, d.suffix, v.digest)
INSERT INTO broadcasts_attempt (ward_id, delivery_id, token, number, suffix, digest, started_at)
SELECT %(ward)s, id, %(token)s, attempts, suffix, digest, %(now)s FROM going
RETURNING delivery_id, id
"""


def _write_intents(ward_id: int, rows: list[_Row], token: uuid.UUID) -> list[Intent]:
    if not rows:
        return []
    now, texts = timezone.now(), _texts(ward_id, rows)
    _drop(ward_id, [row for row in rows if row.id not in texts], S.DEAD)
    values: dict[str, Any] = {
        "ids": list(texts),
        "digests": [hashlib.sha256(text.encode()).hexdigest() for text in texts.values()],
        "ward": ward_id,
        "token": token,
        "now": now,
        "until": now + LEASE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INTEND, values)
        attempts = dict(cursor.fetchall())
    return [Intent(row.id, attempts[row.id], row.remote_group, texts[row.id]) for row in rows if row.id in attempts]


def _texts(ward_id: int, rows: list[_Row]) -> dict[int, str]:
    """The exact text of each delivery; what Zalo would refuse is missing."""
    numbers = {(row.broadcast_id, row.version) for row in rows}
    versions = {
        (version.broadcast_id, version.number): version
        for version in BroadcastVersion.objects.filter(
            ward_id=ward_id, broadcast_id__in={broadcast for broadcast, _number in numbers}
        )
        if (version.broadcast_id, version.number) in numbers
    }
    personal = any(fields_in(version.title + version.body) for version in versions.values())
    facts = facts_of(ward_id, [row.group_id for row in rows]) if personal else {}
    texts = {}
    for row in rows:
        version = versions[row.broadcast_id, row.version]
        try:
            texts[row.id] = prepare(post_text(version, facts.get(row.group_id, {}), row.code))
        except TextRefused:
            continue
    return texts


_HELD = """
SELECT id, attempts, occurrence_id, group_id FROM broadcasts_delivery
WHERE ward_id = %s AND id = ANY(%s) AND state = 'sending' AND lease_token = %s
ORDER BY id FOR UPDATE
"""


def note(*, ward_id: int, channel_id: int, token: uuid.UUID, results: Sequence[tuple[Intent, Outcome]]) -> None:
    """Third transaction: what came of these; a row changes only while its lease is still this worker's."""
    now = timezone.now()
    with ward_scope(ward_id):
        with connection.cursor() as cursor:
            cursor.execute(_HELD, (ward_id, [post.delivery_id for post, _outcome in results], token))
            rows = {columns[0]: columns[1:] for columns in cursor.fetchall()}
            _record(ward_id, results)
            held = [(post.delivery_id, outcome) for post, outcome in results if post.delivery_id in rows]
            changed = [_judge(pk, rows[pk][0], outcome, now) for pk, outcome in held]
            if changed:
                cursor.execute(_SAVE, [*map(list, zip(*changed, strict=True)), ward_id, now, ward_id])
        if any(change.state in (S.UNKNOWN, S.DEAD) for change in changed):
            tell_deciders(ward_id)
        for occurrence_id in sorted({occurrence_id for _attempts, occurrence_id, _group in rows.values()}):
            settle(ward_id=ward_id, occurrence_id=occurrence_id)
        channels.note_outcomes(channel_id, [(outcome.kind, outcome.code) for _pk, outcome in held])


_RECORD = """
INSERT INTO broadcasts_attemptresult (ward_id, attempt_id, outcome, code, http_status, finished_at)
SELECT %s, v.*, %s FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[]) AS v
"""


def _record(ward_id: int, results: Sequence[tuple[Intent, Outcome]]) -> None:
    """Add what came of each attempt, in one statement."""
    columns: list[list[int | str | None]] = [
        [post.attempt_id for post, _outcome in results],
        [str(outcome.kind) for _post, outcome in results],
        [outcome.code for _post, outcome in results],
        [outcome.http_status for _post, outcome in results],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, (ward_id, timezone.now(), *columns))


_SAVE = """
WITH saved AS (
    UPDATE broadcasts_delivery d SET state = v.state, error_code = v.error_code, sent_at = v.sent_at,
        remote_id = v.remote_id, unknown_since = v.unknown_since,
        not_before = COALESCE(v.not_before, d.not_before), lease_token = NULL, lease_until = NULL
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::timestamptz[],
        %s::timestamptz[]) AS v(id, state, error_code, sent_at, remote_id, unknown_since, not_before)
    WHERE d.id = v.id AND d.ward_id = %s
    RETURNING d.group_id, d.state)
UPDATE groups_zalogroup g SET last_post_at = %s FROM saved
WHERE g.id = saved.group_id AND saved.state = 'sent' AND g.ward_id = %s
"""


class _Change(NamedTuple):
    """What becomes of a delivery, in the order in which `_SAVE` takes it."""

    id: int
    state: Delivery.State
    error_code: int | None
    sent_at: datetime | None = None
    remote_id: str = ""
    unknown_since: datetime | None = None
    not_before: datetime | None = None


def _judge(pk: int, attempts: int, outcome: Outcome, now: datetime) -> _Change:
    code = outcome.code or None
    if outcome.kind == Kind.SENT:
        return _Change(pk, S.SENT, code, sent_at=now, remote_id=outcome.remote_id[:40])
    if outcome.kind == Kind.UNKNOWN:
        return _Change(pk, S.UNKNOWN, code, unknown_since=now)
    if outcome.kind in (Kind.GROUP_REFUSED, Kind.INVALID) or attempts >= MAX_ATTEMPTS:
        return _Change(pk, S.DEAD, code)
    # Certainly not posted: later, with a pause that grows.
    pause = random.uniform(0.5, 1) * min(300, 2**attempts)  # noqa: S311  (spreads retries, decides nothing)
    if outcome.kind in (Kind.QUOTA, Kind.NIGHT, Kind.CHANNEL_DOWN):
        pause = 600
    return _Change(pk, S.RETRY, code, not_before=now + timedelta(seconds=pause))


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

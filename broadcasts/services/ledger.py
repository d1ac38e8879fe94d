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
from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import Attempt, Broadcast, BroadcastVersion, Delivery, Occurrence
from broadcasts.selectors.rendering import facts_of, fields_in, post_text
from broadcasts.services.planning import settle
from gateways.services import channels
from gateways.zalo.outcomes import Kind, Outcome
from gateways.zalo.text import TextRefused, prepare
from groups.models import ZaloGroup
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
            .only(*_LOOKED_AT)
        )
        good = [row for row in rows if _may_go(row)]
        _drop([row for row in rows if row not in good], S.CANCELLED)
        granted = channels.take_tokens(channel_id, len(good)) if good else 0
        Delivery.objects.filter(ward_id=ward_id, pk__in=[row.pk for row in good[granted:]]).update(
            state=S.PENDING,
            lease_token=None,
            lease_until=None,
            not_before=now + timedelta(seconds=60 - now.second),
        )
        return _write_intents(good[:granted], token)


# What the second transaction reads of a delivery and its neighbours.
_LOOKED_AT = (
    "ward_id",
    "code",
    "suffix",
    "attempts",
    "occurrence__state",
    "occurrence__version",
    "broadcast__status",
    "broadcast__approved_version",
    "group__status",
    "group__remote_id",
)


def _may_go(row: Delivery) -> bool:
    return (
        row.occurrence.state == Occurrence.State.OPEN
        and row.broadcast.status == Broadcast.Status.DELIVERING
        and row.broadcast.approved_version == row.occurrence.version
        and row.group.status == ZaloGroup.Status.ACTIVE
        and bool(row.group.remote_id)
    )


def _drop(rows: list[Delivery], state: Delivery.State) -> None:
    """End these without a post."""
    if not rows:
        return
    ward_id = rows[0].ward_id
    Delivery.objects.filter(ward_id=ward_id, pk__in=[row.pk for row in rows]).update(
        state=state, lease_token=None, lease_until=None
    )
    for occurrence_id in sorted({row.occurrence_id for row in rows}):
        settle(ward_id=ward_id, occurrence_id=occurrence_id)


def _write_intents(rows: list[Delivery], token: uuid.UUID) -> list[Intent]:
    if not rows:
        return []
    ward_id = rows[0].ward_id
    texts = _texts(ward_id, rows)
    _drop([row for row in rows if row.pk not in texts], S.DEAD)
    rows = [row for row in rows if row.pk in texts]
    Delivery.objects.filter(ward_id=ward_id, pk__in=list(texts)).update(state=S.SENDING, attempts=F("attempts") + 1)
    made = Attempt.objects.bulk_create(
        Attempt(
            ward_id=ward_id,
            delivery=row,
            token=token,
            number=row.attempts + 1,
            suffix=row.suffix,
            digest=hashlib.sha256(texts[row.pk].encode()).hexdigest(),
        )
        for row in rows
    )
    return [
        Intent(row.pk, attempt.pk, row.group.remote_id, texts[row.pk]) for row, attempt in zip(rows, made, strict=True)
    ]


def _texts(ward_id: int, rows: list[Delivery]) -> dict[int, str]:
    """The exact text of each delivery; what Zalo would refuse is missing."""
    numbers = {(row.broadcast_id, row.occurrence.version) for row in rows}
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
        version = versions[row.broadcast_id, row.occurrence.version]
        try:
            texts[row.pk] = prepare(post_text(version, facts.get(row.group_id, {}), row.full_code))
        except TextRefused:
            continue
    return texts


def note(*, ward_id: int, channel_id: int, token: uuid.UUID, results: Sequence[tuple[Intent, Outcome]]) -> None:
    """Third transaction: what came of these; a row changes only while its lease is still this worker's."""
    now = timezone.now()
    with ward_scope(ward_id):
        rows = {
            row.pk: row
            for row in Delivery.objects.select_for_update()
            .filter(
                ward_id=ward_id,
                pk__in=[post.delivery_id for post, _outcome in results],
                state=S.SENDING,
                lease_token=token,
            )
            .order_by("id")
        }
        _record(ward_id, results)
        held = [(rows[post.delivery_id], outcome) for post, outcome in results if post.delivery_id in rows]
        for row, outcome in held:
            _judge(row, outcome)
            row.lease_token, row.lease_until = None, None
        changed = [row for row, _outcome in held]
        _save(changed)
        posted = [row.group_id for row in changed if row.state == S.SENT]
        if posted:
            ZaloGroup.objects.filter(ward_id=ward_id, pk__in=posted).update(last_post_at=now)
        if any(row.state in (S.UNKNOWN, S.DEAD) for row in changed):
            tell_deciders(ward_id)
        for occurrence_id in sorted({row.occurrence_id for row in changed}):
            settle(ward_id=ward_id, occurrence_id=occurrence_id)
        channels.note_outcomes(channel_id, [(outcome.kind, outcome.code) for _row, outcome in held])


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
UPDATE broadcasts_delivery d SET state = v.state, error_code = v.error_code, sent_at = v.sent_at,
    remote_id = v.remote_id, unknown_since = v.unknown_since, not_before = v.not_before, lease_token = NULL,
    lease_until = NULL
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    AS v(id, state, error_code, sent_at, remote_id, unknown_since, not_before)
WHERE d.id = v.id AND d.ward_id = %s
"""
_SAVED = ("pk", "state", "error_code", "sent_at", "remote_id", "unknown_since", "not_before")


def _save(rows: list[Delivery]) -> None:
    """Write what `_judge` decided, in one statement."""
    if rows:
        with connection.cursor() as cursor:
            columns = [[getattr(row, name) for row in rows] for name in _SAVED]
            cursor.execute(_SAVE, [*columns, rows[0].ward_id])


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

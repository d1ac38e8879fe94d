"""The audit trail: written with the change it speaks of, hash-chained per ward soon after."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from vikhe_portal.core import context
from vikhe_portal.core.models import AuditEvent, AuditLink, AuditPending
from vikhe_portal.core.permissions import Actor

UNLINKED_LIMIT = timedelta(seconds=60)
FIRST = "0" * 64


def record(
    *,
    actor: Actor | None,
    action: str,
    target: models.Model | None = None,
    ward_id: int | None = None,
    reason: str = "",
    fields: Iterable[str] = (),
    values: Mapping[str, Any] | None = None,
    hidden_from: Iterable[int] = (),
) -> AuditEvent:
    """Append one event in the running transaction and return it.

    `fields` are names of changed fields (never their contents); `values` holds only what is not personal (states,
    counts, dates, ids). The ward is the target's, or the actor's. Raises RuntimeError outside a transaction, so that a
    change and its record always commit together.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record() must run inside transaction.atomic()")
    origin = context.current()
    ward = ward_id
    if ward is None:
        ward = getattr(target, "ward_id", None) or (actor.ward_id if actor else None) or None
    return AuditEvent.objects.create(
        ward_id=ward,
        actor_id=actor.user_id if actor else None,
        action=action,
        object_type=target._meta.label_lower if target is not None else "",
        object_id=str(target.pk) if target is not None else "",
        reason=reason[:500],
        fields=sorted(fields),
        values=dict(values or {}),
        source=origin.source,
        request_id=origin.request_id,
        address=origin.address,
        hidden_from=sorted(hidden_from),
    )


def _digest(previous: str, event: AuditEvent) -> str:
    facts = {
        "id": event.pk,
        "ward": event.ward_id,
        "actor": event.actor_id,
        "action": event.action,
        "object": [event.object_type, event.object_id],
        "at": event.at.isoformat(),
        "reason": event.reason,
        "fields": event.fields,
        "values": event.values,
        "source": event.source,
        "request": event.request_id,
        "address": event.address,
        "hidden": event.hidden_from,
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}|{canonical}".encode()).hexdigest()


def wards_with_pending() -> list[int]:
    """Wards (0 for the installation) with events waiting for their link. For the worker's role, which sees all."""
    return list(AuditPending.objects.order_by().values_list("ward_id", flat=True).distinct())


@transaction.atomic
def link_events(ward: int, *, limit: int = 2000) -> int:
    """Chain the ward's events that no link covers yet; returns how many. Ward 0 is the installation itself.

    For the worker's role, in the ward's scope. One chainer at a time per ward (advisory lock); others return 0 at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [726_001, ward])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditLink.objects.filter(ward_id=ward).order_by("-seq").first()
    seq, previous = (last.seq, last.digest) if last else (0, FIRST)
    waiting = list(
        AuditPending.objects.filter(ward_id=ward).order_by("event_id").values_list("event_id", flat=True)[:limit]
    )
    links = []
    for event in AuditEvent.objects.filter(pk__in=waiting).order_by("pk"):
        seq += 1
        digest = _digest(previous, event)
        links.append(AuditLink(ward_id=ward, seq=seq, event_id=event.pk, previous=previous, digest=digest))
        previous = digest
    AuditLink.objects.bulk_create(links)
    AuditPending.objects.filter(event_id__in=[link.event_id for link in links]).delete()
    return len(links)


@dataclass(frozen=True)
class Verdict:
    """What a check of a ward's chain found: number of links, head digest, and the first break in words, if any."""

    ward: int
    links: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def verify(ward: int, *, anchor: tuple[int, str] | None = None, anchors: Iterable[tuple[int, str]] = ()) -> Verdict:
    """Recompute the ward's chain. `anchor` and `anchors` are (seq, digest) kept outside the database: they also find a
    cut tail and a chain rewritten from an earlier link on.

    Must run in the ward's scope. Problems are in English for the command line.
    """
    previous, seq = FIRST, 0
    outside = {place: digest for place, digest in [*anchors, *([anchor] if anchor else [])] if place}
    links = AuditLink.objects.filter(ward_id=ward).order_by("seq")
    for link in links.iterator(chunk_size=2000):
        seq += 1
        if link.seq != seq:
            return Verdict(ward, seq - 1, previous, seq, f"link {seq} is missing")
        event = AuditEvent.objects.filter(pk=link.event_id).first()
        if event is None:
            return Verdict(ward, seq - 1, previous, seq, f"event {link.event_id} of link {seq} is missing")
        if link.previous != previous or link.digest != _digest(previous, event):
            return Verdict(ward, seq - 1, previous, seq, f"event {link.event_id} of link {seq} was changed")
        previous = link.digest
        if outside.pop(seq, link.digest) != link.digest:
            return Verdict(ward, seq, previous, seq, f"link {seq} differs from the anchor kept outside")
    if outside:
        place = max(outside)
        return Verdict(ward, seq, previous, seq + 1, f"the chain ends at {seq}, the anchor outside is at {place}")
    late = AuditPending.objects.filter(ward_id=ward, since__lt=timezone.now() - UNLINKED_LIMIT).first()
    if late is not None:
        return Verdict(ward, seq, previous, None, f"event {late.event_id} has been without a link for over 60 s")
    return Verdict(ward, seq, previous)


def head(ward: int) -> tuple[int, str]:
    """The last (seq, digest) of the ward's chain, (0, zeros) when nothing is linked yet. In the ward's scope."""
    last = AuditLink.objects.filter(ward_id=ward).order_by("-seq").first()
    return (last.seq, last.digest) if last else (0, FIRST)


def anchor_file(ward: int) -> Path:
    """Where the ward's anchors stand: one line for each, `moment SEQ:DIGEST`."""
    return Path(settings.AUDIT_ANCHORS) / f"{ward}.txt"


def read_anchors(ward: int) -> list[tuple[str, int, str]]:
    """The ward's anchors as (moment, seq, digest), oldest first.

    Raises ValueError for a line that is no anchor: a file somebody edited must not pass for an empty one.
    """
    file = anchor_file(ward)
    if not file.exists():
        return []
    anchors = []
    for number, line in enumerate(file.read_text(encoding="ascii").splitlines(), start=1):
        moment, _space, mark = line.partition(" ")
        seq, _colon, digest = mark.partition(":")
        if not moment or not seq.isdigit() or len(digest) != len(FIRST):
            raise ValueError(f"{file.name}, line {number}, is no anchor")
        anchors.append((moment, int(seq), digest))
    return anchors


def write_anchors() -> int:
    """Append the head of every ward's chain (0: the installation's) to its file when it has moved; returns how many.

    For the worker's role. Lines are only ever added (O_APPEND, flushed to the disk). Copy the folder to another machine
    or print the page: whoever can change the database and this folder could change both.
    """
    written = 0
    for ward in sorted(set(AuditLink.objects.order_by().values_list("ward_id", flat=True).distinct())):
        seq, digest = head(ward)
        known = read_anchors(ward)
        if known and known[-1][1] == seq:
            continue
        file = anchor_file(ward)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{timezone.now().isoformat(timespec='seconds')} {seq}:{digest}\n".encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
        written += 1
    return written

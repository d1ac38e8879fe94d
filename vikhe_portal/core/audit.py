"""The audit trail: written with the change it speaks of, hash-chained per ward soon after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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
        actor_id=(actor.id or None) if actor else None,
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


def verify(ward: int, *, anchor: tuple[int, str] | None = None) -> Verdict:
    """Recompute the ward's chain. `anchor` is a (seq, digest) kept outside the database: it also finds a cut tail.

    Must run in the ward's scope. Problems are in English for the command line.
    """
    previous, seq = FIRST, 0
    anchored = anchor is None or anchor[0] == 0
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
        if anchor is not None and link.seq == anchor[0]:
            if link.digest != anchor[1]:
                return Verdict(ward, seq, previous, seq, f"link {seq} differs from the anchor kept outside")
            anchored = True
    if not anchored and anchor is not None:
        return Verdict(ward, seq, previous, seq + 1, f"the chain ends at {seq}, the anchor outside is at {anchor[0]}")
    late = AuditPending.objects.filter(ward_id=ward, since__lt=timezone.now() - UNLINKED_LIMIT).first()
    if late is not None:
        return Verdict(ward, seq, previous, None, f"event {late.event_id} has been without a link for over 60 s")
    return Verdict(ward, seq, previous)

"""Reads of the connections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gateways.models import InboxEvent, ZaloChannel
from vikhe_portal.core.permissions import Actor

CONSENT_DAYS = 90


def channels(actor: Actor) -> QuerySet[ZaloChannel]:
    """The ward's Official Accounts."""
    return ZaloChannel.objects.filter(ward_id=actor.ward_id).order_by("id")


def channel(actor: Actor, pk: int) -> ZaloChannel | None:
    """One of them, or None."""
    return channels(actor).filter(pk=pk).first()


def health(actor: Actor) -> list[dict[str, Any]]:
    """Each account's state for the page: how old its consent is, what waits, what failed."""
    shown = []
    day = timezone.now() - timedelta(days=1)
    for row in channels(actor):
        events = InboxEvent.objects.filter(ward_id=actor.ward_id, source=row.oa_id)
        age = (timezone.now() - row.refresh_issued_at).days if row.refresh_issued_at else None
        shown.append(
            {
                "channel": row,
                "consent_days": None if age is None else CONSENT_DAYS - age,
                "waiting": events.filter(state=InboxEvent.State.NEW).count(),
                "failed": events.filter(state=InboxEvent.State.FAILED, received_at__gte=day).count(),
                "last_event": events.order_by("-received_at").values_list("received_at", flat=True).first(),
            }
        )
    return shown


def wards_with_events() -> list[int]:
    """Wards with events waiting. For the worker's role, which sees all wards' queues."""
    return list(
        InboxEvent.objects.filter(state=InboxEvent.State.NEW).order_by().values_list("ward_id", flat=True).distinct()
    )

"""Reads of sources and what they brought."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from broadcasts.models import Source, SourceItem
from vikhe_portal.core.permissions import Actor


def sources(actor: Actor) -> QuerySet[Source]:
    """The ward's sources."""
    return Source.objects.filter(ward_id=actor.ward_id).select_related("category").order_by("-active", "name")


def source(actor: Actor, pk: int) -> Source | None:
    """One source of the ward, or None."""
    return sources(actor).filter(pk=pk).first()


def pages_due(actor: Actor) -> QuerySet[Source]:
    """Pages without a feed that somebody should look at by now."""
    return sources(actor).filter(kind=Source.Kind.PAGE, active=True, next_at__lte=timezone.now())


def items(actor: Actor) -> QuerySet[SourceItem]:
    """Items waiting as drafts, newest first."""
    rows = SourceItem.objects.filter(ward_id=actor.ward_id, state=SourceItem.State.NEW)
    return rows.select_related("source", "source__category").order_by("-found_at", "-id")


def item(actor: Actor, pk: int) -> SourceItem | None:
    """One item of the ward not used yet, or None."""
    rows = SourceItem.objects.filter(ward_id=actor.ward_id).exclude(state=SourceItem.State.EXPIRED)
    return rows.select_related("source").filter(pk=pk).first()

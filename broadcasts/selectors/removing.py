"""Reads of what is being taken down."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from broadcasts.models import Broadcast, BroadcastVersion, Delivery, Removal
from broadcasts.policies import checkable, removable, visible_removals
from broadcasts.selectors.rendering import facts_of, post_text
from vikhe_portal.core.permissions import Actor

WAITING = Removal.WAITING


def _with_words(rows: QuerySet[Removal]) -> QuerySet[Removal]:
    return rows.select_related("delivery__group", "delivery__broadcast", "delivery__occurrence", "done_by", "holder")


def to_remove(actor: Actor) -> QuerySet[Removal]:
    """Posts the actor is to take out of groups, the longest due first."""
    return _with_words(removable(actor)).order_by("overdue_from", "id")


def to_check(actor: Actor) -> QuerySet[Removal]:
    """Posts somebody else says to have removed, which the actor may look at."""
    return _with_words(checkable(actor)).order_by("done_at", "id")


def of_broadcast(actor: Actor, broadcast: Broadcast) -> list[Removal]:
    """Where a broadcast is being taken down, what is still open first."""
    if broadcast.recalled_at is None:
        return []
    rows = visible_removals(actor).filter(delivery__broadcast=broadcast).select_related("checked_by")
    return sorted(_with_words(rows), key=lambda row: (row.state not in Removal.WAITING, row.delivery.group.name))


def standing(rows: Iterable[Delivery], broadcast: Broadcast) -> bool:
    """Something of it stands in a group and nobody has called it back."""
    there = (*Delivery.GOOD, Delivery.State.UNKNOWN, Delivery.State.SENDING)
    return broadcast.recalled_at is None and any(row.state in there for row in rows)


def removal(actor: Actor, pk: int) -> Removal | None:
    """One removal the actor may know of, or None."""
    return _with_words(visible_removals(actor)).filter(pk=pk).first()


def words_of(row: Removal) -> str:
    """The exact post to look for."""
    post = row.delivery
    version = BroadcastVersion.objects.get(
        ward_id=row.ward_id, broadcast_id=post.broadcast_id, number=post.occurrence.version
    )
    facts = facts_of(row.ward_id, [post.group_id])
    return post_text(version, facts[post.group_id], post.full_code)

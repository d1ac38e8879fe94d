"""The story of a tip: every step writes an event people read and a line in the audit trail, together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import Post
from tips.models import Route, SecurityReader, Tip, TipEvent
from tips.selectors import subject_ids
from vikhe_portal.core import audit
from vikhe_portal.core.permissions import Actor


def hidden_from(tip: Tip, *, fresh: bool = False) -> set[int]:
    """Ids of people whose audit pages must not show the tip: whom it concerns and, off the ordinary route, everyone
    but those who may know of it. `fresh` spares the question when the tip was made just now and names nobody."""
    hidden = set() if fresh else subject_ids(tip)
    if tip.route == Route.ORDINARY:
        return hidden
    knows = {
        Route.CHIEF: Q(kind=Post.Kind.CHIEF),
        Route.SECURITY: Q(kind=Post.Kind.CHIEF),
        Route.HEAD_RECORD: Q(kind=Post.Kind.COMMITTEE_HEAD),
        Route.CHIEF_RECORD: Q(kind=Post.Kind.CHIEF),
    }[Route(tip.route)]
    posts = Post.objects.filter(ward_id=tip.ward_id, held__contains=timezone.now())
    told = set(posts.filter(knows).values_list("user_id", flat=True))
    if tip.assignee_id:
        told.add(tip.assignee_id)
    if tip.route == Route.SECURITY:
        readers = SecurityReader.objects.filter(ward_id=tip.ward_id, ended_at__isnull=True)
        told |= set(readers.values_list("user_id", flat=True))
    return hidden | (set(posts.values_list("user_id", flat=True)) - told)


def tell(
    tip: Tip,
    kind: str,
    *,
    actor: Actor | None,
    action: str,
    reason: str = "",
    facts: dict[str, Any] | None = None,
    fields: Iterable[str] = (),
    fresh: bool = False,
) -> TipEvent:
    """Append one step and its audit line in the running transaction. `facts` are states and ids, never words."""
    event = TipEvent.objects.create(
        ward_id=tip.ward_id,
        tip=tip,
        actor_id=actor.user_id if actor else None,
        kind=kind,
        reason=reason[:500],
        facts=facts or {},
    )
    note(tip, actor=actor, action=action, reason=reason, facts=facts, fields=fields, fresh=fresh)
    return event


def note(
    tip: Tip,
    *,
    actor: Actor | None,
    action: str,
    reason: str = "",
    facts: dict[str, Any] | None = None,
    fields: Iterable[str] = (),
    fresh: bool = False,
) -> None:
    """An audit line alone: for readings and exports that are no step of the story."""
    audit.record(
        actor=actor,
        action=action,
        target=tip,
        reason=reason,
        fields=fields,
        values=facts,
        hidden_from=hidden_from(tip, fresh=fresh),
    )

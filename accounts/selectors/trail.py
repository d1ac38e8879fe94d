"""Reads of the audit trail: who did and looked at what, for those who answer for the ward."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import QuerySet

from accounts.models import Post, User
from accounts.selectors.actions import ACTIONS
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Actor, require


@dataclass(frozen=True)
class TrailRow:
    """One line as a person reads it."""

    at: datetime
    who: str
    action: str
    thing: str
    object_type: str
    object_id: str
    reason: str
    fields: str
    source: str
    address: str


def trail_of(actor: Actor) -> QuerySet[AuditEvent]:
    """Events of the ward that this actor may know of, newest first; every count and page starts here.

    Rows about a report on staff do not exist for those it is hidden from. Raises Refused.
    """
    require(actor, "audit.read")
    return (
        AuditEvent.objects.filter(ward_id=actor.ward_id)
        .exclude(hidden_from__contains=[actor.id])
        .order_by("-at", "-id")
    )


def trail_people(actor: Actor) -> QuerySet[User]:
    """People who hold or held a post in the ward: the choices of the filter."""
    held = Post.objects.filter(ward_id=actor.ward_id).values("user_id")
    return User.objects.filter(pk__in=held).order_by("sort_name", "id")


def in_words(events: Iterable[AuditEvent]) -> list[TrailRow]:
    """Lines in words, with one query for all names. A person without an account any more shows by number."""
    events = list(events)
    ids = {event.actor_id for event in events if event.actor_id} | {
        int(event.object_id) for event in events if event.object_type == "accounts.user" and event.object_id.isdigit()
    }
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=ids)}
    return [
        TrailRow(
            at=event.at,
            who=names.get(event.actor_id or 0, f"#{event.actor_id}") if event.actor_id else "",
            action=action_in_words(event.action),
            thing=_thing(event, names),
            object_type=event.object_type,
            object_id=event.object_id,
            reason=event.reason,
            fields=", ".join(event.fields),
            source=event.source,
            address=event.address,
        )
        for event in events
    ]


def action_in_words(action: str) -> str:
    """An action's words, or its code when it has none yet."""
    return str(ACTIONS.get(action, action))


def kinds_of_things(actor: Actor) -> list[tuple[str, str]]:
    """Kinds of objects for the filter: every model of the portal, whether or not the trail holds one."""
    found = [
        (model._meta.label_lower, str(model._meta.verbose_name))
        for model in apps.get_models()
        if model._meta.app_label in {"wards", "accounts", "groups", "tips", "broadcasts", "gateways", "oversight"}
        and not model._meta.auto_created
    ]
    return sorted(found, key=lambda pair: pair[1])


def _thing(event: AuditEvent, names: dict[int, str]) -> str:
    if not event.object_type:
        return ""
    if event.object_type == "accounts.user" and event.object_id.isdigit():
        return names.get(int(event.object_id), f"#{event.object_id}")
    try:
        name = str(apps.get_model(event.object_type)._meta.verbose_name)
    except LookupError:
        name = event.object_type
    return f"{name} {event.object_id}"

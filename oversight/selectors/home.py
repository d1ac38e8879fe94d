"""The work of today: what every app says waits for this person, and the message of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from oversight.models import DailyMessage
from vikhe_portal.core import figures
from vikhe_portal.core.permissions import Actor, allows


@dataclass(frozen=True)
class Work:
    """One kind of work with its items, most urgent first."""

    key: str
    label: Any
    icon: str
    items: list[dict[str, Any]]


def work_of_today(actor: Actor) -> list[Work]:
    """Every kind of work with something waiting, in the apps' order; within each, by due moment."""
    found = []
    for entry in figures.today_entries():
        if not allows(actor, entry.permission):
            continue
        items = entry.items(actor)
        if items:
            found.append(Work(entry.key, entry.label, entry.icon, items))
    return found


def message_of_the_day(actor: Actor) -> DailyMessage | None:
    """The message that still stands, or None."""
    return (
        DailyMessage.objects.filter(ward_id=actor.ward_id, withdrawn_at__isnull=True, until__gte=timezone.localdate())
        .select_related("author")
        .first()
    )

"""Reads of the register of suspected fakes."""

from __future__ import annotations

from django.db.models import Case, IntegerField, Value, When

from groups.models import SuspectedFake
from vikhe_portal.core.permissions import Actor, allows

Status = SuspectedFake.Status
LISTED = 200


def register(actor: Actor, status: str = "") -> list[SuspectedFake]:
    """The ward's register, open entries first; nothing for those without the register."""
    if not allows(actor, "groups.fakes"):
        return []
    rows = SuspectedFake.objects.filter(ward_id=actor.ward_id).select_related("report__group", "changed_by")
    if status in Status.values:
        rows = rows.filter(status=status)
    places = [When(status=value, then=Value(place)) for place, value in enumerate(Status.values)]
    return list(rows.order_by(Case(*places, output_field=IntegerField()), "due_at", "pk")[:LISTED])


def fake(actor: Actor, fake_id: int) -> SuspectedFake | None:
    """One entry of the actor's ward, or None."""
    rows = SuspectedFake.objects.filter(ward_id=actor.ward_id, pk=fake_id)
    return rows.select_related("report__group", "changed_by").first()


def next_steps(row: SuspectedFake) -> list[tuple[str, str]]:
    """What may follow now: (status, words)."""
    allowed = SuspectedFake.TRANSITIONS[row.status]
    return [(value, str(label)) for value, label in Status.choices if value in allowed]

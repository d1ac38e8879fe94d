"""Dated charges (areas of officers, leadership of groups): laying a new stretch over what was planned, and undoing it.

A charge is a row with a range; the database refuses overlaps. A new stretch takes the place of everything it covers;
what lay behind its end stays, so temporary cover gives back by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet

from groups.models import Appointment, OfficerArea

Charge = OfficerArea | Appointment
Snapshot = list[dict[str, Any]]


def overlay(rows: QuerySet[Any], fresh: Charge, *, start: datetime, end: datetime | None) -> None:
    """Let `fresh` (unsaved) hold from `start` to `end` (open when None) in place of the timeline's other rows.

    `rows` is the timeline: all rows of one neighbourhood or of one group's leadership. They are locked.
    """
    behind: list[Charge] = []
    for row in rows.select_for_update().filter(held__overlap=DateTimeTZRange(start, end)):
        lower, upper = row.held.lower, row.held.upper
        if end is not None and (upper is None or upper > end):
            rest = type(row).objects.get(pk=row.pk)
            rest.pk, rest._state.adding = None, True
            rest.held = DateTimeTZRange(end, upper)
            behind.append(rest)
        if lower is None or lower < start:
            row.held = DateTimeTZRange(lower, start)
            row.save(update_fields=["held", "updated_at"])
        else:
            row.delete()
    fresh.held = DateTimeTZRange(start, end)
    fresh.save()
    for rest in behind:
        rest.save()


def snapshot(rows: QuerySet[Any], *, start: datetime) -> Snapshot:
    """The rows of a timeline that touch `start` or lie after it, as plain data: what undoing needs to know."""
    touching = rows.filter(Q(held__endswith__isnull=True) | Q(held__endswith__gte=start)).order_by("held", "pk")
    return [
        {
            "id": row.pk,
            "user": row.user_id,
            "from": row.held.lower.isoformat(),
            "to": row.held.upper.isoformat() if row.held.upper else None,
            "cover": row.is_cover,
            "decision": row.decision_no,
        }
        for row in touching
    ]


def restore(rows: QuerySet[Any], model: type[Charge], before: Snapshot, *, start: datetime, **fixed: Any) -> None:
    """Give a timeline the rows of `before` back: later ones go, cut ones get their length, lost ones return.

    `start` is where the undone plan began: nothing older is touched. `fixed` are the columns every row of the
    timeline shares (ward, neighbourhood or group and role).
    """
    wanted = {item["id"]: item for item in before}
    existing = {row.pk: row for row in rows.select_for_update()}
    for pk, row in existing.items():
        if pk not in wanted and row.held.lower >= start:
            row.delete()
    for pk, item in wanted.items():
        held = DateTimeTZRange(
            datetime.fromisoformat(item["from"]), datetime.fromisoformat(item["to"]) if item["to"] else None
        )
        kept = existing.get(pk)
        if kept is not None:
            kept.held = held
            kept.save(update_fields=["held", "updated_at"])
        else:
            model.objects.create(
                user_id=item["user"], held=held, is_cover=item["cover"], decision_no=item["decision"], **fixed
            )

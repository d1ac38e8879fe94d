"""Rows of the roster that may be one resident, with the reasons. Nothing is ever put together by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from groups.models import DuplicateDecision, Person
from groups.policies.rosters import can_merge, visible_households
from vikhe_portal.core.permissions import Actor

UNDO_LIVES = timedelta(days=7)
SHOWN = 100

# Same number: in two households, or twice in one under one name. A family that shares a telephone is no duplicate.
_PAIRS = """
    WITH p AS MATERIALIZED (
        SELECT p.id, p.household_id, p.search_key, p.birth_year, p.phone, h.neighbourhood_id AS place
        FROM groups_person p JOIN groups_household h ON h.ward_id = p.ward_id AND h.id = p.household_id
        WHERE p.ward_id = %(ward)s AND p.status = 'current' AND h.ended_at IS NULL
          AND h.neighbourhood_id = ANY(%(places)s)
    ), pairs AS (
        SELECT a.id AS first, b.id AS second, true AS by_phone, false AS by_name FROM p a
        JOIN p b ON b.phone = a.phone AND b.id > a.id
        WHERE a.phone <> '' AND (a.household_id <> b.household_id OR a.search_key = b.search_key)
        UNION ALL
        SELECT a.id, b.id, false, true FROM p a
        JOIN p b ON b.search_key = a.search_key AND b.birth_year = a.birth_year AND b.place = a.place AND b.id > a.id
        WHERE a.search_key <> ''
    )
    SELECT first, second, bool_or(by_phone), bool_or(by_name) FROM pairs
    WHERE NOT EXISTS (SELECT 1 FROM groups_duplicatedecision d WHERE d.ward_id = %(ward)s AND d.undone_at IS NULL
                      AND least(d.kept_id, d.other_id) = first AND greatest(d.kept_id, d.other_id) = second)
    GROUP BY first, second ORDER BY bool_or(by_phone) AND bool_or(by_name) DESC, first, second LIMIT %(limit)s
"""


def suggestions(actor: Actor, *, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Pairs the actor may decide on: `first`, `second` (people), `phone` and `name` (why)."""
    homes = visible_households(actor).order_by().values_list("neighbourhood_id", flat=True).distinct()
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"ward": actor.ward_id, "places": list(homes), "limit": limit})
        pairs = cursor.fetchall()
    wanted = {pk for first, second, *_why in pairs for pk in (first, second)}
    rows = Person.objects.filter(ward_id=actor.ward_id, pk__in=wanted).select_related("household__neighbourhood")
    people = rows.in_bulk()
    return [
        {"first": people[first], "second": people[second], "phone": phone, "name": name}
        for first, second, phone, name in pairs
        if can_merge(actor, people[first].household) and can_merge(actor, people[second].household)
    ]


def pair(actor: Actor, first: int, second: int) -> tuple[Person, Person] | None:
    """Two people of households the actor may know of, or None."""
    rows = Person.objects.filter(ward_id=actor.ward_id, household__in=visible_households(actor))
    people = rows.select_related("household").in_bulk([first, second])
    return (people[first], people[second]) if len(people) == 2 else None


def decisions(actor: Actor) -> QuerySet[DuplicateDecision]:
    """Decisions of the last days that can still be undone, newest first."""
    rows = DuplicateDecision.objects.filter(
        ward_id=actor.ward_id,
        undone_at=None,
        created_at__gte=timezone.now() - UNDO_LIVES,
        kept__household__in=visible_households(actor),
        other__household__in=visible_households(actor),
    )
    return rows.select_related("kept__household", "other__household", "decided_by").order_by("-pk")

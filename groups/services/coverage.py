"""Coverage kept by the writes: how many households have a living, current member in a current group.

Whoever writes households, people or memberships locks the coverage of the neighbourhoods first (`lock_coverage`) and
calls `refresh_households` or `recount_ward` in the same transaction. One lock, taken first by everyone, so that two
marks at two doors can neither lose a count nor wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from groups.models import GroupNeighbourhood, Household, Membership, ZaloGroup
from vikhe_portal.core import audit
from vikhe_portal.core.permissions import Actor
from wards.models import WardProfile

DEFAULT_CONFIRM_DAYS = 90

# A household's members in a current group of its own neighbourhood, and whether one of them is confirmed. %(ward)s,
# %(now)s, %(confirmed_since)s. Read by the counts below only, so that there is one definition of "covered".
_MEMBERS = """
    SELECT p.household_id, count(DISTINCT p.id) AS members,
           bool_or(coalesce(m.confirmed_at >= %(confirmed_since)s, false)) AS confirmed
    FROM groups_membership m
    JOIN groups_person p ON p.ward_id = m.ward_id AND p.id = m.person_id AND p.status = 'current'
    JOIN groups_household hh ON hh.ward_id = p.ward_id AND hh.id = p.household_id
    JOIN groups_groupneighbourhood gn ON gn.ward_id = m.ward_id AND gn.group_id = m.group_id
         AND gn.neighbourhood_id = hh.neighbourhood_id AND gn.held @> %(now)s::timestamptz
    JOIN groups_zalogroup g ON g.ward_id = m.ward_id AND g.id = m.group_id AND g.status = 'active'
    WHERE m.ward_id = %(ward)s AND m.left_at IS NULL AND {narrow}
    GROUP BY p.household_id
"""

# Materialised, or a planner without statistics counts the members anew for every household.
_HOUSEHOLDS = """
    WITH c AS MATERIALIZED ({members}), n AS MATERIALIZED (
        SELECT household_id, count(*) AS people FROM groups_person hh
        WHERE ward_id = %(ward)s AND status = 'current' AND {narrow_people} GROUP BY household_id
    )
    UPDATE groups_household h SET covered_by = fresh.members, people = fresh.people
    FROM (
        SELECT h.id, coalesce(c.members, 0) AS members, h.children + coalesce(n.people, 0) AS people
        FROM groups_household h
        LEFT JOIN c ON c.household_id = h.id
        LEFT JOIN n ON n.household_id = h.id
        WHERE h.ward_id = %(ward)s AND {narrow_households}
    ) fresh
    WHERE h.ward_id = %(ward)s AND h.id = fresh.id
      AND (h.covered_by, h.people) IS DISTINCT FROM (fresh.members, fresh.people)
"""

_COVERAGE = """
    WITH m AS MATERIALIZED ({members})
    INSERT INTO groups_coverage AS c
        (ward_id, neighbourhood_id, households, covered, confirmed, other_channel, people, members, updated_at)
    SELECT %(ward)s, n.id, count(h.id), count(h.id) FILTER (WHERE h.covered_by > 0),
           count(h.id) FILTER (WHERE h.covered_by > 0 AND m.confirmed),
           count(h.id) FILTER (WHERE h.covered_by = 0 AND h.channel <> ''),
           coalesce(sum(h.people), 0), coalesce(sum(h.covered_by), 0), %(now)s
    FROM wards_neighbourhood n
    LEFT JOIN groups_household h ON h.ward_id = n.ward_id AND h.neighbourhood_id = n.id AND h.ended_at IS NULL
    LEFT JOIN m ON m.household_id = h.id
    WHERE n.ward_id = %(ward)s AND {narrow_neighbourhoods}
    GROUP BY n.id
    ON CONFLICT (neighbourhood_id) DO UPDATE SET
        households = excluded.households, covered = excluded.covered, confirmed = excluded.confirmed,
        other_channel = excluded.other_channel, people = excluded.people, members = excluded.members,
        updated_at = excluded.updated_at
"""


def confirm_days(ward_id: int) -> int:
    """How many days a membership counted on Zalo stays confirmed in this ward."""
    days = WardProfile.objects.filter(ward_id=ward_id).values_list("confirm_days", flat=True).first()
    return days or DEFAULT_CONFIRM_DAYS


@contextmanager
def set_based() -> Iterator[None]:
    """Have the statements inside join by hashing. In the transaction of an import.

    Right after thousands of rows came in, the planner still believes the tables to be nearly empty and would loop over
    them row by row: minutes instead of seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        try:
            yield
        finally:
            if not connection.needs_rollback and not connection.closed_in_transaction:
                cursor.execute("SET LOCAL enable_nestloop = on")


def lock_coverage(ward_id: int, neighbourhood_ids: Iterable[int] | None = None) -> None:
    """Lock the coverage of these neighbourhoods (all of the ward) until the end of the transaction, in one order.

    To be taken before any lock on households, people or memberships.
    """
    narrow = "true" if neighbourhood_ids is None else "n.id = ANY(%(ids)s)"
    values: dict[str, Any] = {"ward": ward_id, "now": timezone.now(), "ids": list(neighbourhood_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO groups_coverage (ward_id, neighbourhood_id, households, covered, confirmed, other_channel,"  # noqa: S608  (fixed text)
            " people, members, updated_at) SELECT n.ward_id, n.id, 0, 0, 0, 0, 0, 0, %(now)s FROM wards_neighbourhood n"
            f" WHERE n.ward_id = %(ward)s AND {narrow} AND NOT EXISTS (SELECT 1 FROM groups_coverage c"
            " WHERE c.ward_id = n.ward_id AND c.neighbourhood_id = n.id) ON CONFLICT DO NOTHING",
            values,
        )
        narrow = narrow.replace("n.id", "neighbourhood_id")
        cursor.execute(
            f"SELECT 1 FROM groups_coverage WHERE ward_id = %(ward)s AND {narrow} ORDER BY neighbourhood_id FOR UPDATE",  # noqa: S608  (fixed text)
            values,
        )


@transaction.atomic
def refresh_households(*, ward_id: int, household_ids: Iterable[int], now: datetime | None = None) -> None:
    """Count these households again, and the coverage of their neighbourhoods. In the transaction of the change."""
    ids = list(household_ids)
    places = list(
        Household.objects.filter(ward_id=ward_id, pk__in=ids).values_list("neighbourhood_id", flat=True).distinct()
    )
    _count(ward_id, now, household_ids=ids, neighbourhood_ids=places)


@transaction.atomic
def recount_ward(*, ward_id: int, neighbourhood_ids: Iterable[int] | None = None, now: datetime | None = None) -> None:
    """Count every household of the ward (or of these neighbourhoods) from the memberships themselves."""
    with set_based():
        _count(ward_id, now, neighbourhood_ids=None if neighbourhood_ids is None else list(neighbourhood_ids))


def _count(
    ward_id: int,
    now: datetime | None,
    *,
    household_ids: list[int] | None = None,
    neighbourhood_ids: list[int] | None = None,
) -> None:
    moment = now or timezone.now()
    values: dict[str, Any] = {
        "ward": ward_id,
        "now": moment,
        "confirmed_since": moment - timedelta(days=confirm_days(ward_id)),
        "households": household_ids,
        "places": neighbourhood_ids,
    }
    by_place = "true" if neighbourhood_ids is None else "{}.neighbourhood_id = ANY(%(places)s)"
    if household_ids is None:
        rows, members = by_place.format("h"), by_place.format("hh")
        people = "true"
    else:
        rows, members = "h.id = ANY(%(households)s)", "hh.id = ANY(%(households)s)"
        people = "hh.household_id = ANY(%(households)s)"
    lock_coverage(ward_id, neighbourhood_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _HOUSEHOLDS.format(members=_MEMBERS.format(narrow=members), narrow_people=people, narrow_households=rows),
            values,
        )
        cursor.execute(
            _COVERAGE.format(
                members=_MEMBERS.format(narrow=by_place.format("hh")),
                narrow_neighbourhoods="true" if neighbourhood_ids is None else "n.id = ANY(%(places)s)",
            ),
            values,
        )


@transaction.atomic
def attach_claimed_members(*, actor: Actor, group: ZaloGroup, now: datetime | None = None) -> int:
    """Make memberships of the people who are said to have joined and live where this group serves now.

    For the moment a group becomes active or takes on a neighbourhood; counts the neighbourhoods again. Returns how
    many memberships were made; doing it twice makes none. The caller has asked for permission.
    """
    moment = now or timezone.now()
    serving = GroupNeighbourhood.objects.filter(ward_id=actor.ward_id, group=group, held__contains=moment)
    places = sorted(serving.values_list("neighbourhood_id", flat=True))
    if not places:
        return 0
    lock_coverage(actor.ward_id, places)
    made = 0
    if group.status == ZaloGroup.Status.ACTIVE:
        made = attach_claims(ward_id=actor.ward_id, neighbourhood_ids=places, now=moment, recorded_by=actor.user_id)
    recount_ward(ward_id=actor.ward_id, neighbourhood_ids=places, now=moment)
    if made:
        audit.record(actor=actor, action="groups.claims_attached", target=group, values={"memberships": made})
    return made


def attach_claims(
    *,
    ward_id: int,
    neighbourhood_ids: list[int],
    now: datetime,
    recorded_by: int | None = None,
    source: str = Membership.Source.IMPORT,
) -> int:
    """Insert the memberships that claims of these neighbourhoods stand for; the caller counts afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO groups_membership (ward_id, group_id, person_id, joined_at, source, recorded_by_id)
            SELECT p.ward_id, gn.group_id, p.id, %(now)s, %(source)s, %(by)s
            FROM groups_person p
            JOIN groups_household h ON h.ward_id = p.ward_id AND h.id = p.household_id AND h.ended_at IS NULL
            JOIN groups_groupneighbourhood gn ON gn.ward_id = p.ward_id AND gn.neighbourhood_id = h.neighbourhood_id
                 AND gn.held @> %(now)s::timestamptz
            JOIN groups_zalogroup g ON g.ward_id = p.ward_id AND g.id = gn.group_id AND g.status = 'active'
            WHERE p.ward_id = %(ward)s AND p.claims_joined AND p.status = 'current'
              AND h.neighbourhood_id = ANY(%(places)s)
              -- who left a group comes back by a person's word, never by an old list
              AND NOT EXISTS (SELECT 1 FROM groups_membership m WHERE m.ward_id = p.ward_id
                              AND m.group_id = gn.group_id AND m.person_id = p.id)
            ON CONFLICT (ward_id, group_id, person_id) WHERE left_at IS NULL DO NOTHING
            """,
            {"ward": ward_id, "now": now, "source": source, "by": recorded_by, "places": neighbourhood_ids},
        )
        return cursor.rowcount


@transaction.atomic
def record_day(*, ward_id: int, day: date) -> int:
    """Count the ward again and keep its coverage as that of `day`. Returns the number of neighbourhoods. Repeatable."""
    recount_ward(ward_id=ward_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO groups_coverageday
                (ward_id, neighbourhood_id, day, households, covered, confirmed, other_channel, people, members)
            SELECT ward_id, neighbourhood_id, %s, households, covered, confirmed, other_channel, people, members
            FROM groups_coverage WHERE ward_id = %s
            ON CONFLICT (ward_id, neighbourhood_id, day) DO UPDATE SET
                households = excluded.households, covered = excluded.covered, confirmed = excluded.confirmed,
                other_channel = excluded.other_channel, people = excluded.people, members = excluded.members
            """,
            [day, ward_id],
        )
        return cursor.rowcount

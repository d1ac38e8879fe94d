"""The set-based half of an import: rows copied into temporary tables, matched and compared with what is held in SQL.

Walled tables refuse COPY, so it goes into temporary ones; they live until the end of the transaction and are seen by
this connection only. Preview and saving run the same statements, so that what was shown is what is saved.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from groups.services.imports.plan import Plan

_TABLES = """
    DROP TABLE IF EXISTS pg_temp.stage_household, pg_temp.stage_person;
    CREATE TEMP TABLE stage_household (
        key text, place_key text, code text, match_key text, address text, street text, house_order int,
        head_name text, sort_key text, children int, gap text, has_head bool,
        place bigint, id bigint, twin int, is_new bool DEFAULT false, state text
    ) ON COMMIT DROP;
    CREATE TEMP TABLE stage_person (
        n int, key text, full_name text, search_key text, sort_key text, birth_year int, is_head bool, phone text,
        zalo_name text, uses_zalo bool, joined bool, team bool, status text,
        home bigint, id bigint, state text
    ) ON COMMIT DROP;
"""
_HOUSEHOLD_COLUMNS = (
    "key, place_key, code, match_key, address, street, house_order, head_name, sort_key, children, gap, has_head"
)
_PERSON_COLUMNS = (
    "n, key, full_name, search_key, sort_key, birth_year, is_head, phone, zalo_name, uses_zalo, joined, team, status"
)

# A household is found by its code; without one by head and address, the oldest first.
_FIND_HOUSEHOLDS = """
    UPDATE stage_household s SET id = h.id FROM groups_household h
    WHERE h.ward_id = %(ward)s AND s.code <> '' AND h.neighbourhood_id = s.place AND lower(h.code) = lower(s.code);
    UPDATE stage_household s SET id = h.id
    FROM (
        SELECT DISTINCT ON (neighbourhood_id, match_key) neighbourhood_id, match_key, id FROM groups_household
        WHERE ward_id = %(ward)s AND match_key <> ''
        ORDER BY neighbourhood_id, match_key, (ended_at IS NOT NULL), id
    ) h
    WHERE s.code = '' AND s.place = h.neighbourhood_id AND s.match_key = h.match_key
      AND NOT EXISTS (SELECT 1 FROM stage_household o WHERE o.id = h.id);
    UPDATE stage_person p SET home = s.id FROM stage_household s WHERE p.key = s.key AND s.id IS NOT NULL;
"""

# A person is found in the household by name and year (the first with the first, the second with the second), then by
# name alone, then by telephone; the last two only where neither side leaves a doubt.
_FIND_PEOPLE = """
    WITH s AS (
        SELECT n, home, search_key, coalesce(birth_year, 0) AS born,
               row_number() OVER (PARTITION BY home, search_key, birth_year ORDER BY n) AS turn
        FROM stage_person WHERE home IS NOT NULL
    ), p AS (
        SELECT id, household_id, search_key, coalesce(birth_year, 0) AS born,
               row_number() OVER (PARTITION BY household_id, search_key, birth_year
                                  ORDER BY status <> 'current', id) AS turn
        FROM groups_person WHERE ward_id = %(ward)s AND household_id IN (SELECT id FROM stage_household)
    )
    UPDATE stage_person t SET id = p.id FROM s
    JOIN p ON p.household_id = s.home AND p.search_key = s.search_key AND p.born = s.born AND p.turn = s.turn
    WHERE t.n = s.n;
"""
_FIND_PEOPLE_LOOSELY = """
    WITH s AS (
        SELECT min(n) AS n, home, {column} FROM stage_person
        WHERE home IS NOT NULL AND id IS NULL AND {column} <> '' GROUP BY home, {column} HAVING count(*) = 1
    ), p AS (
        SELECT min(id) AS id, household_id, {column} FROM groups_person
        WHERE ward_id = %(ward)s AND {column} <> '' AND household_id IN (SELECT id FROM stage_household)
          AND id NOT IN (SELECT id FROM stage_person WHERE id IS NOT NULL)
        GROUP BY household_id, {column} HAVING count(*) = 1
    )
    UPDATE stage_person t SET id = p.id FROM s JOIN p ON p.household_id = s.home AND p.{column} = s.{column}
    WHERE t.n = s.n;
"""

# What a held row becomes: the file's word where it says something, what is held where it is silent.
PERSON_BECOMES = """
    s.full_name, s.search_key, s.sort_key, coalesce(s.birth_year, p.birth_year)::smallint,
    CASE WHEN h.has_head THEN s.is_head ELSE p.is_head END,
    CASE WHEN s.phone = '' THEN p.phone ELSE s.phone END,
    CASE WHEN s.zalo_name = '' THEN p.zalo_name ELSE s.zalo_name END,
    coalesce(s.uses_zalo, p.uses_zalo), p.claims_joined OR coalesce(s.joined, false), p.security_team OR s.team,
    CASE WHEN s.status = '' THEN p.status ELSE s.status END
"""
PERSON_IS = """
    p.full_name, p.search_key, p.sort_key, p.birth_year, p.is_head, p.phone, p.zalo_name, p.uses_zalo,
    p.claims_joined, p.security_team, p.status
"""
PERSON_FIELDS = (
    "full_name", "search_key", "sort_key", "birth_year", "is_head", "phone", "zalo_name", "uses_zalo",
    "claims_joined", "security_team", "status",
)  # fmt: skip
HOUSEHOLD_BECOMES = """
    CASE WHEN s.address = '' THEN h.address ELSE s.address END,
    CASE WHEN s.address = '' THEN h.street ELSE s.street END,
    CASE WHEN s.address = '' THEN h.house_order ELSE s.house_order END,
    CASE WHEN s.has_head OR h.head_name = '' THEN s.head_name ELSE h.head_name END,
    CASE WHEN s.has_head OR h.head_name = '' THEN s.sort_key ELSE h.sort_key END,
    CASE WHEN (s.has_head OR h.match_key = '') AND s.address <> '' THEN s.match_key ELSE h.match_key END,
    coalesce(s.children, h.children)::smallint,
    CASE WHEN s.gap <> '' AND h.covered_by = 0 AND h.gap IN ('', 'unknown') THEN s.gap ELSE h.gap END
"""
HOUSEHOLD_IS = "h.address, h.street, h.house_order, h.head_name, h.sort_key, h.match_key, h.children, h.gap"
HOUSEHOLD_FIELDS = ("address", "street", "house_order", "head_name", "sort_key", "match_key", "children", "gap")

_COMPARE = f"""
    UPDATE stage_person SET state = 'new' WHERE id IS NULL;
    UPDATE stage_person t SET state = CASE WHEN ({PERSON_IS}) IS DISTINCT FROM ({PERSON_BECOMES})
        THEN 'changed' ELSE 'unchanged' END
    FROM stage_person s JOIN groups_person p ON p.ward_id = %(ward)s AND p.id = s.id
    JOIN stage_household h ON h.key = s.key
    WHERE t.n = s.n;
    UPDATE stage_household SET state = 'new' WHERE id IS NULL;
    UPDATE stage_household t SET state = CASE WHEN h.ended_at IS NOT NULL
        OR ({HOUSEHOLD_IS}) IS DISTINCT FROM ({HOUSEHOLD_BECOMES}) THEN 'changed' ELSE 'unchanged' END
    FROM stage_household s JOIN groups_household h ON h.ward_id = %(ward)s AND h.id = s.id
    WHERE t.key = s.key;
"""  # noqa: S608  (only the fixed texts above)

_COUNTS = """
    SELECT
      (SELECT count(*) FROM stage_person WHERE state = 'new'),
      (SELECT count(*) FROM stage_person WHERE state = 'changed'),
      (SELECT count(*) FROM stage_person WHERE state = 'unchanged'),
      (SELECT count(*) FROM stage_household WHERE state = 'new'),
      (SELECT count(*) FROM stage_household WHERE state = 'changed'),
      (SELECT count(*) FROM stage_household WHERE state = 'unchanged'),
      (SELECT coalesce(sum(greatest(0, s.children - coalesce(h.children, 0))), 0) FROM stage_household s
         LEFT JOIN groups_household h ON h.ward_id = %(ward)s AND h.id = s.id),
      (SELECT count(*) FROM groups_person p WHERE p.ward_id = %(ward)s AND p.status = 'current'
         AND p.household_id IN (SELECT id FROM stage_household WHERE id IS NOT NULL)
         AND p.id NOT IN (SELECT id FROM stage_person WHERE id IS NOT NULL)),
      (SELECT count(*) FROM groups_household h WHERE h.ward_id = %(ward)s AND h.ended_at IS NULL
         AND h.neighbourhood_id IN (SELECT place FROM stage_household WHERE place IS NOT NULL)
         AND h.id NOT IN (SELECT id FROM stage_household WHERE id IS NOT NULL)),
      (SELECT count(*) FROM stage_person WHERE joined)
"""
COUNT_NAMES = (
    "people_new", "people_changed", "people_unchanged", "households_new", "households_changed",
    "households_unchanged", "children_new", "people_missing", "households_missing", "joined",
)  # fmt: skip


def stage(plan: Plan, *, ward_id: int, places: dict[str, int]) -> None:
    """Copy the plan's rows into the temporary tables and match them with what is held. Must run in the ward's scope.

    `places`: ids of neighbourhoods by key; households of others are new.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        with cursor.copy(f"COPY stage_household ({_HOUSEHOLD_COLUMNS}) FROM STDIN") as copy:
            for row in plan.households:
                copy.write_row(row)
        with cursor.copy(f"COPY stage_person ({_PERSON_COLUMNS}) FROM STDIN") as copy:
            for row in plan.people:
                copy.write_row(row)
        cursor.execute(
            "UPDATE stage_household s SET place = p.id FROM unnest(%s::text[], %s::bigint[]) AS p(key, id)"
            " WHERE s.place_key = p.key",
            [list(places), list(places.values())],
        )
        cursor.execute("ANALYZE stage_household; ANALYZE stage_person")
        values = {"ward": ward_id}
        for script in (_FIND_HOUSEHOLDS, _FIND_PEOPLE):
            _run(cursor, script, values)
        for column in ("search_key", "phone"):
            _run(cursor, _FIND_PEOPLE_LOOSELY.format(column=column), values)
        _run(cursor, _COMPARE, values)


def _run(cursor: Any, script: str, values: dict[str, Any]) -> None:
    """Several statements with parameters: the driver takes one at a time."""
    for statement in script.split(";\n"):
        if statement.strip():
            cursor.execute(statement, values)


def counts(ward_id: int) -> dict[str, int]:
    """How many staged people and households are new, changed or unchanged, and what the file does not mention."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"ward": ward_id})
        row = cursor.fetchone() or ()
    return {name: int(value) for name, value in zip(COUNT_NAMES, row, strict=True)}


def changes(ward_id: int, *, limit: int = 1000) -> list[list[Any]]:
    """The people who change: [n, fields…] with [name, old, new] for each field that differs."""
    shown = [name for name in PERSON_FIELDS if name not in ("search_key", "sort_key")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.n, ARRAY[{_as_text(PERSON_IS)}], ARRAY[{_as_text(PERSON_BECOMES)}]"  # noqa: S608  (fixed text)
            " FROM stage_person s JOIN groups_person p ON p.ward_id = %s AND p.id = s.id"
            " JOIN stage_household h ON h.key = s.key WHERE s.state = 'changed' ORDER BY s.n LIMIT %s",
            [ward_id, limit],
        )
        rows = cursor.fetchall()
    result = []
    for number, before, after in rows:
        pairs = zip(PERSON_FIELDS, before, after, strict=True)
        differing = [[name, old or "", new or ""] for name, old, new in pairs if old != new and name in shown]
        result.append([number, differing])
    return result


def _as_text(columns: str) -> str:
    """The columns of a list, each as text (commas inside brackets are not separators)."""
    parts, depth, current = [], 0, ""
    for char in columns:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    parts.append(current)
    return ", ".join(f"({part.strip()})::text" for part in parts)


def new_people(*, limit: int = 200) -> list[int]:
    """Numbers of the first people who are new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM stage_person WHERE state = 'new' ORDER BY n LIMIT %s", [limit])
        return [row[0] for row in cursor.fetchall()]

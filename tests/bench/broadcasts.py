"""Deliveries made in one statement, and deliveries sent."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import connection

from tests.bench import plain, standin
from tests.bench.harness import Line, compare
from vikhe_portal.core.scope import ward_scope

GROUPS = 85_000
SENDS = 2_000


def measure(wards: list[int]) -> Iterator[Line]:
    """The lines of this part."""
    yield _fan_out(wards[0])
    yield _dispatch(wards[0])


def _fan_out(ward_id: int) -> Line:
    actors = standin.people(ward_id)
    with ward_scope(ward_id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO groups_zalogroup (ward_id, name, kind, status, link, remote_id, token, member_cap, rules, "
            "created_at, updated_at) SELECT %(w)s, 'Fan ' || md5(n || random()::text), 'ordinary', 'active', '', '', "
            "substr(md5('fan' || n || random()), 1, 16), 900, '', now(), now() FROM generate_series(1, %(n)s) n "
            "RETURNING id",
            {"w": ward_id, "n": GROUPS},
        )
        groups = [row[0] for row in cursor.fetchall()]

    def product() -> float:
        occurrence = _bare_occurrence(ward_id, actors, groups)
        began = time.perf_counter()
        with ward_scope(ward_id):
            made = standin.planning.fan_out(occurrence)
        taken = time.perf_counter() - began
        if made != GROUPS:
            raise RuntimeError(f"{made} deliveries for {GROUPS} groups")
        return taken

    def limit() -> float:
        occurrence = _bare_occurrence(ward_id, actors, groups)
        began = time.perf_counter()
        with ward_scope(ward_id), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO broadcasts_delivery (ward_id, occurrence_id, broadcast_id, group_id, kind, state, code, "
                "suffix, attempts, not_before, deadline, remote_id, deputies_from, proof_kind) "
                "SELECT ward_id, %(o)s, broadcast_id, group_id, 'card', 'handed_to', "
                "'B' || %(o)s || '-' || id, 1, 0, now(), now(), '', now(), '' "
                "FROM broadcasts_target WHERE ward_id = %(w)s AND broadcast_id = %(b)s",
                {"o": occurrence.pk, "w": ward_id, "b": occurrence.broadcast_id},
            )
        return time.perf_counter() - began

    return compare(
        f"delivery fan-out, {GROUPS:,} groups",
        product=product,
        limit=limit,
        limit_is="bare INSERT … SELECT, same table and indexes",
        unit="s",
        at_most=1.6,
        rounds=3,
    )


def _bare_occurrence(ward_id: int, actors: tuple, groups: list[int]):  # type: ignore[no-untyped-def]
    """An approved broadcast with targets, not yet fanned out: written with one group, the others added in SQL."""
    writer, _ = actors
    with ward_scope(ward_id):
        writing = standin.writing
        row = writing.write(
            actor=writer,
            draft=writing.Draft(
                title="Đo",
                body="Đo tốc độ.",
                category=standin.Category.objects.get(key="security-1"),
                source_line="Công an phường",
                group_ids=groups[:1],
            ),
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO broadcasts_target (ward_id, broadcast_id, group_id) SELECT %s, %s, unnest(%s::bigint[])",
                [ward_id, row.pk, groups[1:]],
            )
            cursor.execute(
                "INSERT INTO broadcasts_occurrence (ward_id, broadcast_id, version, planned_at, state, created_by_id, "
                "created_at) VALUES (%s, %s, 1, now(), 'planned', %s, now()) RETURNING id",
                [ward_id, row.pk, writer.id],
            )
            (number,) = cursor.fetchone()
        return standin.Occurrence.objects.get(pk=number)


def _dispatch(ward_id: int) -> Line:
    with standin.played(SENDS) as played:
        standin.connect(ward_id, played.facts)
        actors, groups = standin.people(ward_id), standin.gmf_groups(ward_id, played.facts)
        with standin.waiting_worker(played.base) as work:

            def product() -> float:
                standin.go_out(ward_id, actors, groups)
                before = len(played.server.world.posts)
                made, taken = work()
                if made != SENDS or len(played.server.world.posts) != before + SENDS:
                    raise RuntimeError(f"{made} calls, {len(played.server.world.posts) - before} posts arrived")
                return SENDS / taken

            def limit() -> float:
                return plain.rate(played.base, played.facts)

            return compare(
                f"dispatch of {SENDS:,} posts",
                product=product,
                limit=limit,
                limit_is="plain aiohttp loop, 100 connections, no ledger",
                unit="1/s",
                at_least=0.4,
                note="every call covered by a committed intent, every result committed",
            )

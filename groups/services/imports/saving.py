"""The worker saves a confirmed import: one transaction, all or nothing, its progress visible from outside."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor_for
from accounts.services import notify
from groups.models import RosterImport, RosterSource
from groups.rosters.places import neighbourhood_key
from groups.services import coverage
from groups.services.imports import officers, staging
from groups.services.imports.plan import Plan, load_plan
from groups.services.imports.working import SignOfLife, Stopped
from vikhe_portal.core import audit, files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.transitions import move
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods
from wards.services import ensure_neighbourhood

logger = logging.getLogger(__name__)
WISH_LASTS = timedelta(days=365)
Status = RosterImport.Status


class PlanIsStale(Exception):
    """What is held changed since the preview: the person must look again. Carries the counts of now."""

    def __init__(self, counts: dict[str, int]) -> None:
        super().__init__()
        self.counts = counts


def places_by_key(ward_id: int) -> dict[str, int]:
    """Ids of the ward's neighbourhoods of today by the key that all spellings of their names share."""
    return {neighbourhood_key(row.name): row.pk for row in neighbourhoods(ward_id)}


def claim(*, ward_id: int, import_id: int, status: str) -> tuple[RosterImport, uuid.UUID] | None:
    """Take an import for this worker, committed at once; None when another has it or it is no longer waiting."""
    token = uuid.uuid4()
    with ward_scope(ward_id):
        waiting = RosterImport.objects.filter(pk=import_id, ward_id=ward_id, status=status, claim=None)
        if not waiting.update(claim=token, heartbeat_at=timezone.now(), progress=1):
            return None
        return RosterImport.objects.get(pk=import_id), token


def save_import(*, ward_id: int, import_id: int) -> str:
    """Save a confirmed import if it waits for saving; returns its status afterwards. Must run outside a transaction.

    Killed at any moment it leaves the database as it was: the data, the audit and "saved" commit together.
    """
    claimed = claim(ward_id=ward_id, import_id=import_id, status=Status.SAVING)
    if claimed is None:
        return ""
    row, token = claimed
    outcome: tuple[str, str, dict[str, int] | None]
    try:
        with SignOfLife(ward_id, import_id, token) as alive, ward_scope(ward_id):
            _save(row, token, alive)
        return Status.SAVED
    except Stopped:
        outcome = (Status.CANCELLED, "", None)
    except PlanIsStale as stale:
        sentence = _(
            "The roster was changed by somebody after this preview was made. Look at the new counts once more."
        )
        outcome = (Status.PREVIEW, sentence, stale.counts)
    except DomainError as refusal:
        outcome = (Status.FAILED, str(refusal.message), None)
    except FileNotFoundError:
        outcome = (Status.FAILED, _("The uploaded file has been destroyed after 24 hours. Upload it again."), None)
    except Exception:
        logger.exception("import %s failed", import_id)
        outcome = (Status.FAILED, _("Something went wrong while saving. Nothing was saved; try again."), None)
    return _settle(ward_id, import_id, token, *outcome)


def _settle(
    ward_id: int, import_id: int, token: uuid.UUID, status: str, message: str, counts: dict[str, int] | None
) -> str:
    """Write how an unsaved import ended, unless it was taken from us meanwhile."""
    with ward_scope(ward_id):
        row = RosterImport.objects.select_for_update().filter(pk=import_id, claim=token).first()
        if row is None:
            return ""
        if row.stop_asked:
            status, message = Status.CANCELLED, ""
        move(row, status)
        row.claim, row.message, row.progress = None, message, 0
        if counts is not None:
            row.counts = {**row.counts, **counts}
        row.save(update_fields=["status", "claim", "message", "progress", "counts", "updated_at"])
        audit.record(actor=None, ward_id=ward_id, action=f"groups.import_{status}", target=row)
    return status


def _save(row: RosterImport, token: uuid.UUID, alive: SignOfLife) -> None:
    actor = actor_for(User.objects.get(pk=row.confirmed_by_id or 0), row.ward_id)
    require(actor, "rosters.import", row)
    plan = load_plan(row.plan, ward_id=row.ward_id)
    alive.reached(5)
    with connection.cursor() as cursor:  # one import of a ward at a time
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [726_010, row.ward_id])
    now = timezone.now()
    places = places_by_key(row.ward_id)
    made: list[Neighbourhood] = []
    for key, name in plan.neighbourhoods.items():
        if key not in places:
            place = ensure_neighbourhood(actor=actor, name=name)
            places[key] = place.pk
            made.append(place)
    alive.reached(10)
    if row.kind == RosterImport.Kind.OFFICERS:
        counts = officers.save(actor=actor, plan=plan, places=places, reached=alive.reached)
    else:
        with coverage.set_based():
            counts = _save_roster(actor, row, plan, places, now, alive)
    alive.reached(97)
    row = RosterImport.objects.select_for_update().get(pk=row.pk)
    if row.claim != token or row.stop_asked:
        raise Stopped
    _finish(actor, row, plan, counts, now)


def _save_roster(
    actor: Actor, row: RosterImport, plan: Plan, places: dict[str, int], now: datetime, alive: SignOfLife
) -> dict[str, int]:
    ward_id = row.ward_id
    affected = sorted(places[key] for key in {household[1] for household in plan.households})
    coverage.lock_coverage(ward_id, affected)
    staging.stage(plan, ward_id=ward_id, places=places)
    alive.reached(35)
    counts = staging.counts(ward_id)
    shown = {name: row.counts.get(name) for name in ("people_new", "people_changed", "households_new")}
    if any(counts[name] != number for name, number in shown.items()):
        raise PlanIsStale(counts)
    values: dict[str, Any] = {
        "ward": ward_id, "now": now, "import": row.pk, "places": affected,
        "until": timezone.localdate(now) + WISH_LASTS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for percent, script in ((45, _NEW_IDS), (60, _SAVE_HOUSEHOLDS), (80, _SAVE_PEOPLE)):
            for statement in script.split(";\n"):
                if statement.strip():
                    cursor.execute(statement, values)
            alive.reached(percent)
        counts["memberships_new"] = coverage.attach_claims(
            ward_id=ward_id, neighbourhood_ids=affected, now=now, recorded_by=actor.user_id
        )
        cursor.execute(_REMEMBER_MEMBERSHIPS, values)
        cursor.execute(_SEARCH_KEYS, values)
        alive.reached(90)
        coverage.recount_ward(ward_id=ward_id, neighbourhood_ids=affected, now=now)
    return counts


def _finish(actor: Actor, row: RosterImport, plan: Plan, counts: dict[str, int], now: datetime) -> None:
    move(row, Status.SAVED)
    row.counts = {**row.counts, **counts}
    row.claim, row.progress, row.message, row.saved_at = None, 100, "", now
    if plan.fingerprint:
        mapping = next(iter(plan.mappings.values()))
        row.source, _made = RosterSource.objects.update_or_create(
            ward_id=row.ward_id,
            fingerprint=plan.fingerprint,
            defaults={"mapping": mapping, "legal_basis": row.legal_basis, "name": row.filename[:120]},
        )
    plan_name, row.plan = row.plan, ""
    row.save()
    audit.record(actor=actor, action="groups.import_saved", target=row, values=counts)
    url = reverse("groups:import", args=[row.pk])
    notify(ward_id=row.ward_id, user_ids=[row.created_by_id], kind="import", url=url)
    transaction.on_commit(lambda: files.delete(plan_name, ward_id=row.ward_id))


_NEW_IDS = """
    UPDATE stage_household SET id = nextval(pg_get_serial_sequence('groups_household', 'id')), is_new = true
    WHERE id IS NULL;
    UPDATE stage_person p SET home = h.id FROM stage_household h WHERE h.key = p.key AND p.home IS NULL;
    UPDATE stage_person SET id = nextval(pg_get_serial_sequence('groups_person', 'id')) WHERE id IS NULL;
    ANALYZE stage_household;
    ANALYZE stage_person;
    INSERT INTO groups_importchange (ward_id, roster_import_id, "table", object_id, before)
    SELECT %(ward)s, %(import)s, 'household', s.id, CASE WHEN s.state = 'changed' THEN to_jsonb(h) END
    FROM stage_household s LEFT JOIN groups_household h ON h.ward_id = %(ward)s AND h.id = s.id
    WHERE s.state <> 'unchanged';
    INSERT INTO groups_importchange (ward_id, roster_import_id, "table", object_id, before)
    SELECT %(ward)s, %(import)s, 'person', s.id, CASE WHEN s.state = 'changed' THEN to_jsonb(p) END
    FROM stage_person s LEFT JOIN groups_person p ON p.ward_id = %(ward)s AND p.id = s.id
    WHERE s.state <> 'unchanged';
    INSERT INTO groups_importchange (ward_id, roster_import_id, "table", object_id, before)
    SELECT %(ward)s, %(import)s, 'person', p.id, to_jsonb(p)
    FROM groups_person p JOIN stage_household h ON h.id = p.household_id AND h.has_head
    WHERE p.ward_id = %(ward)s AND p.is_head AND NOT EXISTS (SELECT 1 FROM stage_person s WHERE s.id = p.id);
"""

_SAVE_HOUSEHOLDS = f"""
    UPDATE groups_household t SET ({", ".join(staging.HOUSEHOLD_FIELDS)}) = ({staging.HOUSEHOLD_BECOMES}),
           gap_until = CASE WHEN s.gap = 'declines' AND h.covered_by = 0 AND h.gap IN ('', 'unknown')
                            THEN %(until)s ELSE h.gap_until END,
           ended_at = NULL, updated_at = %(now)s, version = h.version + 1
    FROM stage_household s JOIN groups_household h ON h.ward_id = %(ward)s AND h.id = s.id
    WHERE s.state = 'changed' AND t.id = h.id AND t.ward_id = %(ward)s;
    INSERT INTO groups_household (id, ward_id, neighbourhood_id, code, address, street, house_order, head_name,
        match_key, search_key, sort_key, children, people, covered_by, gap, gap_until, channel, version,
        created_at, updated_at)
    SELECT s.id, %(ward)s, s.place, CASE WHEN s.code <> '' THEN s.code ELSE '~' || left(md5(s.key), 12) END, s.address,
        s.street, s.house_order, s.head_name, s.match_key, '', s.sort_key, coalesce(s.children, 0), 0, 0, s.gap,
        CASE WHEN s.gap = 'declines' THEN %(until)s::date END, '', 0, %(now)s, %(now)s
    FROM stage_household s WHERE s.is_new;
"""  # noqa: S608  (fixed texts of this package)

_SAVE_PEOPLE = f"""
    UPDATE groups_person p SET is_head = false, updated_at = %(now)s FROM stage_household h
    WHERE p.ward_id = %(ward)s AND p.household_id = h.id AND h.has_head AND p.is_head
      AND NOT EXISTS (SELECT 1 FROM stage_person s WHERE s.id = p.id AND s.is_head);
    UPDATE groups_person t SET ({", ".join(staging.PERSON_FIELDS)}) = ({staging.PERSON_BECOMES}),
           left_at = CASE WHEN s.status NOT IN ('', p.status) THEN %(now)s ELSE p.left_at END, updated_at = %(now)s
    FROM stage_person s JOIN groups_person p ON p.ward_id = %(ward)s AND p.id = s.id
    JOIN stage_household h ON h.key = s.key
    WHERE s.state = 'changed' AND t.id = p.id AND t.ward_id = %(ward)s;
    INSERT INTO groups_person (id, ward_id, household_id, full_name, search_key, sort_key, birth_year, is_head, phone,
        zalo_name, uses_zalo, security_team, claims_joined, status, left_at, created_at, updated_at)
    SELECT s.id, %(ward)s, s.home, s.full_name, s.search_key, s.sort_key, s.birth_year, s.is_head, s.phone,
        s.zalo_name, coalesce(s.uses_zalo, false), s.team, coalesce(s.joined, false),
        CASE WHEN s.status = '' THEN 'current' ELSE s.status END,
        CASE WHEN s.status <> '' THEN %(now)s::timestamptz END,
        %(now)s, %(now)s
    FROM stage_person s WHERE s.state = 'new';
"""  # noqa: S608  (fixed texts of this package)

_REMEMBER_MEMBERSHIPS = """
    INSERT INTO groups_importchange (ward_id, roster_import_id, "table", object_id, before)
    SELECT m.ward_id, %(import)s, 'membership', m.id, NULL FROM groups_membership m
    JOIN groups_person p ON p.ward_id = m.ward_id AND p.id = m.person_id
    JOIN groups_household h ON h.ward_id = p.ward_id AND h.id = p.household_id
    WHERE m.ward_id = %(ward)s AND m.joined_at = %(now)s AND m.source = 'import'
      AND h.neighbourhood_id = ANY(%(places)s)
"""

# What the search on the roster page looks at: the names of those who live there and the address, without marks.
_SEARCH_KEYS = """
    UPDATE groups_household h SET search_key = fresh.key
    FROM (
        SELECT h.id, left(concat_ws(' ', string_agg(p.search_key, ' ' ORDER BY p.is_head DESC, p.id),
                                    split_part(split_part(h.match_key, '|', 2), '#', 1), lower(h.code)), 400) AS key
        FROM groups_household h JOIN stage_household s ON s.id = h.id
        LEFT JOIN groups_person p ON p.ward_id = h.ward_id AND p.household_id = h.id AND p.status = 'current'
        WHERE h.ward_id = %(ward)s GROUP BY h.id, h.match_key, h.code
    ) fresh
    WHERE h.ward_id = %(ward)s AND h.id = fresh.id AND h.search_key <> fresh.key
"""

"""Undo of the last import, while nothing depends on it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import ImportChange, Membership, RosterImport
from groups.services import coverage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.transitions import move
from wards.selectors import neighbourhoods

Table = ImportChange.Table
_TOUCHED = """
    SELECT EXISTS (
        SELECT 1 FROM groups_importchange c JOIN groups_household h ON h.ward_id = c.ward_id AND h.id = c.object_id
        WHERE c.ward_id = %(ward)s AND c.roster_import_id = %(import)s AND c."table" = 'household'
          AND h.updated_at <> %(saved)s
    ) OR EXISTS (
        SELECT 1 FROM groups_importchange c JOIN groups_person p ON p.ward_id = c.ward_id AND p.id = c.object_id
        WHERE c.ward_id = %(ward)s AND c.roster_import_id = %(import)s AND c."table" = 'person'
          AND p.updated_at <> %(saved)s
    ) OR EXISTS (
        SELECT 1 FROM groups_importchange c
        JOIN groups_membership m ON m.ward_id = c.ward_id AND m.person_id = c.object_id
        WHERE c.ward_id = %(ward)s AND c.roster_import_id = %(import)s AND c."table" = 'person' AND c.before IS NULL
          AND m.id NOT IN (SELECT object_id FROM groups_importchange WHERE ward_id = %(ward)s
                           AND roster_import_id = %(import)s AND "table" = 'membership')
    ) OR EXISTS (
        SELECT 1 FROM groups_importchange c JOIN groups_membership m ON m.ward_id = c.ward_id AND m.id = c.object_id
        WHERE c.ward_id = %(ward)s AND c.roster_import_id = %(import)s AND c."table" = 'membership'
          AND (m.left_at IS NOT NULL OR m.confirmed_at IS NOT NULL)
    ) OR EXISTS (
        SELECT 1 FROM groups_importchange c
        JOIN groups_person p ON p.ward_id = c.ward_id AND p.household_id = c.object_id
        WHERE c.ward_id = %(ward)s AND c.roster_import_id = %(import)s AND c."table" = 'household' AND c.before IS NULL
          AND p.id NOT IN (SELECT object_id FROM groups_importchange WHERE ward_id = %(ward)s
                           AND roster_import_id = %(import)s AND "table" = 'person')
    )
"""
_PERSON_BACK = (
    "full_name", "search_key", "sort_key", "birth_year", "is_head", "phone", "zalo_name", "uses_zalo",
    "security_team", "claims_joined", "status", "left_at", "updated_at",
)  # fmt: skip
_HOUSEHOLD_BACK = (
    "address", "street", "house_order", "head_name", "match_key", "search_key", "sort_key", "children", "gap",
    "gap_until", "ended_at", "updated_at",
)  # fmt: skip


def _values(row: RosterImport) -> dict[str, Any]:
    return {"ward": row.ward_id, "import": row.pk, "saved": row.saved_at}


def can_undo(*, actor: Actor, row: RosterImport) -> bool:
    """Whether this is the last roster saved, its traces are still kept and nobody has built on it."""
    newer = RosterImport.objects.filter(
        ward_id=actor.ward_id, kind=row.kind, status=RosterImport.Status.SAVED, saved_at__gt=row.saved_at
    )
    if row.kind != RosterImport.Kind.ROSTER or newer.exists():
        return False
    if not ImportChange.objects.filter(ward_id=row.ward_id, roster_import=row).exists():
        return False
    with coverage.set_based(), connection.cursor() as cursor:
        cursor.execute(_TOUCHED, _values(row))
        return not (cursor.fetchone() or (True,))[0]


@transaction.atomic
def undo_import(*, actor: Actor, row: RosterImport) -> RosterImport:
    """Put back what the last import changed and remove what it made. Neighbourhoods it made stay, empty.

    Raises DomainError when it is not the last one or somebody has worked on its rows since.
    """
    coverage.lock_coverage(actor.ward_id)
    row = RosterImport.objects.select_for_update().get(pk=row.pk, ward_id=actor.ward_id)
    require(actor, "rosters.import", row)
    if row.status != RosterImport.Status.SAVED or not can_undo(actor=actor, row=row):
        raise DomainError(_("This import can no longer be undone: somebody has worked on its households since."))
    values = _values(row)
    with coverage.set_based(), connection.cursor() as cursor:
        memberships = ImportChange.objects.filter(ward_id=row.ward_id, roster_import=row, table=Table.MEMBERSHIP)
        Membership.objects.filter(ward_id=row.ward_id, pk__in=memberships.values("object_id")).delete()
        for table, columns in (("person", _PERSON_BACK), ("household", _HOUSEHOLD_BACK)):
            name = f"groups_{table}"
            cursor.execute(
                f"DELETE FROM {name} t USING groups_importchange c WHERE t.ward_id = %(ward)s AND c.ward_id = t.ward_id"  # noqa: S608  (fixed names)
                f" AND c.roster_import_id = %(import)s AND c.\"table\" = '{table}' "
                " AND c.before IS NULL AND t.id = c.object_id",
                values,
            )
            if table == "person":  # the old head comes back after the new one has stepped down
                cursor.execute(
                    "UPDATE groups_person t SET is_head = false FROM groups_importchange c WHERE t.ward_id = %(ward)s"
                    " AND c.ward_id = t.ward_id AND c.roster_import_id = %(import)s AND c.\"table\" = 'person'"
                    " AND t.id = c.object_id AND t.is_head",
                    values,
                )
            listed = ", ".join(columns)
            cursor.execute(
                f"UPDATE {name} t SET ({listed}) = (SELECT {listed} FROM jsonb_populate_record(NULL::{name}, c.before))"  # noqa: S608  (fixed names)
                f" FROM groups_importchange c WHERE t.ward_id = %(ward)s AND c.ward_id = t.ward_id"
                f" AND c.roster_import_id = %(import)s AND c.\"table\" = '{table}' AND c.before IS NOT NULL"
                " AND t.id = c.object_id",
                values,
            )
    places = list(neighbourhoods(row.ward_id).values_list("pk", flat=True))
    coverage.recount_ward(ward_id=row.ward_id, neighbourhood_ids=places)
    ImportChange.objects.filter(ward_id=row.ward_id, roster_import=row).delete()
    move(row, RosterImport.Status.UNDONE)
    row.message = ""
    row.save(update_fields=["status", "message", "updated_at"])
    audit.record(actor=actor, action="groups.import_undone", target=row, values={"at": timezone.now().isoformat()})
    return row

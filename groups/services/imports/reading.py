"""The worker reads an upload in its limited child process and works out the difference to what is held."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from groups.models import RosterImport, RosterSource
from groups.rosters.messages import RosterFileError
from groups.rosters.reader import read_sheets
from groups.services import coverage
from groups.services.imports import officers, staging
from groups.services.imports.plan import Plan, make_plan, store
from groups.services.imports.saving import claim, places_by_key
from groups.services.imports.working import SignOfLife, Stopped
from vikhe_portal.core import audit, files
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.transitions import move

logger = logging.getLogger(__name__)
Status = RosterImport.Status
SHOWN_PROBLEMS = 5000


def read_import(*, ward_id: int, import_id: int) -> str:
    """Read an upload that waits and leave it as a preview, or refused with the reason. Returns the status."""
    claimed = claim(ward_id=ward_id, import_id=import_id, status=Status.READING)
    if claimed is None:
        return ""
    row, token = claimed
    changes: dict[str, Any]
    try:
        with SignOfLife(ward_id, import_id, token) as alive:
            changes = _read(row, alive)
    except Stopped:
        changes = {"status": Status.CANCELLED}
    except RosterFileError as error:
        changes = {"status": Status.REFUSED, "message": error.sentence()[:500]}
    except FileNotFoundError:
        changes = {"status": Status.FAILED, "message": _("The uploaded file has been destroyed. Upload it again.")}
    except Exception:
        logger.exception("import %s cannot be read", import_id)
        changes = {"status": Status.FAILED, "message": _("Something went wrong while reading. Try again.")}
    with ward_scope(ward_id):
        held = RosterImport.objects.select_for_update().filter(pk=import_id, claim=token).first()
        if held is None:
            return ""
        status = Status.CANCELLED if held.stop_asked else changes.pop("status")
        changes.pop("status", None)
        move(held, status)
        held.claim, held.progress, held.message = None, 0, ""
        for name, value in changes.items():
            setattr(held, name, value)
        held.save()
        audit.record(actor=None, ward_id=ward_id, action=f"groups.import_{status}", target=held)
        notify(
            ward_id=ward_id, user_ids=[held.created_by_id], kind="import", url=reverse("groups:import", args=[held.pk])
        )
    return status


def _read(row: RosterImport, alive: SignOfLife) -> dict[str, Any]:
    ward_id = row.ward_id
    sheets = read_sheets(files.read(row.stored, ward_id=ward_id), row.filename)
    alive.percent = 40
    with ward_scope(ward_id):
        alive.reached(41)
        known = dict(RosterSource.objects.filter(ward_id=ward_id).values_list("fingerprint", "mapping"))
    plan = make_plan(
        sheets,
        today=timezone.localdate(),
        chosen=row.mapping.get("sheets", {}),
        remembered=known,
        neighbourhood=row.mapping.get("neighbourhood", ""),
    )
    alive.percent = 70
    with ward_scope(ward_id):
        alive.reached(71)
        counts, preview = preview_of(row, plan)
    alive.percent = 95
    return {
        "status": Status.PREVIEW,
        "kind": plan.kind,
        "counts": counts,
        "fingerprint": plan.fingerprint,
        "mapping": {**row.mapping, "sheets": plan.mappings},
        "plan": store(plan, ward_id=ward_id),
        "preview": store(preview, ward_id=ward_id),
    }


def preview_of(row: RosterImport, plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """The counts and the differences of a plan to what is held now. Writes nothing. Must run in the ward's scope."""
    places = places_by_key(row.ward_id)
    counts: dict[str, Any] = {
        "rows_read": plan.rows_read,
        "refused": plan.refused,
        "ignored": sum(plan.ignored.values()),
        "warnings": sum(1 for problem in plan.problems if problem[3] == "warning"),
        "children": plan.children,
        "neighbourhoods_new": sum(1 for key in plan.neighbourhoods if key not in places),
        "households": len(plan.households),
        "people": len(plan.people) + plan.children,
    }
    preview: dict[str, Any] = {
        "problems": plan.problems[:SHOWN_PROBLEMS],
        "ignored": plan.ignored,
        "columns": plan.columns,
        "not_kept": plan.not_kept,
        "encoding": plan.encoding,
        "unsure": plan.unsure,
        "stated_households": plan.stated_households,
        "stated_people": plan.stated_people,
        "neighbourhoods": [name for key, name in plan.neighbourhoods.items() if key not in places],
        "changes": [],
        "new": [],
    }
    if plan.kind == "officers":
        found, problems = officers.compare(actor=system_actor(row.ward_id), plan=plan, places=places)
        preview["problems"] = [*preview["problems"], *problems]
        counts["warnings"] += len(problems)
        return counts | found, preview
    with coverage.set_based():
        staging.stage(plan, ward_id=row.ward_id, places=places)
        counts |= staging.counts(row.ward_id)
        changes, new = staging.changes(row.ward_id), staging.new_people()
    homes = {household[0]: household for household in plan.households}
    preview["changes"] = [[*plan.where[n], plan.people[n][2], fields] for n, fields in changes]
    preview["new"] = [
        [
            *plan.where[n],
            plan.people[n][2],
            plan.neighbourhoods[homes[plan.people[n][1]][1]],
            homes[plan.people[n][1]][4],
        ]
        for n in new
    ]
    return counts, preview

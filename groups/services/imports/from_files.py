"""Imports from the command line: the same reading and saving, one after the other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor_for
from groups.models import RosterImport, RosterSource
from groups.rosters.messages import RosterFileError
from groups.rosters.reader import read_sheets
from groups.selectors.imports import problems_in_words
from groups.services.imports import lifecycle
from groups.services.imports.plan import load, make_plan
from groups.services.imports.reading import preview_of, read_import
from groups.services.imports.saving import save_import
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope


def _account(counts: dict[str, Any], preview: dict[str, Any], *, status: str, message: str = "") -> dict[str, Any]:
    children_new = counts.get("children_new", 0)
    return {
        "status": status,
        "message": message,
        "rows_read": counts.get("rows_read", 0),
        "created": counts.get("people_new", 0) + children_new,
        "updated": counts.get("people_changed", 0),
        "unchanged": counts.get("people_unchanged", 0) + counts.get("children", 0) - children_new,
        "refused": counts.get("refused", 0),
        "ignored": counts.get("ignored", 0),
        "households": counts.get("households", 0),
        "people": counts.get("people", 0),
        "refused_rows": [
            {"sheet": problem["sheet"], "row": problem["row"], "column": problem["column"], "reason": problem["text"]}
            for problem in problems_in_words(preview)
            if problem["refused"]
        ],
    }


def preview_file(*, ward_id: int, content: bytes, filename: str, neighbourhood: str = "") -> dict[str, Any]:
    """The account of a roster file against what the ward holds; nothing is kept. Raises DomainError if unreadable."""
    try:
        sheets = read_sheets(content, filename)
        with ward_scope(ward_id):
            known = dict(RosterSource.objects.filter(ward_id=ward_id).values_list("fingerprint", "mapping"))
        plan = make_plan(sheets, today=timezone.localdate(), chosen={}, remembered=known, neighbourhood=neighbourhood)
    except RosterFileError as error:
        raise DomainError(error.sentence()) from error
    with ward_scope(ward_id):
        counts, preview = preview_of(RosterImport(ward_id=ward_id), plan)
        transaction.set_rollback(True)
    return _account(counts, preview, status="preview")


def import_file(
    *, ward_id: int, username: str, content: bytes, filename: str, neighbourhood: str = "", legal_basis: str = ""
) -> dict[str, Any]:
    """Import a file in one go in the name of `username`; returns the account with the status reached.

    Raises DomainError for an unknown person or an unreadable file, Refused when the person may not import.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise DomainError(_("There is no account of this name."))
    actor = actor_for(user, ward_id)
    with ward_scope(ward_id):
        row = lifecycle.start_import(actor=actor, content=content, filename=filename, neighbourhood=neighbourhood)
    read_import(ward_id=ward_id, import_id=row.pk)
    with ward_scope(ward_id):
        row.refresh_from_db()
        if row.status != RosterImport.Status.PREVIEW:
            raise DomainError(row.message)
        basis = legal_basis or _("handed in on the command line")
        lifecycle.confirm_import(actor=actor, row=row, legal_basis=basis)
    save_import(ward_id=ward_id, import_id=row.pk)
    with ward_scope(ward_id):
        row.refresh_from_db()
        return _account(row.counts, load(row.preview, ward_id=ward_id), status=row.status, message=row.message)

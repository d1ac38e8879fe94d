"""What a person does with an import: upload, choose columns, confirm, cancel, try again."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from groups.models import RosterImport
from groups.rosters.archive import Limits
from groups.rosters.mapping import RosterMapping
from groups.rosters.messages import RosterFileError
from vikhe_portal.core import audit, files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from vikhe_portal.core.transitions import move

Status = RosterImport.Status


@transaction.atomic
def start_import(*, actor: Actor, content: bytes, filename: str, neighbourhood: str = "") -> RosterImport:
    """Keep an upload encrypted and have it read in the background. Returns the import, status reading.

    `neighbourhood`: name of the neighbourhood of a file that names none. Raises DomainError when the file is empty or
    larger than any roster is.
    """
    require(actor, "rosters.import")
    limit = Limits().file_bytes
    if not content:
        raise DomainError(RosterFileError("empty_file").sentence(), field="file")
    if len(content) > limit:
        raise DomainError(RosterFileError("too_large", {"limit": limit // 1024 // 1024}).sentence(), field="file")
    row = RosterImport.objects.create(
        ward_id=actor.ward_id,
        kind=RosterImport.Kind.ROSTER,
        filename=nfc(filename)[:160] or "?",
        stored=files.store(content, ward_id=actor.ward_id),
        digest=hashlib.sha256(content).hexdigest(),
        mapping={"neighbourhood": neighbourhood} if neighbourhood else {},
        created_by_id=actor.id,
    )
    audit.record(actor=actor, action="groups.import_started", target=row, values={"bytes": len(content)})
    _wake(row)
    return row


def _wake(row: RosterImport) -> None:
    task = "groups.save_import" if row.status == Status.SAVING else "groups.read_import"
    enqueue_on_commit(task, ward_id=row.ward_id, import_id=row.pk)


def _locked(actor: Actor, row: RosterImport) -> RosterImport:
    row = RosterImport.objects.select_for_update().get(pk=row.pk, ward_id=actor.ward_id)
    require(actor, "rosters.import", row)
    return row


@transaction.atomic
def choose_columns(*, actor: Actor, row: RosterImport, sheet: str, mapping: dict[str, Any]) -> RosterImport:
    """Take the person's word for what the columns of a sheet hold, and read the file again.

    Raises DomainError when the choice cannot be (no name column), or the preview is over.
    """
    row = _locked(actor, row)
    try:
        chosen = RosterMapping.from_json(mapping).to_json()
    except RosterFileError as error:
        raise DomainError(error.sentence()) from error
    move(row, Status.READING)
    row.mapping = {**row.mapping, "sheets": {**row.mapping.get("sheets", {}), sheet: chosen}}
    row.claim, row.stop_asked = None, False
    row.save(update_fields=["status", "mapping", "claim", "stop_asked", "updated_at"])
    audit.record(actor=actor, action="groups.import_columns_chosen", target=row)
    _wake(row)
    return row


@transaction.atomic
def confirm_import(*, actor: Actor, row: RosterImport, legal_basis: str) -> RosterImport:
    """Have the previewed difference saved in the background; source and legal basis of the file are recorded.

    Raises DomainError without a legal basis, when nothing would be saved, or when the preview is over.
    """
    row = _locked(actor, row)
    legal_basis = nfc(legal_basis)[:200]
    if not legal_basis:
        raise DomainError(_("Write where the file comes from and on what basis it may be used."), field="legal_basis")
    if row.kind == RosterImport.Kind.ROSTER and not row.counts.get("people"):
        raise DomainError(_("There is nobody to save in this file."))
    move(row, Status.SAVING)
    row.legal_basis, row.confirmed_by_id = legal_basis, actor.id
    row.claim, row.progress, row.stop_asked, row.message = None, 0, False, ""
    row.save()
    audit.record(actor=actor, action="groups.import_confirmed", target=row, reason=legal_basis)
    _wake(row)
    return row


@transaction.atomic
def cancel_import(*, actor: Actor, row: RosterImport) -> RosterImport:
    """Stop an import: at once when no worker has it, otherwise at the worker's next step. Nothing is saved.

    Raises DomainError when it is over already.
    """
    row = _locked(actor, row)
    if row.claim is not None:
        row.stop_asked = True
    else:
        move(row, Status.CANCELLED)
    row.save(update_fields=["status", "stop_asked", "updated_at"])
    audit.record(actor=actor, action="groups.import_cancel_asked", target=row)
    return row


@transaction.atomic
def retry_import(*, actor: Actor, row: RosterImport) -> RosterImport:
    """Try a failed import again: saving when it had been confirmed, reading otherwise.

    Raises DomainError when the upload has been destroyed meanwhile.
    """
    row = _locked(actor, row)
    if row.destroyed_at is not None:
        raise DomainError(_("The uploaded file has been destroyed after 24 hours. Upload it again."))
    move(row, Status.SAVING if row.plan and row.confirmed_by_id else Status.READING)
    row.claim, row.progress, row.stop_asked, row.message = None, 0, False, ""
    row.save()
    audit.record(actor=actor, action="groups.import_tried_again", target=row)
    _wake(row)
    return row

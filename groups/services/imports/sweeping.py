"""What time does to imports: dead workers are noticed, uploads destroyed, traces of the undo forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import ImportChange, RosterImport
from groups.services.imports.working import STALE_AFTER
from vikhe_portal.core import audit, files
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.transitions import move

UPLOAD_LIVES = timedelta(hours=23)  # destroyed within 24 h, with an hour for a sweeper that was down
UNDO_LIVES = timedelta(days=7)
WAKE_AFTER = timedelta(seconds=30)
Status = RosterImport.Status
BUSY = (Status.READING, Status.SAVING)


@transaction.atomic
def sweep_imports(*, ward_id: int, now: datetime | None = None) -> None:
    """Mark imports of dead workers failed, wake those no worker took, destroy old uploads. In the ward's scope."""
    now = now or timezone.now()
    busy = RosterImport.objects.select_for_update(skip_locked=True).filter(ward_id=ward_id, status__in=BUSY)
    for row in busy.filter(claim__isnull=False, heartbeat_at__lt=now - timedelta(seconds=STALE_AFTER)):
        move(row, Status.CANCELLED if row.stop_asked else Status.FAILED)
        row.claim, row.progress = None, 0
        row.message = "" if row.stop_asked else _("The work stopped halfway. Nothing was saved; try again.")
        row.save(update_fields=["status", "claim", "progress", "message", "updated_at"])
        audit.record(actor=None, ward_id=ward_id, action=f"groups.import_{row.status}", target=row)
    for row in busy.filter(claim__isnull=True, updated_at__lt=now - WAKE_AFTER):
        task = "groups.save_import" if row.status == Status.SAVING else "groups.read_import"
        enqueue_on_commit(task, ward_id=ward_id, import_id=row.pk)
    old = RosterImport.objects.select_for_update(skip_locked=True).filter(
        ward_id=ward_id, destroyed_at=None, created_at__lt=now - UPLOAD_LIVES, claim=None
    )
    for row in old:
        destroy_upload(row, now=now)
    ImportChange.objects.filter(ward_id=ward_id, roster_import__saved_at__lt=now - UNDO_LIVES).delete()


def destroy_upload(row: RosterImport, *, now: datetime) -> None:
    """Remove the upload, the plan and the preview of a locked import; a waiting one is over with that."""
    names = [name for name in (row.stored, row.plan, row.preview) if name]
    ward_id = row.ward_id
    if row.status in (*BUSY, Status.PREVIEW):
        move(row, Status.CANCELLED)
        row.message = _("The uploaded file has been destroyed after 24 hours. Upload it again.")
    row.stored = row.plan = row.preview = ""
    row.destroyed_at = now
    row.save(update_fields=["status", "message", "stored", "plan", "preview", "destroyed_at", "updated_at"])
    audit.record(actor=None, ward_id=ward_id, action="groups.upload_destroyed", target=row)

    def remove() -> None:
        for name in names:
            files.delete(name, ward_id=ward_id)

    transaction.on_commit(remove)

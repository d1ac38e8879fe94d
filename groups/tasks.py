"""Background jobs of rosters and coverage. Messages carry ids; the rows say what there is to do."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from groups.services.coverage import record_day
from groups.services.duplicates import forget_decisions
from groups.services.imports.reading import read_import
from groups.services.imports.saving import save_import
from groups.services.imports.sweeping import sweep_imports
from groups.services.joining import forget_requests
from groups.services.member_lists import forget_lines
from groups.services.rosters import forget_leavers, forget_wishes
from vikhe_portal.core.jobs import beat_seen, system_task
from vikhe_portal.core.scope import ward_scope
from wards.selectors import active_wards


@system_task("groups.read_import")
def read(*, ward_id: int, import_id: int) -> None:
    """Read an upload and leave a preview."""
    read_import(ward_id=ward_id, import_id=import_id)


@system_task("groups.save_import")
def save(*, ward_id: int, import_id: int) -> None:
    """Save a confirmed import."""
    save_import(ward_id=ward_id, import_id=import_id)


@system_task("groups.sweep_imports")
def sweep() -> None:
    """Notice dead workers, wake what was forgotten, destroy old uploads, in every active ward."""
    for ward in active_wards():
        with ward_scope(ward.pk):
            sweep_imports(ward_id=ward.pk)
    beat_seen("groups.sweep_imports")


@system_task("groups.record_coverage")
def record_coverage() -> None:
    """Forget what has run out and keep today's coverage of every active ward; a day's last run stands for it."""
    now = timezone.localtime()
    # A run shortly after midnight still closes the day before.
    day = (now - timedelta(minutes=30)).date()
    for ward in active_wards():
        with ward_scope(ward.pk):
            forget_wishes(ward_id=ward.pk)
            forget_leavers(ward_id=ward.pk)
            forget_lines(ward_id=ward.pk)
            forget_requests(ward_id=ward.pk)
            forget_decisions(ward_id=ward.pk)
            record_day(ward_id=ward.pk, day=day)
    beat_seen("groups.record_coverage")

"""Background jobs of governance: handovers in effect, proof pictures past their time."""

from __future__ import annotations

from groups.services.checks import purge_evidence
from groups.services.handover_running import forget_notes, run_due
from groups.services.violations import forget_expired
from vikhe_portal.core.jobs import beat_seen, system_task, ward_task
from vikhe_portal.core.scope import ward_scope
from wards.selectors import active_wards


@ward_task("groups.run_handovers_of_ward")
def run_handovers_of_ward(*, ward_id: int) -> None:
    """Right after a plan was made: what is due in this ward."""
    run_due(ward_id=ward_id)


@system_task("groups.run_handovers")
def run_handovers() -> None:
    """Handovers in effect, covers to give back, overdue steps, in every active ward."""
    for ward in active_wards():
        with ward_scope(ward.pk):
            run_due(ward_id=ward.pk)
    beat_seen("groups.run_handovers")


@system_task("groups.purge_evidence")
def purge() -> None:
    """Delete proof pictures, briefing notes and violations past their time, in every active ward."""
    for ward in active_wards():
        with ward_scope(ward.pk):
            purge_evidence(ward_id=ward.pk)
            forget_notes(ward_id=ward.pk)
            forget_expired(ward_id=ward.pk)
    beat_seen("groups.purge_evidence")

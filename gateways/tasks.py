"""Background work of the gateways."""

from __future__ import annotations

from gateways import selectors
from gateways.services import inbox
from vikhe_portal.core import context
from vikhe_portal.core.jobs import beat_seen, every, system_task


@system_task("gateways.drain_inbox")
def drain_inbox(ward_id: int) -> None:
    """Hand a ward's waiting events to their handlers."""
    inbox.drain(ward_id=ward_id)


@system_task("gateways.sweep_inbox")
def sweep_inbox() -> None:
    """Find events whose wake-up was lost."""
    with context.acting_from(context.Origin(source="task")):
        for ward_id in selectors.wards_with_events():
            inbox.drain(ward_id=ward_id)
    beat_seen("gateways.sweep_inbox")


every(20, "gateways.sweep_inbox")

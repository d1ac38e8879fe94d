"""Recurring work of the installation itself."""

from __future__ import annotations

from vikhe_portal.core import audit
from vikhe_portal.core.jobs import beat_seen, every, system_task
from vikhe_portal.core.scope import ward_scope

CHAIN_EVERY_SECONDS = 3


@system_task("core.link_audit")
def link_audit() -> None:
    """Chain every ward's new audit events."""
    for ward in audit.wards_with_pending():
        with ward_scope(ward or None):
            audit.link_events(ward)
    beat_seen("core.link_audit")


every(CHAIN_EVERY_SECONDS, "core.link_audit")

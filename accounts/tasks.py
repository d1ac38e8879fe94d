"""Recurring work of accounts and of the audit trail's anchors."""

from __future__ import annotations

from accounts.services import sign_in
from vikhe_portal.core import audit
from vikhe_portal.core.jobs import beat_seen, every, system_task

IDLE_EVERY_SECONDS = 6 * 3600
ANCHOR_EVERY_SECONDS = 3600


@system_task("accounts.disable_idle")
def disable_idle() -> None:
    """Switch off accounts nobody has used for 45 days."""
    beat_seen("accounts.disable_idle", str(sign_in.disable_idle()))


@system_task("accounts.write_anchors")
def write_anchors() -> None:
    """Write the head of each ward's audit chain to a file outside the database: at most an hour can be lost."""
    beat_seen("accounts.write_anchors", str(audit.write_anchors()))


every(IDLE_EVERY_SECONDS, "accounts.disable_idle")
every(ANCHOR_EVERY_SECONDS, "accounts.write_anchors")

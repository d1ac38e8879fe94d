"""Recurring work of accounts and of the audit trail's anchors."""

from __future__ import annotations

import logging

from django.db import DatabaseError

from accounts.services import alerts, duty, sign_in
from vikhe_portal.core import audit
from vikhe_portal.core.jobs import beat_seen, every, system_task
from vikhe_portal.core.scope import ward_scope
from wards.selectors import active_wards

logger = logging.getLogger(__name__)

ALERTS_EVERY_SECONDS = 60
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


@system_task("accounts.alerts")
def climb_alerts() -> None:
    """Every ward's alerts nobody took go to the next person; shifts not taken over are called for."""
    seen = 0
    for ward in active_wards():
        try:
            with ward_scope(ward.pk):
                duty.call_to_take_over(ward_id=ward.pk)
                duty.forget_notes(ward_id=ward.pk)
                seen += alerts.climb(ward_id=ward.pk)
        except DatabaseError as error:
            logger.error("alerts of ward %s wait for the next tick: %s", ward.pk, type(error).__name__)
    beat_seen("accounts.alerts", str(seen))


every(ALERTS_EVERY_SECONDS, "accounts.alerts")
every(IDLE_EVERY_SECONDS, "accounts.disable_idle")
every(ANCHOR_EVERY_SECONDS, "accounts.write_anchors")

"""Wake-ups: new tips are announced, clocks ticked. Losing one costs a minute, doubling one costs nothing."""

from __future__ import annotations

import logging

from django.db import DatabaseError

from tips.services import ticking
from vikhe_portal.core.jobs import beat_seen, every, system_task, ward_task
from vikhe_portal.core.scope import ward_scope
from wards.selectors import active_wards

logger = logging.getLogger(__name__)


@ward_task("tips.announce")
def announce(*, ward_id: int) -> None:
    """Tell the desk of new tips of one ward."""
    ticking.announce_ward(ward_id=ward_id)


@system_task("tips.tick")
def tick() -> None:
    """Every ward's clocks and unannounced tips; a ward that fails does not stop the others' turn next minute."""
    moved = 0
    for ward in active_wards():
        try:
            with ward_scope(ward.pk):
                ticking.announce_ward(ward_id=ward.pk)
                while count := ticking.tick_ward(ward_id=ward.pk):
                    moved += count
        except DatabaseError as error:
            logger.error("clocks of ward %s wait for the next tick: %s", ward.pk, type(error).__name__)
    beat_seen("tips.tick", f"{moved}")


every(60, "tips.tick")

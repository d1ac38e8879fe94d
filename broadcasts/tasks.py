"""Wake-ups of the planner and the dispatcher; a lost one costs a tick, a doubled one nothing."""

from __future__ import annotations

import logging

from django.db import DatabaseError

import vikhe_portal.celery  # noqa: F401  (a web process, too, must know the application it sends wake-ups through)
from broadcasts.services import dispatching, emergency, limits, planning, reconciling, removing, sources
from vikhe_portal.core.jobs import beat_seen, every, system_task

logger = logging.getLogger(__name__)


@system_task("broadcasts.plan")
def plan() -> None:
    """Send out what is due in every ward; one ward's trouble does not hold up the others."""
    made = 0
    for ward_id in planning.due_wards():
        try:
            made += planning.plan_ward(ward_id=ward_id)
        except DatabaseError as error:
            logger.error("plans of ward %s wait for the next tick: %s", ward_id, type(error).__name__)
    for ward_id in limits.held_wards():
        try:
            made += limits.release_ward(ward_id=ward_id)
        except DatabaseError as error:
            logger.error("held-back posts of ward %s wait for the next tick: %s", ward_id, type(error).__name__)
    beat_seen("broadcasts.plan", f"{made}")


@system_task("broadcasts.dispatch")
def dispatch() -> None:
    """Post what waits for the Official Accounts, and look after leases that ran out."""
    sent = dispatching.run_dispatch()
    beat_seen("broadcasts.dispatch", f"{sent}")


@system_task("broadcasts.emergencies")
def emergencies() -> None:
    """Call the next ring where nobody answers; stop what nobody confirmed."""
    moved = 0
    for ward_id, run_id in emergency.due_runs():
        try:
            moved += bool(emergency.advance(ward_id=ward_id, run_id=run_id))
        except DatabaseError as error:
            logger.error("alarm %s of ward %s waits for the next tick: %s", run_id, ward_id, type(error).__name__)
    beat_seen("broadcasts.emergencies", f"{moved}")


@system_task("broadcasts.reconcile")
def reconcile() -> None:
    """Look in the groups for posts nobody is sure of."""
    found = 0
    for ward_id in reconciling.waiting_wards():
        try:
            found += reconciling.reconcile_ward(ward_id=ward_id)
        except DatabaseError as error:
            logger.error("unknown posts of ward %s wait for the next tick: %s", ward_id, type(error).__name__)
    beat_seen("broadcasts.reconcile", f"{found}")


@system_task("broadcasts.removals")
def removals() -> None:
    """Take down what is past its day, in every ward."""
    asked = 0
    for ward_id in removing.active_wards():
        try:
            asked += removing.sweep_ward(ward_id=ward_id)
        except DatabaseError as error:
            logger.error("removals of ward %s wait for the next tick: %s", ward_id, type(error).__name__)
    beat_seen("broadcasts.removals", f"{asked}")


@system_task("broadcasts.sources")
def read_sources() -> None:
    """Read the feeds that are due; let unread drafts of their wards grow old."""
    new = 0
    due = sources.due()
    for ward_id, source_id in due:
        try:
            new += sources.read(ward_id=ward_id, source_id=source_id)
        except DatabaseError as error:
            logger.error("source %s of ward %s waits: %s", source_id, ward_id, type(error).__name__)
    for ward_id in sources.wards_with_sources():
        sources.expire(ward_id=ward_id)
    beat_seen("broadcasts.sources", f"{new}")


every(300, "broadcasts.sources")
every(60, "broadcasts.reconcile")
every(120, "broadcasts.removals")
every(15, "broadcasts.plan")
every(15, "broadcasts.emergencies")
every(15, "broadcasts.dispatch")

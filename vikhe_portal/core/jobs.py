"""Background work: Celery messages are wake-ups that carry ids; PostgreSQL is the only truth.

A lost message costs one tick of the sweeper, a doubled one costs nothing: every job claims its rows in the database.
"""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from vikhe_portal.celery import app
from vikhe_portal.core import context
from vikhe_portal.core.models import Heartbeat
from vikhe_portal.core.scope import ward_scope

logger = logging.getLogger(__name__)


def _only_ids(ids: dict[str, Any]) -> None:
    for name, value in ids.items():
        if value is None or isinstance(value, (bool, int, uuid.UUID)):
            continue
        if isinstance(value, str) and len(value) <= 40 and value.replace("-", "").isalnum():
            continue
        raise ValueError(f"{name} is not an id: messages carry ids only")


def enqueue_on_commit(task_name: str, **ids: Any) -> None:
    """Wake the task `task_name` with these ids once the running transaction has committed.

    The name is looked up now, so a misspelt one fails where it is written (KeyError). An unreachable broker is logged
    and otherwise ignored: the sweepers find the work in the database.
    """
    if task_name not in app.tasks:
        raise KeyError(f"no task is named {task_name!r}")
    _only_ids(ids)
    arguments = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in ids.items()}
    transaction.on_commit(functools.partial(_send, task_name, arguments))


def _send(task_name: str, arguments: dict[str, Any]) -> None:
    try:
        app.send_task(task_name, kwargs=arguments, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, %s waits for the sweeper: %s", task_name, type(error).__name__)


def ward_task(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Register a task that works on one ward: it is called with `ward_id` and runs inside that ward's scope."""

    def register(function: Callable[..., Any]) -> Any:
        @shared_task(name=name, ignore_result=True)
        @functools.wraps(function)
        def run(*, ward_id: int, **ids: Any) -> None:
            with context.acting_from(context.Origin(source="task")), ward_scope(ward_id):
                function(ward_id=ward_id, **ids)

        return run

    return register


def system_task(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Register a task without a ward: it sees queue tables only and opens scopes of its own."""

    def register(function: Callable[..., Any]) -> Any:
        @shared_task(name=name, ignore_result=True)
        @functools.wraps(function)
        def run(**ids: Any) -> None:
            with context.acting_from(context.Origin(source="task")):
                function(**ids)

        return run

    return register


def every(seconds: float, task_name: str) -> None:
    """Have beat wake `task_name` every so many seconds. Called from AppConfig.ready(); doubled beats are harmless."""
    app.conf.beat_schedule = {
        **(app.conf.beat_schedule or {}),
        task_name: {"task": task_name, "schedule": seconds, "options": {"expires": max(seconds * 2, 10)}},
    }


def beat_seen(name: str, detail: str = "") -> None:
    """Stamp that the recurring job `name` ran just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now(), "detail": detail[:200]})

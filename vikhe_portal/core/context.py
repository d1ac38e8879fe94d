"""Facts about the request or job being carried out, for the audit trail and the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where an action came from: "web", "task" or "command", with the request's reference and the staff's address."""

    source: str = "command"
    request_id: str = ""
    address: str = ""


COMMAND = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=COMMAND)


def current() -> Origin:
    """Return the origin of what is being carried out now."""
    return _origin.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Name the origin for everything inside the block."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)

"""A history needs a past: services run here as if it were an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside the block `timezone.now()` is `moment`. For building the demonstration only; never during requests."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield

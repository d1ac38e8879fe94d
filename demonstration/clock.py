"""A history needs a past: services run here as if it were an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from unittest import mock

from django.utils import timezone


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside the block `timezone.now()` is `moment`. For building the demonstration only; never during requests.

    What `timezone.now` asks is replaced, not the function: models hold the function itself as a default.
    """

    class Clock(datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return moment.astimezone(tz)  # type: ignore[return-value]  # a datetime is all that is asked for

    with mock.patch.object(timezone, "datetime", Clock):
        yield

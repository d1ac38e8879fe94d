"""One way to change a status: a table on the model says what may follow what, services move along it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from vikhe_portal.core.errors import DomainError

Table = Mapping[str, frozenset[str]]


def table(**steps: str) -> dict[str, frozenset[str]]:
    """Write a transition table as table(new="assigned merged", assigned="answered"): values list what may follow."""
    return {state: frozenset(following.split()) for state, following in steps.items()}


def move(row: Any, to: str, *, field: str = "status", steps: Table | None = None) -> str:
    """Set `row.<field>` to `to` and return the state before. The caller saves, audits and owns the lock.

    Raises DomainError when the table (`row.TRANSITIONS` unless given) does not lead there.
    """
    before = getattr(row, field)
    allowed = (steps if steps is not None else row.TRANSITIONS).get(before, frozenset())
    if to not in allowed:
        labels = dict(row._meta.get_field(field).choices or ())
        raise DomainError(
            _("This is no longer possible: the item is now “%(state)s”. Reload the page and look again.")
            % {"state": labels.get(before, before)},
            code="transition",
        )
    setattr(row, field, to)
    return before

"""Figures registered for a test only, and people of the committee's room."""

from __future__ import annotations

import pytest

from vikhe_portal.core import figures
from vikhe_portal.core.figures import Figure


@pytest.fixture
def head(person_with_post):
    """The committee head as an actor."""
    return person_with_post("committee_head")[1]


@pytest.fixture
def only_figures(monkeypatch):
    """only_figures(a, b): the portal has these figures and no others; returns a maker of simple ones."""

    def use(*registered: Figure) -> None:
        monkeypatch.setattr(figures, "_figures", {one.key: one for one in registered})

    return use


def simple(key: str, value, *, group: str = "tips", permission: str = "oversight.dashboard", **fields) -> Figure:
    """A figure of a fixed value, or of what a function says."""
    count = value if callable(value) else lambda actor, period: value

    def rows(actor, period):
        return f"/{key}/" if fields.get("now") else f"/{key}/?{period.start}"

    fields.setdefault("rows_url", rows)
    return Figure(key, key.replace("_", " "), group, permission, count, **fields)

"""Fixtures of the tests on broadcasts."""

from __future__ import annotations

import pytest


@pytest.fixture
def deputy_chief(person_with_post):
    """A deputy chief as an actor."""
    return person_with_post("deputy_chief")[1]

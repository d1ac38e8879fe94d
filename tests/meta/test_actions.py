"""What the code writes into the trail has words for those who read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.selectors.actions import ACTIONS

pytestmark = pytest.mark.security

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_action_the_code_records_has_words():
    used = set()
    for path in ROOT.glob("*/**/*.py"):
        if path.parts[len(ROOT.parts)] in {"tests", "node_modules", ".venv"}:
            continue
        for found in re.findall(r'action="([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")):
            used.add(found)
    assert len(used) > 50
    assert used - set(ACTIONS) == set(), "add the words to accounts/selectors/actions.py"

"""docs/threat-model.md names a state and existing tests for every threat."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.security

ROOT = Path(__file__).resolve().parent.parent.parent
LINE = re.compile(r"^\| T(\d+) \|(.+)\|(.+)\|(.+)\|(.+)\|$", re.MULTILINE)
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def names_in(path: Path) -> set[str]:
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_threat_has_its_line_and_says_what_state_it_is_in():
    rows = {int(number): state.strip() for number, _threat, _control, _tests, state in LINE.findall(TEXT)}
    assert sorted(rows) == list(range(1, 37))
    assert [number for number, state in rows.items() if not state.startswith(("done", "partly", "open"))] == []


def test_what_is_called_done_names_a_test_and_every_named_test_exists():
    missing, bare = [], []
    for number, _threat, _control, named, state in LINE.findall(TEXT):
        names = re.findall(r"`([\w/]+\.py)::(test_\w+)`", named)
        if state.strip().startswith("done") and not names:
            bare.append(f"T{number}")
        missing += [f"T{number}: {file}::{name}" for file, name in names if name not in names_in(ROOT / "tests" / file)]
    assert bare == []
    assert not missing, "\n" + "\n".join(missing)


def test_every_clause_names_a_test_that_exists_or_says_that_it_is_not_built():
    text = (ROOT / "docs" / "clauses-security.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ][1:]
    wrong = []
    for clause, named, fault in rows:
        names = re.findall(r"`([\w/]+\.py)::(test_\w+)`", named)
        wrong += [f"{clause}: {file}::{name}" for file, name in names if name not in names_in(ROOT / "tests" / file)]
        if not names and fault != "not built":
            wrong.append(f"{clause}: no test")
    assert len(rows) > 15
    assert not wrong, "\n" + "\n".join(wrong)

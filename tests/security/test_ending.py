"""`make security` says in its last line how many tests passed and how many did not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.security

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("extra", "ending"),
    [([], "security: 1 passed, 0 failed"), (["-n", "1"], "security: 1 passed, 0 failed")],
    ids=["one process", "several"],
)
def test_the_last_line_counts(extra, ending):
    one = "tests/security/test_threat_model.py::test_every_threat_has_its_line_and_says_what_state_it_is_in"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "security", one, *extra],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.stdout.splitlines()[-1] == ending


def test_the_last_line_counts_what_failed(tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_unconfigure\n")
    (tmp_path / "test_red.py").write_text(
        "import pytest\npytestmark = pytest.mark.security\n\n"
        "def test_red(): raise ValueError\n\n@pytest.fixture\ndef broken(): raise ValueError\n\n"
        "def test_broken(broken): pass\n\ndef test_green(): pass\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "security", str(tmp_path), "-c", str(ROOT / "pyproject.toml")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.stdout.splitlines()[-1] == "security: 1 passed, 2 failed"
    assert run.returncode == 1

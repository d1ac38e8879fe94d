"""A small sample of the chaos run on tips with every test: each of the five is killed once, by the command itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.database import ROOT


@pytest.mark.slow
def test_every_receipt_given_under_fire_is_one_report():
    command = [sys.executable, "-m", "tests.chaos", "--only", "tips", "--receipts", "40", "--kills", "1"]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)
    assert ended.stdout.strip().splitlines()[-1] == "lost: 0, doubled: 0", ended.stdout + ended.stderr
    assert ended.returncode == 0 and "receipts 40, of 40" in ended.stdout

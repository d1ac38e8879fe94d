"""The process manager, driven from outside: who runs, how it ends, and that nobody is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from vikhe_portal.local.places import ROOT

DRIVER = """
import sys
from vikhe_portal.local.processes import Program, run_all
from vikhe_portal.local.refusal import Refusal
mark, first, second, once = sys.argv[1:5]
def started():
    print("all started", flush=True)
    if once == "fail":
        raise Refusal("không lên được")
sh = lambda text: ["/bin/sh", "-c", text, mark]
try:
    ending = run_all([Program("one", sh(first), {"PATH": "/bin:/usr/bin", "WORD": "một"}),
                      Program("two", sh(second), {"PATH": "/bin:/usr/bin"})], cwd="/", once_started=started)
    print("ending", ending.asked, ending.name, ending.code, flush=True)
except Refusal as refusal:
    print("refused", refusal, flush=True)
"""
LASTING = "sleep 300 & wait"  # a child of a child: it must go too


@pytest.fixture
def manager(request):
    """A function starting the driver; whatever it leaves behind is found by the mark and ended after the test."""
    mark = f"mark-{os.getpid()}-{request.node.name}"
    made: list[subprocess.Popen[str]] = []

    def start(first: str = LASTING, second: str = LASTING, once: str = "ok") -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", DRIVER, mark, first, second, once],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        child.mark = mark
        made.append(child)
        return child

    yield start
    for pid in marked(mark):
        psutil.Process(pid).kill()
    for child in made:
        child.stdout.close()
        child.wait()


def marked(mark: str) -> list[int]:
    """Numbers of living processes with this mark among their arguments, and of their children."""
    found = [p for p in psutil.process_iter(["cmdline", "status"]) if mark in (p.info["cmdline"] or [])]
    living = [p for p in found if p.info["status"] != psutil.STATUS_ZOMBIE]
    return [p.pid for p in living] + [c.pid for p in living for c in p.children(recursive=True)]


def wait_for_line(child: subprocess.Popen[str], text: str) -> None:
    for line in child.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


def wait_until_gone(mark: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while left := marked(mark):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything(manager, number):
    child = manager()
    wait_for_line(child, "all started")
    assert len(marked(child.mark)) >= 5  # driver, two shells, two sleeps
    sleeps = [psutil.Process(pid) for pid in marked(child.mark) if psutil.Process(pid).name() == "sleep"]

    child.send_signal(number)

    assert "ending True" in child.stdout.read()
    wait_until_gone(child.mark)
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in sleeps)


def test_a_signal_right_at_the_start_ends_everything(manager):
    for delay in (0.25, 0.3, 0.35, 0.4, 0.5):
        child = manager()
        time.sleep(delay)
        child.terminate()
        child.wait(timeout=15)
        wait_until_gone(child.mark)


def test_a_program_that_ends_brings_the_others_down_by_name(manager):
    child = manager(first="sleep 0.5; exit 3")
    assert "ending False one 3" in child.stdout.read()
    wait_until_gone(child.mark)


def test_a_failure_beside_the_programs_is_raised_after_they_have_stopped(manager):
    child = manager(once="fail")
    assert "refused không lên được" in child.stdout.read()
    wait_until_gone(child.mark)


def test_a_program_deaf_to_signals_is_killed(manager):
    child = manager(first="trap '' TERM; while true; do sleep 1; done")
    wait_for_line(child, "all started")
    child.terminate()
    assert "ending True" in child.stdout.read()
    wait_until_gone(child.mark)


def test_a_killed_manager_takes_its_programs_along(manager):
    child = manager(first="exec sleep 300", second="exec sleep 301")
    wait_for_line(child, "all started")
    sleeps: list[psutil.Process] = []
    end = time.monotonic() + 20
    while len(sleeps) < 2 and time.monotonic() < end:  # forked is not yet exec'd
        time.sleep(0.02)
        sleeps = [found for found in psutil.Process(child.pid).children(recursive=True) if found.name() == "sleep"]
    assert len(sleeps) == 2

    child.kill()

    gone, alive = psutil.wait_procs(sleeps, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_a_program_gets_its_own_variables_and_nothing_else(manager):
    child = manager(first="env | sort; sleep 1")
    printed = child.stdout.read()
    assert "WORD=một" in printed
    assert "DATABASE_URL" not in printed
    assert str(Path.home()) not in printed


ENDED_BY_TERM = """
import time
from vikhe_portal.local import __main__ as local, verify
def run():
    try:
        print("servers up", flush=True)
        time.sleep(60)
    finally:
        print("servers stopped", flush=True)
verify.run = run
local.main(["verify"])
"""


def test_a_test_run_that_is_told_to_end_stops_its_servers():
    child = subprocess.Popen([sys.executable, "-c", ENDED_BY_TERM], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    wait_for_line(child, "servers up")
    child.terminate()
    said, _ = child.communicate(timeout=20)
    assert "servers stopped" in said
    assert child.returncode == 143

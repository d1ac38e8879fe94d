"""`run` from the outside: real servers, a small program in the web server's place, signals from a terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from vikhe_portal.local import environment, portal, postgres, valkey
from vikhe_portal.local.places import ROOT
from vikhe_portal.local.processes import Program

# The whole of run(), with one quick program instead of the portal's four and no manage.py steps before it.
DRIVER = """
import sys
from vikhe_portal.local import __main__, portal
from vikhe_portal.local.processes import Program
served = "import http.server as h\\nclass H(h.BaseHTTPRequestHandler):\\n"
served += " def do_GET(s): s.send_response(200); s.end_headers()\\n"
served += "h.ThreadingHTTPServer(('127.0.0.1', 8104), H).serve_forever()"
portal.assets.build = lambda: False
portal.prepare = lambda environments: (print("prepared", flush=True), __import__("time").sleep(float(sys.argv[1])))
portal.programs = lambda environments, **ports: [Program("web", [sys.executable, "-c", served], environments["web"])]
portal.manage = lambda arguments, variables: "truong.cong.an / mat-khau"
sys.exit(__main__.main(["run"]))
"""


@pytest.fixture
def start(bare_environment):
    """A function that starts run() with the driver; ends it after the test if the test did not."""
    made: list[subprocess.Popen[str]] = []

    def run(pause: float = 0) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(pause)],
            cwd=ROOT, env=bare_environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        made.append(child)
        return child

    yield run
    for child in made:
        if child.poll() is None:
            child.terminate()
        child.stdout.read()
        child.wait(timeout=20)


def read_until(child: subprocess.Popen[str], text: str) -> str:
    seen = ""
    for line in child.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came:\n{seen}")


def using(data_dir: Path) -> list[str]:
    """Command lines of living processes that have to do with this data folder."""
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline", "environ", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and (
            str(data_dir) in " ".join(process.info["cmdline"] or [])
            or (process.info["environ"] or {}).get("PORTAL_DATA_DIR") == str(data_dir)
        )
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_servers_and_processes_alike(start, data_dir, number):
    child = start()
    seen = read_until(child, "Ctrl-C")
    assert "http://127.0.0.1:8104/" in seen
    assert "truong.cong.an" in seen
    assert urllib.request.urlopen("http://127.0.0.1:8104/").status == 200
    assert postgres.is_running(data_dir)
    assert valkey.is_running(data_dir)

    child.send_signal(number)

    assert "Đã dừng toàn bộ" in child.stdout.read()
    assert child.wait() == 0
    assert not postgres.is_running(data_dir)
    assert not valkey.is_running(data_dir)
    assert using(data_dir) == []


def test_a_signal_during_preparation_stops_the_servers(start, data_dir):
    child = start(pause=30)
    read_until(child, "prepared")
    child.send_signal(signal.SIGTERM)
    assert "Đã dừng toàn bộ" in child.stdout.read()
    assert child.wait() == 0
    assert using(data_dir) == []


def test_a_second_run_is_refused_and_the_first_goes_on(start, data_dir):
    read_until(start(), "Ctrl-C")
    second = start()
    text = second.stdout.read()
    assert second.wait() == 1
    assert text.strip().count("\n") == 0 and "đang chạy với thư mục dữ liệu" in text
    assert urllib.request.urlopen("http://127.0.0.1:8104/").status == 200


def test_after_the_manager_was_killed_the_next_start_finds_everything(start, data_dir):
    first = start()
    read_until(first, "Ctrl-C")
    first.kill()
    first.wait()
    deadline = time.monotonic() + 10
    while any("http.server" in line for line in using(data_dir)):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    began = time.monotonic()
    read_until(start(), "Ctrl-C")
    assert time.monotonic() - began < 20


def test_each_process_gets_its_own_role_only(data_dir, monkeypatch, no_named_servers):
    monkeypatch.setenv("PGPASSWORD", "x")
    services = environment.Services(
        data_dir, {"web": "W-URL", "worker": "K-URL", "owner": "O-URL"}, "R-URL", frozenset()
    )
    data_dir.mkdir()
    environments = {
        role: environment.for_role(services, role, port=8104, standin_port=8105) for role in environment.ROLES
    }
    by_name: dict[str, Program] = {
        program.name: program for program in portal.programs(environments, port=8104, standin_port=8105)
    }
    urls = {name: program.environment.get("DATABASE_URL") for name, program in by_name.items()}
    assert urls == {"web": "W-URL", "worker": "K-URL", "beat": "K-URL", "zalo": None}
    for name, program in by_name.items():
        assert not {"DATABASE_OWNER_URL", "DATABASE_WORKER_URL", "PGPASSWORD"} & set(program.environment), name
        assert "O-URL" not in program.environment.values(), name
    assert "127.0.0.1:8104" in by_name["web"].arguments
    assert "--no-control-socket" in by_name["web"].arguments  # one place per user: two portals would share it
    assert not {"SECRET_KEY", "REDIS_URL"} & set(by_name["zalo"].environment)

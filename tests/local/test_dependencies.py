"""The audit of what the portal is built from: what it finds, and that it never calls silence good news."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from vikhe_portal.local import dependencies

pytestmark = pytest.mark.security


@pytest.fixture
def register():
    """A stand-in of the register on this machine: `answers` says what it knows."""
    state = {"answer": lambda asked: {"results": [{} for _one in asked["queries"]]}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = state["answer"](asked)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state["address"] = f"http://127.0.0.1:{server.server_port}/"
    yield state
    server.shutdown()


NOWHERE = "http://127.0.0.1:9/"


def test_the_project_is_pinned_hashed_installed_as_locked_and_under_accepted_licences(capsys):
    assert dependencies.check(address=NOWHERE) == 0
    said = capsys.readouterr().out
    assert "hashes, versions, licences looked at" in said
    assert "NOT LOOKED UP" in said and "0 in" not in said


def test_where_it_is_demanded_no_register_is_a_failure():
    assert dependencies.check(demand=True, address=NOWHERE) == 1


def test_a_known_vulnerability_fails_and_is_named(register, capsys):
    def answer(asked):
        named = [one["package"]["name"] for one in asked["queries"]]
        return {"results": [{"vulns": [{"id": "GHSA-x"}]} if name == "django" else {} for name in named]}

    assert dependencies.check(address=register["address"]) == 0
    register["answer"] = answer
    assert dependencies.check(address=register["address"]) == 1
    assert "django" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("answer", [b"<html>", {"results": []}, {"x": 1}, b"[]"])
def test_an_answer_that_is_none_is_no_good_news(register, answer):
    register["answer"] = lambda asked: answer
    with pytest.raises(OSError):
        dependencies.look_up({"django": "5.2.19"}, register["address"])
    assert dependencies.check(demand=True, address=register["address"]) == 1


@pytest.mark.parametrize("line", ["django>=5", "django==5.2.19", "git+https://example.org/x", "django"])
def test_what_is_not_locked_by_version_and_hash_is_refused(line):
    with pytest.raises(ValueError):
        dependencies.pins(f"# a file\n{line}\n")


def test_another_version_and_a_licence_nobody_accepted_are_named(monkeypatch):
    assert dependencies.installed_otherwise({"django": "0.1"})[0].startswith("django 5")
    monkeypatch.setattr(dependencies, "licence_of", lambda name: "Proprietary")
    assert "Proprietary" in dependencies.installed_otherwise({"segno": "1.6.6"})[-1]
    broken = {"packages": {"": {}, "node_modules/x": {"license": "GPL-3.0"}}}
    assert len(dependencies.scripts_otherwise(broken)) == 2

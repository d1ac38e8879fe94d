"""Front end and environment are built when something changed, and only then."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from vikhe_portal.local import assets, bootstrap, verify
from vikhe_portal.local.refusal import Refusal


@pytest.fixture
def front_end(tmp_path) -> Path:
    """A package without dependencies whose build adds a line to a file: npm works without a network."""
    script = "mkdir -p assets/dist && echo built >> assets/dist/log"
    package = {"name": "small", "version": "1.0.0", "private": True, "scripts": {"build": script}}
    lock = {"name": "small", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "portal.css").write_text("body { }")
    return tmp_path


def builds(root: Path) -> int:
    return len((root / "assets" / "dist" / "log").read_text().splitlines())


def test_assets_are_built_once_and_again_after_a_change(front_end):
    assert assets.build(front_end) is True
    assert assets.build(front_end) is False
    assert builds(front_end) == 1
    (front_end / "assets" / "portal.css").write_text("body { color: navy }")
    assert assets.build(front_end) is True
    assert builds(front_end) == 2


def test_assets_are_built_where_no_node_is_installed(front_end, monkeypatch):
    tools = front_end / "tools"
    tools.mkdir()
    for name in ("sh", "mkdir", "env", "dirname", "sed", "uname"):
        (tools / name).symlink_to(Path("/bin") / name if (Path("/bin") / name).exists() else Path("/usr/bin") / name)
    monkeypatch.setenv("PATH", str(tools))
    assert assets.build(front_end) is True


def test_a_failing_build_leaves_no_stamp(front_end):
    package = json.loads((front_end / "package.json").read_text())
    package["scripts"]["build"] = "mkdir -p assets/dist; exit 5"
    (front_end / "package.json").write_text(json.dumps(package))
    for _ in range(2):
        with pytest.raises(Refusal, match="npm run build"):
            assets.build(front_end)


def test_without_a_lock_file_nothing_is_installed(front_end):
    (front_end / "package-lock.json").unlink()
    with pytest.raises(Refusal, match="package-lock.json"):
        assets.build(front_end)
    assert not (front_end / "node_modules").exists()


@pytest.fixture
def calls(monkeypatch) -> list[list[str]]:
    """What bootstrap would run; every command succeeds, and making the environment makes its folder."""
    made: list[list[str]] = []

    def call(command, **_options) -> int:
        made.append(command)
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True)
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return made


def installs(calls: list[list[str]]) -> list[list[str]]:
    return [command for command in calls if "install" in command]


def test_requirements_are_installed_hashed_and_only_after_a_change(tmp_path, calls, monkeypatch):
    file, venv = tmp_path / "requirements.txt", tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    file.write_text("a==1")
    for _ in range(2):
        assert bootstrap.prepare(venv, [str(file)]) == ""
    assert len(installs(calls)) == 1
    assert "--require-hashes" in installs(calls)[0]

    file.write_text("a==2")
    assert bootstrap.prepare(venv, [str(file)]) == ""
    file.write_text("a==1")  # back again: what was installed once is not installed now
    assert bootstrap.prepare(venv, [str(file)]) == ""
    assert len(installs(calls)) == 3


def test_a_missing_venv_package_is_named(tmp_path, monkeypatch):
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)
    said = bootstrap.prepare(tmp_path / "venv", [str(tmp_path / "requirements.txt")])
    assert said == "Thiếu gói python3-venv; hãy cài bằng lệnh: apt-get install python3-venv"


def test_a_failed_installation_is_tried_again(tmp_path, monkeypatch):
    file = tmp_path / "requirements.txt"
    file.write_text("a==1")
    monkeypatch.setattr(subprocess, "call", lambda command, **_: int("install" in command))
    for _ in range(2):
        assert "Không cài được" in bootstrap.prepare(tmp_path, [str(file)])


def test_the_last_line_counts_browser_tests(tmp_path):
    report = tmp_path / "e2e.xml"
    report.write_text('<testsuites><testsuite tests="9" skipped="2" failures="1" errors="1"/></testsuites>')
    assert verify.browser_line(report) == "browser tests: 5 passed, 2 failed, 2 skipped"
    report.write_text('<testsuites><testsuite tests="9" skipped="0" failures="0" errors="0"/></testsuites>')
    assert verify.browser_line(report) == "browser tests: 9 passed"
    assert verify.browser_line(tmp_path / "none.xml").startswith("browser tests: 0 passed")


def test_a_missing_browser_is_not_taken_for_one(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    assert verify.find_browser() == ""
    monkeypatch.setenv("CHROMIUM", os.devnull)
    assert verify.find_browser() == os.devnull

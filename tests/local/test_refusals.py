"""Each thing that can be wrong on a person's machine gives one plain sentence and exit code 1."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from vikhe_portal.local import __main__ as command
from vikhe_portal.local import bootstrap, checks, environment, portal
from vikhe_portal.local.places import MARKER, ROOT, make_data_dir
from vikhe_portal.local.refusal import Refusal

Usage = namedtuple("Usage", "total used free")


def is_one_sentence(text: str) -> bool:
    return bool(re.fullmatch(r"[A-ZĐÀ-Ỹ].+", text.strip())) and "Traceback" not in text and "\n" not in text.strip()


def test_an_old_python_is_named():
    with pytest.raises(Refusal, match="Python 3.10"):
        checks.python_version((3, 10))
    checks.python_version((3, 11))
    assert "Python 3.9" in bootstrap.prepare(Path(".venv"), [], version=(3, 9))


@pytest.mark.parametrize("text", ["0", "65536", "abc", "80 80", "-1", "٨٠٨٠"])
def test_a_port_must_be_a_port(text):
    with pytest.raises(Refusal, match="từ 1 đến 65535"):
        checks.port_number(text, "PORT")


def test_a_port_in_use_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=rf"Cổng {port} .* PORT="):
            checks.port_free(port)
    checks.port_free(port)


def test_a_full_disk_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 499_000_000))
    with pytest.raises(Refusal, match="499 MB"):
        checks.disk_space(tmp_path / "not" / "yet" / "there")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 500_000_000))
    checks.disk_space(tmp_path)


def test_without_node_the_package_serves_and_without_both_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = checks.node_folder()
    assert folder is not None and (folder / "npm").exists()
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(Refusal, match="Node.js 20"):
        checks.node_folder()


@pytest.mark.parametrize(("version", "serves"), [("v18.19.0", False), ("v20.1.0", True), ("v24.0.0", True)])
def test_only_a_new_enough_node_is_used(monkeypatch, tmp_path, version, serves):
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (checks.node_folder() is None) is serves


def test_one_address_of_a_database_is_not_enough(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@/vikhe")
    monkeypatch.delenv("DATABASE_WORKER_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    with pytest.raises(Refusal, match="DATABASE_WORKER_URL và DATABASE_OWNER_URL"):
        environment.start_services(tmp_path)


def test_a_data_folder_of_somebody_else_or_a_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(Refusal, match="không thuộc về"):
        make_data_dir(tmp_path / "link")
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="Không tạo được thư mục dữ liệu"):
        make_data_dir(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_data_folder_of_another_user_is_refused(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(Refusal, match="không thuộc về"):
        make_data_dir(tmp_path)


def test_two_runs_in_one_folder(tmp_path):
    refused = pytest.raises(Refusal, match="đang chạy với thư mục dữ liệu")
    with portal.only_run(tmp_path), refused, portal.only_run(tmp_path):
        pass
    with portal.only_run(tmp_path):
        pass


def test_reset_empties_only_a_folder_of_ours(monkeypatch, tmp_path, capsys):
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thu-rieng.txt").write_text("giữ lại")
    monkeypatch.setenv("PORTAL_DATA_DIR", str(theirs))
    assert command.main(["reset"]) == 1
    assert is_one_sentence(capsys.readouterr().err)
    assert (theirs / "thu-rieng.txt").exists()

    make_data_dir(mine)
    (mine / "media").mkdir()
    monkeypatch.setenv("PORTAL_DATA_DIR", str(mine))
    assert command.main(["reset"]) == 0
    assert not mine.exists()
    assert command.main(["reset"]) == 0


def test_reset_waits_for_the_run_to_end(monkeypatch, tmp_path, capsys):
    make_data_dir(tmp_path / "mine")
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "mine"))
    with portal.only_run(tmp_path / "mine"):
        assert command.main(["reset"]) == 1
    assert "đang chạy" in capsys.readouterr().err
    assert (tmp_path / "mine" / MARKER).exists()


def test_run_says_one_sentence_about_a_port_in_use(bare_environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(bare_environment["PORT"])))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "vikhe_portal.local", "run"],
            cwd=ROOT, env=bare_environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert "Cổng 8104" in done.stderr


def test_a_disk_that_fills_up_on_the_way_is_one_sentence(monkeypatch, capsys):
    def full() -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(portal, "run", full)
    assert command.main(["run"]) == 1
    assert capsys.readouterr().err.strip() == "Ổ đĩa đã đầy; hãy dọn bớt rồi chạy lại."


def test_a_portal_that_does_not_answer_is_said_so():
    with pytest.raises(Refusal, match="không trả lời"):
        portal.wait_until_healthy("http://127.0.0.1:8119/suc-khoe/", seconds=0.5)

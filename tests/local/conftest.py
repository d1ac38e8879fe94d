"""Folders and environments for servers of their own, apart from those the test run stands on."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from vikhe_portal.local import environment

NAMED_SERVERS = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def public_folder() -> Path:
    """A fresh folder that the servers' account can reach (pytest's own are private)."""
    folder = Path(tempfile.mkdtemp(prefix="vikhe-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="module")
def module_data_dir():
    """One data folder for the tests of a module; whatever runs in it is stopped at the end."""
    folder = public_folder()
    yield folder / "data"
    environment.stop_embedded(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def data_dir():
    """A data folder for one test; whatever runs in it is stopped at the end."""
    folder = public_folder()
    yield folder / "data"
    environment.stop_embedded(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def no_named_servers(monkeypatch):
    """The environment of a person who has set no address of a server."""
    for name in NAMED_SERVERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bare_environment(data_dir) -> dict[str, str]:
    """Variables for a child process that runs the portal in `data_dir`."""
    kept = {name: value for name, value in os.environ.items() if name not in NAMED_SERVERS}
    return kept | {"PORTAL_DATA_DIR": str(data_dir), "PORT": "8104", "ZALO_STANDIN_PORT": "8105"}

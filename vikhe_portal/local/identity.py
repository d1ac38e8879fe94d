"""Which system user the embedded servers run as, and whether that user can reach what it must run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

from vikhe_portal.local.refusal import Refusal

UNPRIVILEGED = "nobody"  # on every Debian; as root the servers run as this user, so that no account has to be made


def server_account() -> pwd.struct_passwd | None:
    """Return the account for the servers when we are root, None when they run as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise Refusal(
            f"Máy này không có tài khoản hệ thống {UNPRIVILEGED}, nên không chạy được cơ sở dữ liệu đi kèm bằng root; "
            "hãy chạy lệnh bằng người dùng thường."
        ) from error


def process_options() -> dict[str, Any]:
    """Return keyword arguments for subprocess that drop root's rights and environment."""
    clean = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    options: dict[str, Any] = {"cwd": "/", "env": clean}
    if account := server_account():
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return options


def give(path: Path) -> None:
    """Make `path` a private folder (0700) of the servers' account; a folder of somebody else is refused (Refusal)."""
    account = server_account()
    path.mkdir(mode=0o700, exist_ok=True)
    owner = path.lstat().st_uid
    if path.is_symlink() or owner not in {os.geteuid(), account.pw_uid if account else os.geteuid()}:
        raise Refusal(f"Thư mục {path} thuộc về người khác; hãy xóa nó hoặc đặt PORTAL_DATA_DIR tới chỗ khác.")
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o700)


def can_reach(path: Path) -> bool:
    """Tell whether the servers' account can walk to `path` and enter or execute it."""
    try:
        return subprocess.run(["/usr/bin/test", "-x", str(path)], check=False, **process_options()).returncode == 0
    except (PermissionError, subprocess.SubprocessError) as error:
        raise Refusal(
            "Không chuyển được sang tài khoản hệ thống không có đặc quyền; hãy chạy lệnh bằng người dùng thường."
        ) from error


def require_reach(data_dir: Path) -> None:
    """Refuse a data folder below a private one, which the servers' account cannot walk to."""
    if not can_reach(data_dir):
        raise Refusal(
            f"Tài khoản {UNPRIVILEGED} không vào được thư mục dữ liệu {data_dir}; "
            "hãy đặt PORTAL_DATA_DIR tới một thư mục ngoài thư mục riêng, ví dụ dưới /var/tmp."
        )


def reachable_copy(package: Path, binary: str, data_dir: Path, *, beside: tuple[str, ...] = ()) -> Path:
    """Return the path of `binary` inside a copy of `package` that the servers' account can execute.

    package: folder in site-packages; binary: path below it; beside: names of folders next to the package that must
    travel with it (its shared libraries). The package itself is returned when it can be reached as it is; a virtual
    environment under /root is copied into the data folder instead of opening /root.
    """
    if can_reach(package / binary):
        return package / binary
    programs = data_dir / "programs"
    programs.mkdir(mode=0o755, exist_ok=True)
    for name in (package.name, *beside):
        source, target = package.parent / name, programs / name
        if source.exists() and not _same_age(source, target):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, symlinks=True, copy_function=_copy_readable)
            target.chmod(0o755)
    return programs / package.name / binary


def _same_age(source: Path, target: Path) -> bool:
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def _copy_readable(source: str, target: str) -> str:
    shutil.copy2(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    return target

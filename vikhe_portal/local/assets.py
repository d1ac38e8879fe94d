"""Builds the front end from the npm lock file, only when something it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from vikhe_portal.local.checks import node_folder
from vikhe_portal.local.places import ROOT
from vikhe_portal.local.refusal import Refusal


def build(root: Path = ROOT) -> bool:
    """Run npm ci and npm run build in `root`; return whether anything was done. Raises Refusal when npm fails.

    Install scripts of packages are not run. Without package.json there is nothing to build.
    """
    if not (root / "package.json").exists():
        return False
    if not (root / "package-lock.json").exists():
        raise Refusal("Thiếu tệp package-lock.json, nên không dựng được giao diện đúng phiên bản đã khóa.")
    want, stamp = fingerprint(root), root / "assets" / "dist" / ".stamp"
    if stamp.exists() and stamp.read_text() == want:
        return False
    environment = dict(os.environ)
    if folder := node_folder():
        environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', os.defpath)}"
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    installed = root / "node_modules" / ".stamp"
    if not installed.exists() or installed.read_text() != lock:
        _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], root, environment)
        installed.parent.mkdir(exist_ok=True)
        installed.write_text(lock)
    _npm(["run", "build"], root, environment)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(want)
    return True


PYTHON_SOURCES = ("accounts", "broadcasts", "gateways", "groups", "oversight", "tips", "vikhe_portal", "wards")


def fingerprint(root: Path) -> str:
    """Return a hash over package.json, the lock file, assets/ (without dist/) and templates/ (unused CSS is purged)."""
    digest = hashlib.sha256()
    dist = root / "assets" / "dist"
    files = [root / "package.json", root / "package-lock.json"]
    for folder in ("assets", "templates"):
        files += sorted(path for path in (root / folder).rglob("*") if path.is_file() and dist not in path.parents)
    # Icons named in Python (menu entries) and classes of widgets are looked for there too.
    for folder in PYTHON_SOURCES:
        files += sorted((root / folder).rglob("*.py"))
    for path in files:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _npm(arguments: list[str], root: Path, environment: dict[str, str]) -> None:
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise Refusal("Không tìm thấy npm; hãy cài Node.js 20 trở lên hoặc chạy lại make run.")
    result = subprocess.run([npm, *arguments], cwd=root, env=environment, check=False)
    if result.returncode != 0:
        raise Refusal(
            f"Lệnh npm {' '.join(arguments[:2])} không thành công (mã {result.returncode}); xem lời báo phía trên."
        )

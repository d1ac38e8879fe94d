"""Where things lie on this machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from vikhe_portal.local.refusal import Refusal

ROOT = Path(__file__).resolve().parent.parent.parent
SOCKET_PATH_LIMIT = 107  # bytes of sockaddr_un.sun_path on Linux, without the closing zero
MARKER = ".vikhe-portal"  # only a folder that was empty when we took it may be emptied by us
SOCKET_NAME = ".s.PGSQL.5432"


def short_hash(path: Path) -> str:
    """Return eight hexadecimal digits that tell one folder from another."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]


def default_data_dir() -> Path:
    """Return the data folder: PORTAL_DATA_DIR, else ./var/data, else (as root) a folder every user can reach.

    PostgreSQL refuses to run as root; run as another user it must be able to walk to its files, which it cannot
    below /root.
    """
    if named := os.environ.get("PORTAL_DATA_DIR"):
        return Path(named).absolute()
    if os.geteuid() == 0:
        return Path("/var/tmp") / f"vikhe-portal-{short_hash(ROOT)}"  # noqa: S108  (owner checked in make_data_dir)
    return ROOT / "var" / "data"


def make_data_dir(data_dir: Path) -> Path:
    """Make the data folder, or check that an existing one is ours; return it.

    /var/tmp is writable for everybody, so a folder somebody else put there, or a link, is refused (Refusal).
    """
    try:
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise Refusal(f"Không tạo được thư mục dữ liệu {data_dir}; hãy đặt PORTAL_DATA_DIR tới chỗ khác.") from error
    if data_dir.is_symlink() or data_dir.stat().st_uid != os.geteuid():
        raise Refusal(
            f"Thư mục dữ liệu {data_dir} không thuộc về người dùng đang chạy lệnh này; "
            "hãy đặt PORTAL_DATA_DIR tới một thư mục khác."
        )
    if not any(data_dir.iterdir()):
        (data_dir / MARKER).write_text("Thư mục dữ liệu của cổng thông tin; make reset xóa cả thư mục này.\n")
    return data_dir


def socket_dir_for(data_dir: Path) -> Path:
    """Return a folder for PostgreSQL's socket whose full path fits the system's limit of 107 bytes."""
    near = data_dir / "socket"
    if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return near
    return Path("/tmp") / f"vikhe-{os.geteuid()}-{short_hash(data_dir)}"  # noqa: S108  (owner checked before use)

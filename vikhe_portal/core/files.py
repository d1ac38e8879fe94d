"""Files people hand in: encrypted under the ward's key, with random names, outside the web root."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings

from vikhe_portal.core import crypto

CONTEXT = "file"


def _path(ward_id: int, name: str) -> Path:
    if not name.isalnum():
        raise ValueError("a stored file's name is letters and digits only")
    return Path(settings.MEDIA_ROOT) / str(ward_id) / name[:2] / name


def store(data: bytes, *, ward_id: int) -> str:
    """Write `data` encrypted and return its random name. The caller records the name in the same transaction; when
    that fails, an unreadable orphan stays behind, which costs disk space and tells nobody anything."""
    name = secrets.token_hex(20)
    path = _path(ward_id, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".part")
    partial.write_bytes(crypto.encrypt(data, ward_id=ward_id, context=CONTEXT, row=name))
    partial.chmod(0o600)
    partial.rename(path)
    return name


def read(name: str, *, ward_id: int) -> bytes:
    """Return the file's bytes; raises FileNotFoundError or CryptoError."""
    return crypto.decrypt(_path(ward_id, name).read_bytes(), ward_id=ward_id, context=CONTEXT, row=name)


def delete(name: str, *, ward_id: int) -> None:
    """Remove the file; a missing one is already removed."""
    _path(ward_id, name).unlink(missing_ok=True)

"""Passwords and keys of the embedded servers, made once and kept in DATA/secrets.json (readable by the owner only)."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

NAMES = ("postgres", "app_owner", "app_web", "app_worker", "valkey", "secret_key")


def load_or_make(data_dir: Path) -> dict[str, str]:
    """Return the secrets of this data folder by name; missing ones are made and written with mode 0600."""
    path = data_dir / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in NAMES if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(48 if name == "secret_key" else 24) for name in missing}
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(kept, file, indent=1)
        fresh.replace(path)
    return kept

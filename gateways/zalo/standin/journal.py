"""What residents saw, on disk: one JSON line per accepted post, kept even when this server is killed."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

MODES = ("off", "batch", "each")


class Journal:
    """Appends posts to ``path``.

    ``mode``: ``each`` syncs the disk for every post, ``batch`` lets posts that arrive together share one sync, ``off``
    leaves it to the system. In the first two a post is answered only after it is on disk.
    """

    def __init__(self, path: Path, mode: str = "batch") -> None:
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        self._mode = mode
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._waiting: list[asyncio.Future[None]] = []
        self._syncing: asyncio.Task[None] | None = None

    async def append(self, record: dict[str, Any]) -> None:
        """Write one line; returns when it is as durable as the mode promises."""
        os.write(self._fd, json.dumps(record, ensure_ascii=False).encode() + b"\n")
        if self._mode == "each":
            os.fsync(self._fd)
        elif self._mode == "batch":
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            if self._syncing is None:
                self._syncing = asyncio.create_task(self._sync())
            await future

    async def _sync(self) -> None:
        while self._waiting:
            served, self._waiting = self._waiting, []
            await asyncio.to_thread(os.fsync, self._fd)
            for future in served:
                if not future.done():
                    future.set_result(None)
        self._syncing = None

    def close(self) -> None:
        os.close(self._fd)


def read(path: Path) -> list[dict[str, Any]]:
    """All posts of a journal; a last line cut off by a crash is left out."""
    lines = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1] if line]

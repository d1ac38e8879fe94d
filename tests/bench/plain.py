"""What dispatch is measured against: the same posts without a ledger, from a process of their own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import aiohttp

from tests.database import ROOT


def rate(base: str, facts: dict[str, Any]) -> float:
    """Posts a second of a plain loop with 100 connections to every group of the account."""
    order = {"base": base, "token": facts["access_token"], "groups": [made["group_id"] for made in facts["groups"]]}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.plain"],
        cwd=ROOT,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return float(done.stdout)


async def _post_all(base: str, token: str, groups: list[str]) -> float:
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(connector=connector, headers={"access_token": token}) as session:

        async def post(group_id: str) -> None:
            body = {"recipient": {"group_id": group_id}, "message": {"text": "Đo tốc độ."}}
            async with session.post(f"{base}/v3.0/oa/group/message", json=body) as answer:
                await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(post(group_id) for group_id in groups))
        return len(groups) / (time.perf_counter() - began)


if __name__ == "__main__":
    print(asyncio.run(_post_all(**json.load(sys.stdin))))

"""The client and the stand-in on one loop, over a real loopback socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from gateways.zalo.bot import BotClient
from gateways.zalo.client import OAClient
from gateways.zalo.standin.app import new_standin, start
from gateways.zalo.standin.server import Standin
from gateways.zalo.transport import Endpoints, Transport

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200
PDF = b"%PDF-1.7 " + b"x" * 200


@dataclass
class Stage:
    standin: Standin
    base: str
    transport: Transport
    seeded: dict[str, Any]
    web: aiohttp.ClientSession

    @property
    def oa(self) -> OAClient:
        return OAClient(self.transport, access_token=self.seeded["access_token"])

    @property
    def bot(self) -> BotClient:
        return BotClient(self.transport, token=self.seeded["bot_token"])

    @property
    def group_id(self) -> str:
        return self.seeded["groups"][0]["group_id"]

    async def control(self, name: str, /, **body: Any) -> dict[str, Any]:
        async with self.web.post(f"{self.base}/_control/{name}", json=body) as answer:
            found = await answer.json()
            assert answer.status == 200, found
            return found

    async def posts(self) -> list[dict[str, Any]]:
        async with self.web.get(f"{self.base}/_control/posts") as answer:
            return (await answer.json())["posts"]

    async def state(self) -> dict[str, Any]:
        async with self.web.get(f"{self.base}/_control/state") as answer:
            return await answer.json()


def play(scene: Callable[[Stage], Awaitable[None]], *, total: float = 5.0, journal=None, fsync="batch", **seed) -> None:
    """Run ``scene`` against a fresh stand-in with one seeded account."""

    async def act() -> None:
        standin = new_standin(journal=journal, fsync=fsync)
        runner, base = await start(standin)
        try:
            async with (
                aiohttp.ClientSession() as session,
                Transport(Endpoints.at(base), connect=1.0, total=total) as transport,
            ):
                stage = Stage(standin, base, transport, {}, session)
                stage.seeded = await stage.control("seed", **seed)
                await asyncio.wait_for(scene(stage), 30)
        finally:
            await runner.cleanup()

    asyncio.run(act())


def answer_with(handler: Callable[[web.Request], Awaitable[web.StreamResponse]], scene, *, total: float = 5.0) -> None:
    """Run ``scene(transport, base)`` against a server whose every address is ``handler``."""

    async def act() -> None:
        app = web.Application(client_max_size=20 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with Transport(Endpoints.at(base), connect=1.0, total=total) as transport:
                await asyncio.wait_for(scene(transport, base), 30)
        finally:
            await runner.cleanup()

    asyncio.run(act())

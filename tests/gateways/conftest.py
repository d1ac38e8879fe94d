"""The demonstration's channel against a real stand-in on the loopback."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gateways.services import channels
from gateways.zalo.standin.app import new_standin, start
from gateways.zalo.standin.demonstration import WORLD_SEED, fill
from tests.factories import WARD_ID


@pytest.fixture
def standin(settings):
    """A running stand-in with the demonstration's account; yields its world."""
    made = new_standin(seed=WORLD_SEED)
    fill(made.world)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, base = asyncio.run_coroutine_threadsafe(start(made), loop).result(10)
    settings.ZALO_OPENAPI_URL = settings.ZALO_OAUTH_URL = base
    yield made.world
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def channel(ward):
    """The demonstration's channel, connected."""
    return channels.connect_demonstration(ward_id=WARD_ID)

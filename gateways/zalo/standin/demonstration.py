"""The demonstration's account at the stand-in: the same ids, secrets and first tokens at every start."""

from __future__ import annotations

from functools import cache
from typing import Any

from gateways.zalo.standin.seed import seed
from gateways.zalo.standin.world import World

WORLD_SEED = 13_972
ACCOUNT_NAME = "Công an phường Vị Khê (mô phỏng)"
GROUPS = ("ANTT Tổ dân phố Mẫu 1", "ANTT Tổ dân phố Mẫu 5")


def fill(world: World) -> dict[str, Any]:
    """Put the demonstration's account into a fresh world made with WORLD_SEED; returns its ids and secrets."""
    return seed(world, groups=len(GROUPS), members=6, name=ACCOUNT_NAME, group_names=GROUPS)


@cache
def demonstration() -> dict[str, Any]:
    """The ids and secrets that every stand-in started for the demonstration has."""
    return fill(World(WORLD_SEED))

"""A ready situation: one verified account with a token, people, groups, free slots, a bot in an ordinary group."""

from typing import Any

from gateways.zalo.standin.api_groups import new_group
from gateways.zalo.standin.world import DAY, Account, App, Asset, Bot, Person, World

_GIVEN = ("An", "Bình", "Cúc", "Dũng", "Giang", "Hạnh", "Khoa", "Lan", "Minh", "Nga", "Phúc", "Quyên")


def _asset(world: World, oa_id: str, product: str, days: float, quota_type: str = "purchase_quota") -> Asset:
    asset = Asset(world.hex_id(), oa_id, product, world.clock.now() + days * DAY, quota_type=quota_type)
    world.assets[asset.asset_id] = asset
    return asset


def seed(
    world: World,
    *,
    groups: int = 3,
    members: int = 5,
    free_assets: int = 3,
    name: str = "Công an phường (mô phỏng)",
    group_names: tuple[str, ...] = (),
    product: str = "gmf1000",
    valid_days: float = 180,
    rate_limit: int | None = 4000,
    require_proof: bool = False,
    bot_private_webhook: bool = True,
) -> dict[str, Any]:
    """Add one account with all it needs and return every id and secret a client has to know.

    ``members`` people per group, shared between the groups; ``rate_limit`` calls a minute, None for no limit.
    """
    app = App(world.long_id(), world.token()[:20], world.token()[:20])
    app.rate_limit, app.require_proof = rate_limit, require_proof
    world.apps[app.app_id] = app
    account = Account(world.long_id(), app.app_id, name)
    world.accounts[account.oa_id] = account
    now = world.clock.now()
    admin = Person(world.long_id(), "Trực ban phường", follows=True, is_oa_admin=True, last_interaction=now)
    people = [
        Person(world.long_id(), f"Cư dân {_GIVEN[index % len(_GIVEN)]} {index + 1}", index % 2 == 0, False, now)
        for index in range(members)
    ]
    world.people.update({person.user_id: person for person in [admin, *people]})
    made = []
    for index in range(groups):
        title = group_names[index] if index < len(group_names) else f"ANTT tổ dân phố {index + 1}"
        group = new_group(world, account.oa_id, title[:30], _asset(world, account.oa_id, product, valid_days))
        group.members = dict.fromkeys(person.user_id for person in [admin, *people])
        made.append(group)
    free = [_asset(world, account.oa_id, product, valid_days) for _index in range(free_assets)]
    free.append(_asset(world, account.oa_id, "gmf10", valid_days, "sub_quota"))
    ordinary = new_group(world, "", "Nhóm thường của tổ dân phố", None)
    bot = Bot(f"{world.random.randrange(10**7, 10**8)}:{world.token()[:24]}", world.hex_id())
    bot.chats.add(ordinary.group_id)
    world.bots[bot.token] = bot
    world.bot_private_webhook = bot_private_webhook
    access, renewal = world.issue(account.oa_id, app.app_id)
    return {
        "app_id": app.app_id,
        "app_secret": app.secret,
        "oa_secret_key": app.oa_secret,
        "oa_id": account.oa_id,
        "access_token": access,
        "refresh_token": renewal,
        "expires_in": "90000",
        "admin_user_id": admin.user_id,
        "user_ids": [person.user_id for person in people],
        "groups": [{"group_id": g.group_id, "name": g.name, "group_link": g.link} for g in made],
        "asset_ids": [asset.asset_id for asset in free],
        "bot_token": bot.token,
        "bot_id": bot.bot_id,
        "ordinary_group_id": ordinary.group_id,
    }

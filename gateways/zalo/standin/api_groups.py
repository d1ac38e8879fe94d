"""GMF groups: slots, life cycle, members. Rules as documented; where Zalo names no code the nearest one is used."""

import re
from typing import Any

from gateways.zalo.standin.server import NO_DATA, Call, Standin
from gateways.zalo.standin.world import ASSET_SIZES, DAY, DISSOLVE_SECONDS, Asset, Group, Person, Refuse, World

FULL, NOT_INVITABLE = -210, -232  # Zalo documents no code for "group full" and "may not be invited"
_SETTINGS = ("lock_send_msg", "join_appr", "enable_msg_history", "enable_link_join")


def may_use_groups(call: Call) -> None:
    """Groups belong to a verified account on a paid package."""
    if not call.account.verified:
        raise Refuse(-221, "The OA needs to be verified")
    if not call.account.has_package:
        raise Refuse(-224, "The OA needs to upgrade OA Tier Package")


def own_group(standin: Standin, call: Call, group_id: Any, *, even_disabled: bool = False) -> Group:
    """The group, when it is this account's and paid for."""
    may_use_groups(call)
    world = standin.world
    group = world.groups.get(str(group_id or ""))
    if group is None or group.oa_id != call.account.oa_id:
        raise Refuse(-403, "OA is not in group")
    if world.due_for_deletion(group):
        dissolve(standin, call, group)
        raise Refuse(-403, "OA is not in group")
    if world.asset_expired(group) and not even_disabled:
        raise Refuse(-237, "The group is disabled")
    return group


def dissolve(standin: Standin, call: Call, group: Group) -> None:
    standin.world.drop_group(group)
    event(standin, call, group, "delete_group")


def event(standin: Standin, call: Call, group: Group, name: str, user_ids: list[str] | None = None) -> None:
    body: dict[str, Any] = {"oa_id": group.oa_id, "group_id": group.group_id}
    if user_ids is not None:
        body["users"] = [{"id": user_id} for user_id in user_ids]
    standin.emit(call.account, name, body)


def _max_member(world: World, group: Group) -> int:
    return ASSET_SIZES[world.assets[group.asset_id].product]


def _summary(world: World, group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "avatar": group.avatar,
        "group_id": group.group_id,
        "group_link": group.link,
        "group_description": group.description,
        "total_member": world.member_count(group),
        "status": "disabled" if world.asset_expired(group) else "enabled",
    }


def _detail(world: World, group: Group) -> dict[str, Any]:
    asset = world.assets[group.asset_id]
    return {
        "group_info": {
            **_summary(world, group),
            "max_member": str(_max_member(world, group)),
            "auto_delete_date": world.clock.date(asset.valid_until + DISSOLVE_SECONDS),
        },
        "asset_info": {
            "asset_type": asset.product,
            "asset_id": asset.asset_id,
            "valid_through": world.clock.date(asset.valid_until),
            "auto_renew": "true",
        },
        "group_setting": {name: getattr(group, name) for name in _SETTINGS},
    }


def _text(value: Any, name: str, low: int, high: int) -> str:
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise Refuse(-201, f"{name} is invalid!")
    return value


def _people(world: World, call: Call) -> list[Person]:
    ids = call.args.get("member_user_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 99:
        raise Refuse(-201, "member_user_ids is invalid!")
    found = [world.people.get(str(user_id)) for user_id in ids]
    known = [person for person in found if person is not None]
    if len(known) != len(ids):
        raise Refuse(-201, "member_user_ids is invalid!")
    return known


def _slot(world: World, call: Call, asset_id: Any) -> Asset:
    asset = world.assets.get(str(asset_id or ""))
    if asset is None or asset.oa_id != call.account.oa_id:
        raise Refuse(-201, "asset_id is invalid!")
    if asset.used_by:
        raise Refuse(-241 if asset.quota_type == "sub_quota" else -238, "asset_id is already used or disabled")
    if asset.valid_until < world.clock.now():
        raise Refuse(-238, "asset_id is already used or disabled")
    return asset


async def quota_group(standin: Standin, call: Call) -> Any:
    world = standin.world
    wanted = {key: call.args.get(key) for key in ("product_type", "quota_type")}
    return [
        {
            "product_type": asset.product,
            "quota_type": asset.quota_type,
            "asset_id": asset.asset_id,
            "valid_through": world.clock.date(asset.valid_until),
            "auto_renew": True,
            "status": "used" if asset.used_by else "available",
            "used_id": asset.used_by,
        }
        for asset in world.assets.values()
        if asset.oa_id == call.account.oa_id
        and wanted["product_type"] in (None, asset.product)
        and wanted["quota_type"] in (None, asset.quota_type)
    ]


async def create(standin: Standin, call: Call) -> Any:
    may_use_groups(call)
    world = standin.world
    name = _text(call.args.get("group_name"), "group_name", 1, 30)
    people = _people(world, call)
    if not any(person.is_oa_admin for person in people):
        raise Refuse(-201, "member_user_ids is invalid!")
    asset = _slot(world, call, call.args.get("asset_id"))
    if len(people) + 1 > ASSET_SIZES[asset.product]:
        raise Refuse(FULL, "Parameter exceeds allowable limit")
    group = new_group(world, call.account.oa_id, name, asset, str(call.args.get("group_description") or ""))
    group.members = dict.fromkeys(person.user_id for person in people)
    event(standin, call, group, "create_group")
    return _summary(world, group)


def new_group(world: World, oa_id: str, name: str, asset: Asset | None, description: str = "") -> Group:
    """Put a group into the world; without a slot it is an ordinary group that no account owns."""
    code = "".join(world.random.choices("abcdefghijkmnpqrstuvwxyz", k=6)) + str(world.random.randrange(100, 1000))
    link = f"https://zalo.me/g/{code}"
    group = Group(world.hex_id(), oa_id, name, link, asset.asset_id if asset else "", description)
    world.groups[group.group_id] = group
    if asset is not None:
        asset.used_by = group.group_id
        world.accounts[oa_id].group_ids.append(group.group_id)
    return group


async def get(standin: Standin, call: Call) -> Any:
    return _detail(standin.world, own_group(standin, call, call.args.get("group_id"), even_disabled=True))


async def update_info(standin: Standin, call: Call) -> Any:
    group = own_group(standin, call, call.args.get("group_id"))
    args = call.args
    changes: dict[str, Any] = {}
    if "group_name" in args:
        changes["name"] = _text(args["group_name"], "group_name", 1, 30)
    if "group_description" in args:
        changes["description"] = _text(args["group_description"], "group_description", 0, 1000)
    if "group_avatar" in args:
        changes["avatar"] = _text(args["group_avatar"], "group_avatar", 1, 2000)
        if not re.match(r"https?://", changes["avatar"]):
            raise Refuse(-201, "group_avatar is invalid!")
    for name in _SETTINGS:
        if name in args:
            if not isinstance(args[name], bool):
                raise Refuse(-201, f"{name} is invalid!")
            changes[name] = args[name]
    for name, value in changes.items():  # all of it or nothing
        setattr(group, name, value)
    event(standin, call, group, "update_group_info")
    return _detail(standin.world, group)


async def update_asset(standin: Standin, call: Call) -> Any:
    group = own_group(standin, call, call.args.get("group_id"), even_disabled=True)
    world = standin.world
    asset = _slot(world, call, call.args.get("asset_id"))
    if world.member_count(group) > ASSET_SIZES[asset.product]:
        raise Refuse(FULL, "Parameter exceeds allowable limit")
    world.assets[group.asset_id].used_by = ""
    group.asset_id, asset.used_by = asset.asset_id, group.group_id
    return _detail(world, group)


def _slice(call: Call) -> tuple[int, int]:
    try:
        offset, count = int(call.args.get("offset", 0)), int(call.args.get("count", 5))
    except (TypeError, ValueError):
        raise Refuse(-201, "offset is invalid!") from None
    if offset < 0 or not 1 <= count <= 100:
        raise Refuse(-201, "count is invalid!")
    return offset, count


async def list_groups(standin: Standin, call: Call) -> Any:
    may_use_groups(call)
    offset, count = _slice(call)
    own = [standin.world.groups[group_id] for group_id in call.account.group_ids]
    part = own[offset : offset + count]
    return {
        "offset": offset,
        "count": count,
        "total": len(own),
        "group_count": len(part),
        "groups": [_summary(standin.world, group) for group in part],
    }


def _member_rows(standin: Standin, call: Call, ids: list[str], *, with_account: bool) -> dict[str, Any]:
    offset, count = _slice(call)
    people = standin.world.people
    listed: list[dict[str, Any]] = []
    if with_account:
        listed.append({"oa_id": call.account.oa_id, "name": call.account.name, "avatar": ""})
    listed += [{"user_id": user_id, "name": people[user_id].name, "avatar": ""} for user_id in ids]
    part = listed[offset : offset + count]
    return {
        "offset": offset,
        "count": count,
        "total": len(listed),
        "member_count": len(part),
        "members": part,
    }


async def list_member(standin: Standin, call: Call) -> Any:
    group = own_group(standin, call, call.args.get("group_id"))
    return _member_rows(standin, call, list(group.members), with_account=True)


async def list_pending(standin: Standin, call: Call) -> Any:
    group = own_group(standin, call, call.args.get("group_id"))
    return _member_rows(standin, call, list(group.pending), with_account=False)


async def invite(standin: Standin, call: Call) -> Any:
    group, world = own_group(standin, call, call.args.get("group_id")), standin.world
    people = _people(world, call)
    for person in people:
        if not person.follows and world.clock.now() - person.last_interaction > 7 * DAY:
            raise Refuse(NOT_INVITABLE, "No interaction or last interaction expired")
    fresh = [person.user_id for person in people if person.user_id not in group.members]
    _room_for(world, group, fresh)
    if group.join_appr and not world.invites_bypass_approval:
        group.pending.update(dict.fromkeys(fresh))
        event(standin, call, group, "user_request_join_group", fresh)
    else:
        group.members.update(dict.fromkeys(fresh))
        event(standin, call, group, "user_join_group", fresh)
    return NO_DATA


def _room_for(world: World, group: Group, fresh: list[str]) -> None:
    if world.member_count(group) + len(fresh) > _max_member(world, group):
        raise Refuse(FULL, "Parameter exceeds allowable limit")


def _named(standin: Standin, call: Call, among: str) -> tuple[Group, list[str]]:
    group = own_group(standin, call, call.args.get("group_id"))
    ids = [person.user_id for person in _people(standin.world, call)]
    if any(user_id not in getattr(group, among) for user_id in ids):
        raise Refuse(-201, "member_user_ids is invalid!")
    return group, ids


async def accept_pending(standin: Standin, call: Call) -> Any:
    group, ids = _named(standin, call, "pending")
    _room_for(standin.world, group, ids)
    for user_id in ids:
        del group.pending[user_id]
        group.members[user_id] = None
    event(standin, call, group, "accept_request_join_group", ids)
    event(standin, call, group, "user_join_group", ids)
    return NO_DATA


async def reject_pending(standin: Standin, call: Call) -> Any:
    group, ids = _named(standin, call, "pending")
    for user_id in ids:
        del group.pending[user_id]
    event(standin, call, group, "reject_request_join_group", ids)
    return NO_DATA


async def add_admins(standin: Standin, call: Call) -> Any:
    group, ids = _named(standin, call, "members")
    group.admins.update(ids)
    event(standin, call, group, "add_group_admin", ids)
    return NO_DATA


async def remove_admins(standin: Standin, call: Call) -> Any:
    group, ids = _named(standin, call, "admins")
    group.admins.difference_update(ids)
    event(standin, call, group, "remove_group_admin", ids)
    return NO_DATA


async def remove_members(standin: Standin, call: Call) -> Any:
    group, ids = _named(standin, call, "members")
    for user_id in ids:
        del group.members[user_id]
        group.admins.discard(user_id)
    event(standin, call, group, "user_out_group", ids)
    return NO_DATA


async def delete(standin: Standin, call: Call) -> Any:
    dissolve(standin, call, own_group(standin, call, call.args.get("group_id"), even_disabled=True))
    return NO_DATA


async def conversation(standin: Standin, call: Call) -> Any:
    group = own_group(standin, call, call.args.get("group_id"))
    offset, count = _slice(call)
    newest_first = group.messages[::-1][offset : offset + count]
    people = standin.world.people
    return [
        {
            "src": 0 if post.src == 0 else 1,
            "time": post.time_ms,
            "type": {"image": "photo", "file": "link"}.get(post.kind, post.kind),
            "message": post.text,
            "message_id": post.message_id,
            "from_id": post.sender_id,
            "from_display_name": people[post.sender_id].name if post.sender_id in people else call.account.name,
            "from_avatar": "",
            "group_id": group.group_id,
        }
        for post in newest_first
    ]

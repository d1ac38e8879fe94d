"""``/_control/``: everything a test or a demonstration orders from the stand-in. Local only, like all of it."""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from gateways.zalo.standin import api_bot
from gateways.zalo.standin.api_groups import new_group
from gateways.zalo.standin.faults import Rule
from gateways.zalo.standin.hooks import SPOILS, Hook
from gateways.zalo.standin.seed import seed
from gateways.zalo.standin.server import STANDIN, Standin
from gateways.zalo.standin.world import Group, Person

Action = Callable[[Standin, dict[str, Any]], Awaitable[Any]]


def control(action: Action) -> Any:
    """Run ``action`` on the JSON body; what it cannot take is answered with 400 and the reason."""

    async def handler(request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise ValueError("a JSON object is needed")
            return web.json_response(await action(request.app[STANDIN], body))
        except (ValueError, TypeError, KeyError) as error:
            return web.json_response({"refused": f"{type(error).__name__}: {error}"}, status=400)

    return handler


async def do_seed(standin: Standin, body: dict[str, Any]) -> Any:
    """Arguments of :func:`gateways.zalo.standin.seed.seed`."""
    if "group_names" in body:
        body["group_names"] = tuple(body["group_names"])
    return seed(standin.world, **body)


async def clock(standin: Standin, body: dict[str, Any]) -> Any:
    """``{"advance": seconds}`` or ``{"set": "2026-03-01T21:59:00+07:00"}``; answers the new time."""
    if "set" in body:
        moment = datetime.fromisoformat(body["set"])
        if moment.tzinfo is None:
            raise ValueError("the time needs its offset")
        standin.world.clock.set(moment)
    standin.world.clock.advance(float(body.get("advance", 0)))
    for group in list(standin.world.groups.values()):
        if standin.world.due_for_deletion(group):
            standin.world.drop_group(group)
            _emit(standin, group, "delete_group", None)
    standin.hooks.wake()
    return {"now_ms": standin.world.clock.ms()}


async def add_fault(standin: Standin, body: dict[str, Any]) -> Any:
    """Fields of :class:`~gateways.zalo.standin.faults.Rule`."""
    standin.faults.add(Rule(**body))
    return {"faults": standin.faults.public()}


async def clear_faults(standin: Standin, body: dict[str, Any]) -> Any:
    standin.faults.clear()
    return {"faults": []}


async def seed_faults(standin: Standin, body: dict[str, Any]) -> Any:
    """``{"seed": 7}``: the same requests then meet the same faults."""
    standin.faults.reseed(int(body["seed"]))
    return {"seed": int(body["seed"])}


async def change(standin: Standin, body: dict[str, Any]) -> Any:
    """Set fields of what exists: ``{"what": "account|app|group|person|asset|world", "id": …, "set": {…}}``."""
    world = standin.world
    places: dict[str, dict[str, Any]] = {
        "account": world.accounts,
        "app": world.apps,
        "group": world.groups,
        "person": world.people,
        "asset": world.assets,
    }
    target: Any = world
    known = {"invites_bypass_approval", "bot_private_webhook"}
    if body["what"] != "world":
        target = places[body["what"]][body["id"]]
        known = {field.name for field in dataclasses.fields(target)}
    for name, value in body["set"].items():
        if name not in known:
            raise ValueError(f"no field {name}")
        setattr(target, name, value)
    return {"changed": sorted(body["set"])}


async def expire_tokens(standin: Standin, body: dict[str, Any]) -> Any:
    """Make every access token of ``oa_id`` unknown (``-216``); refresh tokens stay."""
    world = standin.world
    gone = [token for token, grant in world.access.items() if grant.oa_id == body["oa_id"]]
    for token in gone:
        del world.access[token]
    return {"expired": len(gone)}


async def webhook(standin: Standin, body: dict[str, Any]) -> Any:
    """``{"app_id", "url", "events"?: […], "spoil"?: {"duplicate": 0.1, …}}``: save and probe, or switch on again."""
    app = standin.world.apps[body["app_id"]]
    spoil = {str(key): float(value) for key, value in body.get("spoil", {}).items()}
    if not set(spoil) <= set(SPOILS):
        raise ValueError(f"spoil is any of {', '.join(SPOILS)}")
    hook = Hook(app.app_id, app.oa_secret, body["url"], set(body.get("events", ())), spoil=spoil)
    return {"saved": await standin.hooks.save(hook)}


async def person(standin: Standin, body: dict[str, Any]) -> Any:
    """Somebody does something in the app.

    ``{"action", "oa_id", "user_id", "group_id", "text"}`` with ``action`` one of new, follow, unfollow, message,
    group_message, join, leave, withdraw.
    """
    world, action = standin.world, body["action"]
    if action == "new":
        made = Person(world.long_id(), str(body.get("name", "Cư dân mới")))
        world.people[made.user_id] = made
        return {"user_id": made.user_id}
    somebody, account = world.people[body["user_id"]], world.accounts[body["oa_id"]]
    who = somebody.user_id
    if action in ("join", "leave", "group_message"):
        group = world.groups[body["group_id"]]
        return await _in_group(standin, group, somebody, action, str(body.get("text", "")))
    if action in ("follow", "unfollow"):
        somebody.follows = action == "follow"
        event = {"oa_id": account.oa_id, "follower": {"id": who}, "user_id_by_app": who, "source": "oa_profile"}
        standin.emit(account, action, event)
    elif action == "withdraw":
        event = {"oa_id": account.oa_id, "user_id_by_app": who, "user_id": who}
        standin.emit(account, "user_withdraw", event)
    elif action == "message":
        message = {"text": str(body.get("text", "")), "msg_id": world.hex_id()}
        event = {"sender": {"id": who}, "recipient": {"id": account.oa_id}, "user_id_by_app": who, "message": message}
        standin.emit(account, "user_send_text", event)
    else:
        raise ValueError(f"no action {action}")
    if action in ("follow", "message"):
        somebody.last_interaction, somebody.free_replies_used = world.clock.now(), 0
    return {"done": action}


async def _in_group(standin: Standin, group: Group, somebody: Person, action: str, text: str) -> Any:
    who = somebody.user_id
    if action == "join":
        if not group.enable_link_join:
            raise ValueError("joining by link is switched off")
        if group.join_appr:
            group.pending[who] = None
            _emit(standin, group, "user_request_join_group", [who])
            return {"done": "pending"}
        group.members[who] = None
        _emit(standin, group, "user_join_group", [who])
        return {"done": "member"}
    if who not in group.members:
        raise ValueError("not a member")
    if action == "leave":
        del group.members[who]
        group.admins.discard(who)
        _emit(standin, group, "user_out_group", [who])
        return {"done": "left"}
    if group.lock_send_msg and who not in group.admins:
        raise ValueError("members may not write here")
    post = standin.world.add_post(group, src=1, sender_id=who, text=text, kind="text", attachment="", fault="")
    account = standin.world.accounts.get(group.oa_id)
    if account is not None:
        standin.emit(
            account,
            "user_send_group_text",
            {
                "sender": {"id": who},
                "recipient": {"id": group.group_id},
                "oa_id": group.oa_id,
                "user_id_by_app": who,
                "message": {"text": text, "msg_id": post.message_id},
            },
        )
    return {"message_id": post.message_id}


def _emit(standin: Standin, group: Group, name: str, users: list[str] | None) -> None:
    account = standin.world.accounts.get(group.oa_id)
    if account is None:
        return
    body: dict[str, Any] = {"oa_id": group.oa_id, "group_id": group.group_id}
    if users is not None:
        body["users"] = [{"id": user_id} for user_id in users]
    standin.emit(account, name, body)


async def emit(standin: Standin, body: dict[str, Any]) -> Any:
    """Send any event: ``{"app_id", "event": {"event_name": …}}``."""
    standin.hooks.emit(body["app_id"], {"event_name": str(body["event"]["event_name"]), **body["event"]})
    return {"queued": standin.hooks.pending()}


async def bot_message(standin: Standin, body: dict[str, Any]) -> Any:
    """Somebody writes where the bot is: ``{"bot_token", "chat_id", "sender_id", "name", "text"}``."""
    bot = standin.world.bots[body["bot_token"]]
    fields = {key: str(body.get(key, "")) for key in ("chat_id", "sender_id", "name", "text")}
    return {"heard": await api_bot.hear(standin, bot, **fields)}


async def ordinary_group(standin: Standin, body: dict[str, Any]) -> Any:
    """A group led by a person, with the bot in it when ``bot_token`` is given."""
    group = new_group(standin.world, "", str(body.get("name", "Nhóm thường"))[:100], None)
    if "bot_token" in body:
        standin.world.bots[body["bot_token"]].chats.add(group.group_id)
    return {"group_id": group.group_id, "group_link": group.link}


async def posts(request: web.Request) -> web.Response:
    """What residents saw: ``?since=<number>`` only later ones, ``?group_id=``, ``?count_only=1``."""
    everything = request.app[STANDIN].world.posts
    wanted = everything[int(request.query.get("since", "0")) :]
    group_id = request.query.get("group_id")
    if group_id:
        wanted = [post for post in wanted if post.group_id == group_id]
    if "count_only" in request.query:
        return web.json_response({"count": len(wanted)})
    return web.json_response({"count": len(wanted), "posts": [post.public() for post in wanted]})


async def state(request: web.Request) -> web.Response:
    """Counts, private messages, webhooks and their log."""
    standin = request.app[STANDIN]
    world = standin.world
    hooks = {
        app_id: {"url": hook.url, "enabled": hook.enabled, "spoil": hook.spoil}
        for app_id, hook in standin.hooks.by_app.items()
    }
    return web.json_response(
        {
            "now_ms": world.clock.ms(),
            "groups": len(world.groups),
            "posts": len(world.posts),
            "private": world.private,
            "webhooks": hooks,
            "webhook_log": standin.hooks.log,
            "webhook_pending": standin.hooks.pending(),
            "faults": standin.faults.public(),
            "tokens_issued": len(world.refresh),
        }
    )


def add_routes(router: web.UrlDispatcher) -> None:
    actions = {
        "seed": do_seed,
        "clock": clock,
        "faults": add_fault,
        "faults/clear": clear_faults,
        "faults/seed": seed_faults,
        "change": change,
        "expire-tokens": expire_tokens,
        "webhook": webhook,
        "person": person,
        "emit": emit,
        "bot/message": bot_message,
        "ordinary-group": ordinary_group,
    }
    for name, action in actions.items():
        router.add_post(f"/_control/{name}", control(action))
    router.add_get("/_control/posts", posts)
    router.add_get("/_control/state", state)

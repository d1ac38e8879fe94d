"""bot-api.zaloplatforms.com: a bot that may stand in ordinary groups and hears only what mentions it."""

import asyncio
import ipaddress
import json
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from gateways.zalo.standin.faults import AFTER
from gateways.zalo.standin.server import STANDIN, Standin, hang, reset
from gateways.zalo.standin.world import Bot
from gateways.zalo.text import TEXT_LIMIT
from gateways.zalo.transport import is_loopback


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _fail(code: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "description": description, "error_code": code})


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Query, JSON or form, as the platform takes all three."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            body = {}
        found.update(body if isinstance(body, dict) else {})
    elif request.method == "POST":
        found.update(await request.post())
    return found


async def bot_method(request: web.Request) -> web.StreamResponse:
    """``/bot<TOKEN>/<method>``; method names are case-sensitive."""
    standin = request.app[STANDIN]
    bot = standin.world.bots.get(request.match_info["token"])
    if bot is None:
        return _fail(401, "Unauthorized")
    method = request.match_info["method"]
    args = await _arguments(request)
    if method == "getMe":
        return _ok(
            {
                "id": bot.bot_id,
                "account_name": "bot.VDKyGxQvc",
                "account_type": "BASIC",
                "can_join_groups": True,
            }
        )
    if method == "sendMessage":
        return await _send_message(standin, request, bot, args)
    if method == "setWebhook":
        return await _set_webhook(standin, bot, args)
    if method == "getWebhookInfo":
        return _ok({"url": bot.webhook, "updated_at": standin.world.clock.ms()})
    if method == "deleteWebhook":
        bot.webhook = bot.secret = ""
        return _ok({"url": "", "updated_at": standin.world.clock.ms()})
    if method == "getUpdates":
        return await _updates(bot, args)
    if method == "sendChatAction":
        return _ok({})
    return _fail(404, "Not Found")


async def _send_message(standin: Standin, request: web.Request, bot: Bot, args: dict[str, Any]) -> web.StreamResponse:
    chat_id, text = str(args.get("chat_id", "")), args.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= TEXT_LIMIT:
        return _fail(400, "Bad Request: text is invalid")
    if chat_id not in bot.chats:
        return _fail(400, "Bad Request: chat not found")
    rule = standin.faults.draw(request.path, chat_id) if standin.faults.rules else None
    if rule is not None and rule.fault == "http_429":
        return web.Response(status=429, text="Too Many Requests")
    if rule is not None and rule.fault == "code":
        return _fail(rule.code, "ordered fault")
    if rule is not None and rule.fault == "http_500":
        return web.Response(status=500, text="Internal Server Error")
    if rule is not None and rule.fault in ("reset", "hang"):
        return reset(request) if rule.fault == "reset" else await hang(request)
    group = standin.world.groups.get(chat_id)
    fault = rule.fault if rule is not None else ""
    if group is not None:
        post = await standin.post(
            group, src=2, sender_id=bot.bot_id, text=text, kind="text", attachment="", fault=fault
        )
        message_id = post.message_id
    else:
        message_id = standin.world.hex_id()
        standin.world.private.append(
            {"to": chat_id, "kind": "text", "text": text, "attachment": "", "message_id": message_id}
        )
    if fault in AFTER and fault != "slow":
        if fault == "http_502_after":
            return web.Response(status=502, text="Bad Gateway")
        return await hang(request) if fault == "hang_after" else reset(request)
    return _ok({"message_id": message_id, "date": standin.world.clock.ms()})


async def _set_webhook(standin: Standin, bot: Bot, args: dict[str, Any]) -> web.Response:
    url, secret = str(args.get("url", "")), str(args.get("secret_token", ""))
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not 8 <= len(secret) <= 256 or parts.scheme not in ("http", "https") or not host:
        return _fail(400, "Bad Request: url or secret_token is invalid")
    if _is_inner(host) and not standin.world.bot_private_webhook:
        return _fail(400, "Bad Request: private addresses are not allowed")
    if not is_loopback(host):
        return _fail(400, "Bad Request: this server reaches addresses on its own machine only")
    status = await _deliver(url, secret, {})
    if status != 200:
        return _fail(400, f"Bad Request: webhook answered {status}")
    bot.webhook, bot.secret = url, secret
    verification = {"ok": True, "outcome": "success", "status_code": status, "hint": ""}
    return _ok({"url": url, "updated_at": standin.world.clock.ms(), "verification": verification})


def _is_inner(host: str) -> bool:
    if is_loopback(host):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def _updates(bot: Bot, args: dict[str, Any]) -> web.Response:
    """One update, not a list; 408 when nothing came in time; not available while a webhook is set."""
    if bot.webhook:
        return _fail(400, "Bad Request: webhook is set")
    try:
        until = time.monotonic() + min(30.0, max(0.0, float(args.get("timeout", 30))))
    except (TypeError, ValueError):
        return _fail(400, "Bad Request: timeout is invalid")
    while not bot.updates:
        if time.monotonic() >= until:
            return _fail(408, "Request timeout")
        await asyncio.sleep(0.05)
    return _ok(bot.updates.pop(0))


async def hear(standin: Standin, bot: Bot, *, chat_id: str, sender_id: str, name: str, text: str) -> bool:
    """Somebody wrote where the bot can see it. In a group only a mention reaches it; returns whether it did."""
    is_group = chat_id in standin.world.groups
    if is_group and "@Bot" not in text:
        return False
    bot.chats.add(chat_id)
    update = {
        "event_name": "message.text.received",
        "message": {
            "from": {"id": sender_id, "display_name": name, "is_bot": False},
            "chat": {"id": chat_id, "chat_type": "GROUP" if is_group else "PRIVATE"},
            "text": text,
            "message_id": standin.world.hex_id(),
            "date": standin.world.clock.ms(),
        },
    }
    if bot.webhook:
        await _deliver(bot.webhook, bot.secret, {"ok": True, "result": update})
    else:
        bot.updates.append(update)
    return True


async def _deliver(url: str, secret: str, body: dict[str, Any]) -> int:
    timeout = aiohttp.ClientTimeout(total=5, sock_connect=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, json=body, headers={"X-Bot-Api-Secret-Token": secret}, allow_redirects=False) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0

"""The HTTP side shared by all calls: who may connect, tokens, limits, faults, envelope."""

import asyncio
import hashlib
import hmac
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from gateways.zalo.standin.faults import BEFORE, Faults, Rule
from gateways.zalo.standin.hooks import Hooks
from gateways.zalo.standin.journal import Journal
from gateways.zalo.standin.world import Account, App, Group, Post, Refuse, World
from gateways.zalo.transport import is_loopback

MAX_REQUEST = 8 * 1024 * 1024
HANG_SECONDS = 120.0


@dataclass(slots=True)
class Call:
    """One authorised call. ``args``: query or JSON body; ``upload``: (name, content) of a multipart field ``file``."""

    account: Account
    app: App
    args: dict[str, Any]
    upload: tuple[str, bytes] | None = None
    fault: str = ""


@dataclass
class Standin:
    """State plus everything that acts on it."""

    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)
    journal: Journal | None = None
    hooks: Hooks = field(init=False)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hooks = Hooks(self.world.clock, self.world.random)

    async def post(self, group: Group, **fields: Any) -> Post:
        """Show a message to the residents of a group; returns when the journal has it."""
        post = self.world.add_post(group, **fields)
        if self.journal is not None:
            await self.journal.append(post.public())
        return post

    def emit(self, account: Account, name: str, body: dict[str, Any]) -> None:
        self.hooks.emit(account.app_id, {"event_name": name, **body})


STANDIN: web.AppKey[Standin] = web.AppKey("standin", Standin)
Operation = Callable[[Standin, Call], Awaitable[Any]]
Reader = Callable[[web.Request], Awaitable[tuple[dict[str, Any], tuple[str, bytes] | None]]]
NO_DATA = object()


@web.middleware
async def local_only(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Refuse every peer that is not this machine, and names that only pretend to be it (DNS rebinding)."""
    if not is_loopback(request.remote or "") or not is_loopback(_host(request.host)):
        return web.Response(status=403, text="local use only")
    return await handler(request)


def _host(value: str) -> str:
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]


async def read_json(request: web.Request) -> tuple[dict[str, Any], None]:
    """JSON body; anything else is an invalid parameter, as at Zalo."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refuse(-201, "body is invalid!") from None
    if not isinstance(body, dict):
        raise Refuse(-201, "body is invalid!")
    return body, None


async def read_query(request: web.Request) -> tuple[dict[str, Any], None]:
    """Ordinary query parameters (group calls)."""
    return dict(request.query), None


async def read_data(request: web.Request) -> tuple[dict[str, Any], None]:
    """One query parameter ``data`` holding JSON (person and talk calls)."""
    try:
        value = json.loads(request.query.get("data", "{}"))
    except (ValueError, RecursionError):
        raise Refuse(-201, "data is invalid!") from None
    return (value if isinstance(value, dict) else {}), None


async def read_upload(request: web.Request) -> tuple[dict[str, Any], tuple[str, bytes]]:
    """Multipart with a field ``file``."""
    if not request.content_type.startswith("multipart/"):
        raise Refuse(-201, "file is invalid!")
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            content = bytes(await part.read(decode=False))
            return {}, (part.filename or "", content)
    raise Refuse(-201, "file is invalid!")


@dataclass(slots=True)
class Attempt:
    """One request on its way to an operation. ``token_error``: code of a bad token where it is not -216/-220."""

    standin: Standin
    request: web.Request
    run: Operation
    args: dict[str, Any]
    upload: tuple[str, bytes] | None
    token_error: int | None

    async def perform(self, fault: str = "") -> tuple[dict[str, Any], App | None]:
        """Check token and limit, carry out, and return (envelope, app)."""
        world, app = self.standin.world, None
        try:
            account, app = _authorise(world, self.request, self.token_error)
            _count_call(world, app)
            data = await self.run(self.standin, Call(account, app, self.args, self.upload, fault))
        except Refuse as refusal:
            return _refused(refusal), app
        if data is NO_DATA:
            return {"error": 0, "message": "Success"}, app
        return {"data": data, "error": 0, "message": "Success"}, app


def operation(run: Operation, reader: Reader, token_error: int | None = None) -> Any:
    """The handler of one documented call, faults included."""

    async def handler(request: web.Request) -> web.StreamResponse:
        standin = request.app[STANDIN]
        try:
            args, upload = await reader(request)
        except Refuse as refusal:
            return _answer(_refused(refusal), None)
        attempt = Attempt(standin, request, run, args, upload, token_error)
        rule = standin.faults.draw(request.path, _group_of(args)) if standin.faults.rules else None
        if rule is None:
            return _answer(*await attempt.perform())
        if rule.fault in BEFORE:
            return await _spoil_before(attempt, rule)
        return await _spoil_after(attempt, rule)

    return handler


def _authorise(world: World, request: web.Request, token_error: int | None) -> tuple[Account, App]:
    token = request.headers.get("access_token", "")
    grant = world.access.get(token)
    if grant is None:
        raise Refuse(token_error or -216, "Access token is invalid")
    if grant.expires < world.clock.now():
        raise Refuse(token_error or -220, "access_token is expired or removed")
    account, app = world.accounts[grant.oa_id], world.apps[grant.app_id]
    if app.require_proof:
        proof = hmac.new(app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, request.headers.get("appsecret_proof", "")):
            raise Refuse(-1241 if token_error else -242, "Invalid appsecret_proof")
    if account.disabled:
        raise Refuse(-204, "Official Account is disabled")
    return account, app


def _count_call(world: World, app: App) -> None:
    if app.rate_limit is None:
        return
    minute = int(world.clock.now() // 60)
    if minute != app.window:
        app.window, app.used = minute, 0
    if app.used >= app.rate_limit:
        raise Refuse(-32, "Your application reached limit call api")
    app.used += 1


def _refused(refusal: Refuse) -> dict[str, Any]:
    return {"error": refusal.code, "message": refusal.message}


def _group_of(args: dict[str, Any]) -> str:
    recipient = args.get("recipient")
    found = recipient.get("group_id") if isinstance(recipient, dict) else args.get("group_id")
    return str(found or "")


def _answer(body: dict[str, Any], app: App | None) -> web.Response:
    limit = 4000 if app is None or app.rate_limit is None else app.rate_limit
    remain = limit if app is None or app.rate_limit is None else max(0, limit - app.used)
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(),
        headers={
            "Content-Type": "application/json",
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remain": str(remain),
        },
    )


async def _spoil_before(attempt: Attempt, rule: Rule) -> web.StreamResponse:
    if rule.fault == "http_429":
        return web.Response(status=429, text="Too Many Requests")
    if rule.fault == "http_500":
        return web.Response(status=500, text="<html>Internal Server Error</html>", content_type="text/html")
    if rule.fault == "code":
        return _answer({"error": rule.code, "message": "ordered fault"}, None)
    if rule.fault == "reset":
        return reset(attempt.request)
    if rule.fault == "late_accept":

        async def later() -> None:
            await asyncio.sleep(rule.delay)
            await attempt.perform(rule.fault)

        task = asyncio.create_task(later())
        attempt.standin.tasks.add(task)
        task.add_done_callback(attempt.standin.tasks.discard)
    return await hang(attempt.request)


async def _spoil_after(attempt: Attempt, rule: Rule) -> web.StreamResponse:
    body, app = await attempt.perform(rule.fault)
    if rule.fault == "reset_after":
        return reset(attempt.request)
    if rule.fault == "hang_after":
        return await hang(attempt.request)
    if rule.fault == "http_502_after":
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
    if rule.fault == "wrong_json_after":
        return web.Response(text="<html><body>Zalo đang bảo trì</body></html>", content_type="text/html")
    if rule.fault == "no_id_after":
        return _answer({"data": {}, "error": 0, "message": "Success"}, app)
    if rule.fault == "twice":
        body, app = await attempt.perform(rule.fault)
        return _answer(body, app)
    await asyncio.sleep(rule.delay)
    return _answer(body, app)


def reset(request: web.Request) -> web.Response:
    """Break the connection with RST rather than FIN."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def hang(request: web.Request) -> web.Response:
    """Say nothing until the other side gives up."""
    waited = 0.0
    while request.transport is not None and not request.transport.is_closing() and waited < HANG_SECONDS:
        await asyncio.sleep(0.1)
        waited += 0.1
    return reset(request)

"""oauth.zaloapp.com: consent and tokens. Errors come as JSON with HTTP 200."""

import base64
import hashlib
import html
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from gateways.zalo.standin.server import STANDIN
from gateways.zalo.standin.world import ACCESS_SECONDS, CODE_SECONDS, Account, App, Grant, World
from gateways.zalo.transport import is_loopback


def _error(code: int, name: str) -> web.Response:
    return web.json_response(
        {
            "error": code,
            "error_name": name,
            "error_reason": name,
            "ref_doc": "https://developers.zalo.me/docs",
            "error_description": name,
        }
    )


def _consent(world: World, query: Any) -> tuple[App, Account] | web.Response:
    app = world.apps.get(query.get("app_id", ""))
    account = next((a for a in world.accounts.values() if app is not None and a.app_id == app.app_id), None)
    if app is None or account is None:
        return _error(-14002, "Invalid app id")
    uri = query.get("redirect_uri", "")
    if (app.callback and uri != app.callback) or not is_loopback(urlsplit(uri).hostname or ""):
        return _error(-14003, "Invalid redirect uri")
    return app, account


async def permission_page(request: web.Request) -> web.Response:
    """What an administrator of the account sees: one question, one button."""
    found = _consent(request.app[STANDIN].world, request.query)
    if isinstance(found, web.Response):
        return found
    app, account = found
    text = (
        "<!doctype html><html lang=vi><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>Cấp quyền (máy chủ mô phỏng)</title><body style='font:16px sans-serif;max-width:32rem'>"
        f"<h1>Cấp quyền cho ứng dụng</h1><p>Ứng dụng <b>{html.escape(app.app_id)}</b> xin quyền quản lý Official "
        f"Account <b>{html.escape(account.name)}</b>.</p><form method=post><button style='font:inherit;padding:.6rem "
        "1.2rem'>Đồng ý</button></form><p>Đây là máy chủ mô phỏng, không phải Zalo.</p>"
    )
    return web.Response(text=text, content_type="text/html")


async def permission_granted(request: web.Request) -> web.Response:
    """The button was pressed: back to the callback address with a code of one use and 10 minutes."""
    world = request.app[STANDIN].world
    found = _consent(world, request.query)
    if isinstance(found, web.Response):
        return found
    app, account = found
    code = world.token()
    challenge = request.query.get("code_challenge", "") or app.challenge
    world.codes[code] = Grant(account.oa_id, app.app_id, world.clock.now() + CODE_SECONDS, challenge=challenge)
    query = {"code": code, "oa_id": account.oa_id}
    if request.query.get("state"):
        query["state"] = request.query["state"]
    uri = request.query["redirect_uri"]
    raise web.HTTPFound(f"{uri}{'&' if '?' in uri else '?'}{urlencode(query)}")


async def access_token(request: web.Request) -> web.Response:
    """Exchange a code, or trade a refresh token, which then is dead."""
    world, form = request.app[STANDIN].world, await request.post()
    app = world.apps.get(str(form.get("app_id", "")))
    if app is None or request.headers.get("secret_key") != app.secret:
        return _error(-14002, "Invalid app id or secret key")
    kind = form.get("grant_type")
    if kind == "authorization_code":
        grant = world.codes.get(str(form.get("code", "")))
        wrong, expired = (-14005, "Invalid code"), (-14019, "Code is expired")
    elif kind == "refresh_token":
        grant = world.refresh.get(str(form.get("refresh_token", "")))
        wrong, expired = (-14014, "Invalid refresh token"), (-14020, "Refresh token is expired")
    else:
        return _error(-14005, "Invalid grant type")
    if grant is None or grant.used or grant.app_id != app.app_id:
        return _error(*wrong)
    if grant.expires < world.clock.now():
        return _error(*expired)
    if grant.challenge and _challenge(str(form.get("code_verifier", ""))) != grant.challenge:
        return _error(*wrong)
    grant.used = True
    access, renewal = world.issue(grant.oa_id, app.app_id)
    return web.json_response({"access_token": access, "refresh_token": renewal, "expires_in": str(ACCESS_SECONDS)})


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

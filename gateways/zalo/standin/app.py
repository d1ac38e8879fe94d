"""All four hosts of Zalo in one process, told apart by path."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from gateways.zalo.standin import api_bot, api_content, api_groups, api_messages, api_oauth, control, wall
from gateways.zalo.standin.demonstration import WORLD_SEED, fill
from gateways.zalo.standin.faults import Faults
from gateways.zalo.standin.journal import Journal
from gateways.zalo.standin.server import (
    MAX_REQUEST,
    STANDIN,
    Standin,
    local_only,
    operation,
    read_data,
    read_json,
    read_query,
    read_upload,
)
from gateways.zalo.standin.world import World
from gateways.zalo.transport import is_loopback

ZNS_TOKEN_ERROR = -124


def build(standin: Standin) -> web.Application:
    """The application around one world."""
    app = web.Application(middlewares=[local_only], client_max_size=MAX_REQUEST)
    app[STANDIN] = standin
    app.cleanup_ctx.append(_run_hooks)
    add = app.router
    # The busiest address first.
    add.add_post("/v3.0/oa/group/message", operation(api_messages.group_message, read_json))
    add.add_post("/v3.0/oa/message/cs", operation(api_messages.cs_message, read_json))
    group_posts = {
        "creategroupwithoa": api_groups.create,
        "updateinfo": api_groups.update_info,
        "updateasset": api_groups.update_asset,
        "invite": api_groups.invite,
        "acceptpendinginvite": api_groups.accept_pending,
        "rejectpendinginvite": api_groups.reject_pending,
        "addadmins": api_groups.add_admins,
        "removeadmins": api_groups.remove_admins,
        "removemembers": api_groups.remove_members,
        "delete": api_groups.delete,
    }
    for name, run in group_posts.items():
        add.add_post(f"/v3.0/oa/group/{name}", operation(run, read_json))
    group_gets = {
        "getgroup": api_groups.get,
        "getgroupsofoa": api_groups.list_groups,
        "listmember": api_groups.list_member,
        "listpendinginvite": api_groups.list_pending,
        "conversation": api_groups.conversation,
    }
    for name, run in group_gets.items():
        add.add_get(f"/v3.0/oa/group/{name}", operation(run, read_query))
    add.add_post("/v3.0/oa/quota/group", operation(api_groups.quota_group, read_json))
    add.add_post("/v3.0/oa/quota/message", operation(api_messages.quota_message, read_json))
    add.add_get("/v2.0/oa/getoa", operation(api_content.get_account, read_query))
    add.add_post("/v2.0/oa/upload/image", operation(api_content.upload_image, read_upload))
    add.add_post("/v2.0/oa/upload/file", operation(api_content.upload_file, read_upload))
    add.add_post("/v2.0/article/create", operation(api_content.create_article, read_json))
    add.add_post("/v2.0/article/verify", operation(api_content.verify_article, read_json))
    add.add_post("/v2.0/oa/message", operation(api_messages.broadcast, read_json))
    for name in ("getprofile", "getfollowers"):
        add.add_get(f"/v2.0/oa/{name}", operation(api_content.shut_down, read_data))
    add.add_post("/message/template", operation(api_messages.template_message, read_json, ZNS_TOKEN_ERROR))
    add.add_get("/v4/oa/permission", api_oauth.permission_page)
    add.add_post("/v4/oa/permission", api_oauth.permission_granted)
    add.add_post("/v4/oa/access_token", api_oauth.access_token)
    add.add_route("*", "/bot{token:[^/]+}/{method:[A-Za-z]+}", api_bot.bot_method)
    add.add_get("/", wall.index)
    add.add_get("/favicon.ico", wall.no_icon)
    add.add_get("/tuong/{group_id}", wall.group_wall)
    add.add_get("/_tep/{upload_id}", wall.picture)
    control.add_routes(add)
    return app


async def _run_hooks(app: web.Application) -> AsyncIterator[None]:
    standin = app[STANDIN]
    await standin.hooks.start()
    yield
    await standin.hooks.stop()
    for task in list(standin.tasks):
        task.cancel()
    await asyncio.gather(*standin.tasks, return_exceptions=True)
    if standin.journal is not None:
        standin.journal.close()


def new_standin(*, seed: int = 1, journal: Path | None = None, fsync: str = "batch") -> Standin:
    """A fresh world. ``journal``: file that gets one line per accepted post; ``fsync`` as in Journal's modes."""
    return Standin(World(seed), Faults(seed), Journal(journal, fsync) if journal is not None else None)


async def start(standin: Standin, *, host: str = "127.0.0.1", port: int = 0) -> tuple[web.AppRunner, str]:
    """Serve in the running loop; returns the runner (``await runner.cleanup()`` stops it) and the base address."""
    if not is_loopback(host):
        raise ValueError("the stand-in listens on this machine only")
    runner = web.AppRunner(build(standin), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    bound = runner.addresses[0][1]
    return runner, f"http://{'[::1]' if ':' in host else host}:{bound}"


def main(
    host: str = "127.0.0.1",
    port: int = 8140,
    *,
    seed: int = 1,
    journal: Path | None = None,
    fsync: str = "batch",
    demo: bool = False,
) -> None:
    """Serve until interrupted (SIGINT or SIGTERM). With `demo` the demonstration's account is there at once."""
    if not is_loopback(host):
        raise ValueError("the stand-in listens on this machine only")
    standin = new_standin(seed=WORLD_SEED if demo else seed, journal=journal, fsync=fsync)
    if demo:
        fill(standin.world)
    web.run_app(build(standin), host=host, port=port, access_log=None, print=None, backlog=1024, shutdown_timeout=1.0)

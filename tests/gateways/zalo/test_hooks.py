"""The stand-in's webhooks, received by the portal's own check."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from gateways.zalo.webhook import Handling, WebhookRefused, receive, receive_bot
from tests.gateways.zalo.stage import Stage, play


@asynccontextmanager
async def inbox(port: int = 0):
    """A webhook address that answers 200 and remembers (headers, body)."""
    got: list[tuple[dict, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    finally:
        await runner.cleanup()


async def until(check) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0.01)


def read(stage: Stage, got: tuple[dict, bytes], *, ahead: float = 0.0):
    headers, raw = got
    return receive(
        raw,
        headers.get("X-ZEvent-Signature"),
        app_id=stage.seeded["app_id"],
        oa_secret=stage.seeded["oa_secret_key"],
        now=datetime.now(UTC) + timedelta(seconds=ahead),
    )


async def listen(stage: Stage, url: str, **more) -> None:
    assert await stage.control("webhook", app_id=stage.seeded["app_id"], url=url, **more) == {"saved": True}


def test_saving_an_address_probes_it_and_events_are_signed():
    async def scene(stage: Stage) -> None:
        async with inbox() as (url, got):
            await listen(stage, url)
            assert read(stage, got[0]).handling is Handling.PROBE
            sent = await stage.oa.send_group_text(stage.group_id, "Thông báo VK-4F7K")
            await stage.oa.update_group(stage.group_id, name="Tên mới")
            who = {"oa_id": stage.seeded["oa_id"], "user_id": stage.seeded["user_ids"][0]}
            await stage.control("person", action="message", text="Cho tôi hỏi", **who)
            await stage.control("person", action="group_message", text="riêng tư", group_id=stage.group_id, **who)
            await stage.control("person", action="leave", group_id=stage.group_id, **who)
            await stage.control("person", action="withdraw", **who)
            await until(lambda: len(got) == 7)
            events = [read(stage, one) for one in got[1:]]
            assert [(event.name, event.handling) for event in events] == [
                ("oa_send_group_text", Handling.ECHO),
                ("update_group_info", Handling.STORE),
                ("user_send_text", Handling.STORE),
                ("user_send_group_text", Handling.DROP),
                ("user_out_group", Handling.STORE),
                ("user_withdraw", Handling.STORE),
            ]
            assert events[0].message.message_id == sent.remote_id
            assert events[0].group_id == events[1].group_id == stage.group_id
            assert events[2].oa_id == stage.seeded["oa_id"]
            assert events[4].user_ids == (who["user_id"],)

    play(scene)


def test_an_address_that_does_not_answer_is_not_saved():
    async def scene(stage: Stage) -> None:
        answer = await stage.control("webhook", app_id=stage.seeded["app_id"], url="http://127.0.0.1:1/hook")
        assert answer == {"saved": False}

    play(scene)


def test_an_unreachable_address_is_tried_six_times_then_switched_off():
    async def scene(stage: Stage) -> None:
        async with inbox() as (url, _got):
            await listen(stage, url)
        port = int(url.split(":")[2].split("/")[0])
        who = {"oa_id": stage.seeded["oa_id"], "user_id": stage.seeded["user_ids"][0]}
        await stage.control("person", action="follow", **who)
        log = stage.standin.hooks.log
        for tries, pause in enumerate((30, 300, 900, 1800), start=2):
            await until(lambda tries=tries: len(log) == tries)
            await stage.control("clock", advance=pause - 5)
            await asyncio.sleep(0.05)
            assert len(log) == tries  # not a moment too soon
            await stage.control("clock", advance=6)
        async with inbox(port) as (_url, got):
            await until(lambda: len(log) == 6)
            await stage.control("clock", advance=3601)
            await until(lambda: len(got) == 1)
            assert got[0][0]["num_retry"] == "5"
            assert read(stage, got[0], ahead=7000).name == "follow"
        await stage.control("person", action="unfollow", **who)
        for pause in (30, 300, 900, 1800, 3600, 10):
            await until(lambda: stage.standin.hooks.pending() == 1 or not hook_of(stage).enabled)
            await stage.control("clock", advance=pause + 1)
        await until(lambda: not hook_of(stage).enabled)
        assert log[-1]["try"] == 5

    play(scene)


def hook_of(stage: Stage):
    return stage.standin.hooks.by_app[stage.seeded["app_id"]]


def test_spoilt_deliveries_are_told_apart():
    async def scene(stage: Stage) -> None:
        who = {"oa_id": stage.seeded["oa_id"], "user_id": stage.seeded["user_ids"][0], "group_id": stage.group_id}
        async with inbox() as (url, got):
            await listen(stage, url, spoil={"duplicate": 1})
            await stage.control("person", action="leave", **who)
            await until(lambda: len(got) == 3)
            assert read(stage, got[1]).dedupe_key == read(stage, got[2]).dedupe_key

            got.clear()
            await listen(stage, url, spoil={"wrong_mac": 1})
            await stage.control("person", action="join", **who)
            await until(lambda: len(got) == 2)
            with pytest.raises(WebhookRefused, match="bad_signature"):
                read(stage, got[1])

            got.clear()
            await listen(stage, url, spoil={"alias_names": 1, "no_users": 1, "extra_fields": 1})
            await stage.control("person", action="leave", **who)
            await until(lambda: len(got) == 2)
            event = read(stage, got[1])
            assert (event.raw_name, event.name, event.user_ids) == ("user_leave_group", "user_out_group", ())

            got.clear()
            await listen(stage, url, spoil={"numbers": 1})
            await stage.control("person", action="join", **who)
            await until(lambda: len(got) == 2)
            assert b'"oa_id":"' not in got[1][1]
            assert read(stage, got[1]).oa_id == stage.seeded["oa_id"]

    play(scene)


def test_only_ticked_kinds_are_sent():
    async def scene(stage: Stage) -> None:
        async with inbox() as (url, got):
            await listen(stage, url, events=["follow"])
            who = {"oa_id": stage.seeded["oa_id"], "user_id": stage.seeded["user_ids"][0]}
            await stage.control("person", action="unfollow", **who)
            await stage.control("person", action="follow", **who)
            await until(lambda: len(got) == 2)
            assert read(stage, got[1]).name == "follow"

    play(scene)


def test_the_bot_hears_in_a_group_only_what_mentions_it():
    async def scene(stage: Stage) -> None:
        secret, chat = "bot-secret-1", stage.seeded["ordinary_group_id"]
        async with inbox() as (url, got):
            info = await stage.bot.set_webhook(url, secret)
            assert info["verification"]["ok"] is True
            assert (await stage.bot.webhook_info())["url"] == url
            talk = {"bot_token": stage.seeded["bot_token"], "chat_id": chat, "sender_id": "u", "name": "Ted"}
            assert await stage.control("bot/message", text="chuyện riêng", **talk) == {"heard": False}
            assert await stage.control("bot/message", text="@Bot giờ làm việc?", **talk) == {"heard": True}
            headers, raw = got[-1]
            event = receive_bot(raw, headers["X-Bot-Api-Secret-Token"], secret_token=secret)
            assert (event.chat_id, event.chat_type, event.text) == (chat, "GROUP", "@Bot giờ làm việc?")
            with pytest.raises(WebhookRefused):
                receive_bot(raw, headers["X-Bot-Api-Secret-Token"], secret_token="another-secret")
            assert (await stage.bot.delete_webhook())["url"] == ""

    play(scene)


def test_inner_addresses_are_refused_for_a_bot_unless_allowed():
    async def scene(stage: Stage) -> None:
        with pytest.raises(Exception, match="400"):
            await stage.bot.set_webhook("http://127.0.0.1:1/hook", "bot-secret-1")

    play(scene, bot_private_webhook=False)

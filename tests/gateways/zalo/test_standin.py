"""The stand-in itself: for this machine only, true to the disk, and showing what residents see."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from gateways.zalo.standin.app import main, new_standin, start
from gateways.zalo.standin.journal import Journal, read
from gateways.zalo.standin.server import local_only
from tests.gateways.zalo.stage import JPEG, Stage, play

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("peer", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8140", 200),
        ("127.0.0.1", "localhost", 200),
        ("::1", "[::1]:8140", 200),
        ("10.0.0.7", "127.0.0.1", 403),
        ("127.0.0.1", "evil.example", 403),
        ("::ffff:10.0.0.7", "localhost", 403),
        (None, "localhost", 403),
    ],
)
def test_only_this_machine_is_served(peer, host, status):
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    async def act() -> int:
        transport = SimpleNamespace(get_extra_info=lambda name, default=None: (peer, 1) if name == "peername" else None)
        request = make_mocked_request("GET", "/_control/posts", headers={"Host": host}, transport=transport)
        request._transport_peername = (peer, 1) if peer else None
        return (await local_only(request, handler)).status

    assert asyncio.run(act()) == status


def test_it_does_not_listen_elsewhere():
    with pytest.raises(ValueError):
        main("0.0.0.0", 1)
    with pytest.raises(ValueError):
        asyncio.run(start(new_standin(), host="0.0.0.0"))


def test_a_webhook_elsewhere_is_refused():
    async def scene(stage: Stage) -> None:
        body = {"app_id": stage.seeded["app_id"], "url": "http://10.0.0.7/hook"}
        async with stage.web.post(f"{stage.base}/_control/webhook", json=body) as answer:
            assert answer.status == 400

    play(scene)


def test_the_wall_shows_every_post_and_runs_nothing():
    async def scene(stage: Stage) -> None:
        oa = stage.oa
        attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        await oa.send_group_text(stage.group_id, "Thông báo " + attack, mention_ids=(stage.group_id,))
        picture = await oa.upload_image(JPEG, "a.jpg")
        await oa.send_group_image(stage.group_id, text="Ảnh", attachment_id=picture)
        await stage.control("change", what="group", id=stage.group_id, set={"name": attack})
        async with stage.web.get(f"{stage.base}/tuong/{stage.group_id}") as answer:
            page = await answer.text()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "@Tất cả mọi người" in page
        assert "http://" not in page.replace(stage.base, "")
        async with stage.web.get(f"{stage.base}/_tep/{picture}") as answer:
            assert (await answer.read(), answer.content_type) == (JPEG, "image/jpeg")
        async with stage.web.get(f"{stage.base}/") as answer:
            page = await answer.text()
        assert "4 nhóm, 2 bài đăng" in page
        assert "<script" not in page
        async with stage.web.get(f"{stage.base}/tuong/0") as answer:
            assert answer.status == 404

    play(scene)


def test_posts_can_be_asked_for_by_number_and_group():
    async def scene(stage: Stage) -> None:
        first, second = (group["group_id"] for group in stage.seeded["groups"][:2])
        for group_id in (first, second, second):
            await stage.oa.send_group_text(group_id, "tin")

        async def count(query: str) -> int:
            async with stage.web.get(f"{stage.base}/_control/posts?{query}") as answer:
                return (await answer.json())["count"]

        assert [await count(q) for q in ("", "since=1", f"group_id={second}", "count_only=1&since=3")] == [3, 2, 2, 0]

    play(scene)


@pytest.mark.parametrize("mode", ["off", "batch", "each"])
def test_the_journal_holds_every_answered_post(tmp_path, mode):
    path = tmp_path / "posts.jsonl"

    async def scene(stage: Stage) -> None:
        outcomes = await asyncio.gather(*[stage.oa.send_group_text(stage.group_id, f"tin {n}") for n in range(50)])
        assert {line["message_id"] for line in read(path)} == {outcome.remote_id for outcome in outcomes}

    play(scene, journal=path, fsync=mode)
    assert len(read(path)) == 50


def test_in_batch_mode_an_answer_waits_for_the_disk(tmp_path, monkeypatch):
    order = []
    real = os.fsync

    def slow(fd: int) -> None:
        time.sleep(0.05)
        real(fd)
        order.append("disk")

    monkeypatch.setattr(os, "fsync", slow)

    async def act() -> None:
        journal = Journal(tmp_path / "j", "batch")
        await asyncio.gather(*[journal.append({"n": n}) for n in range(20)])
        order.append("answered")
        journal.close()

    asyncio.run(act())
    assert order in (["disk", "answered"], ["disk", "disk", "answered"])  # twenty posts share the disk's time


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path):
    path = tmp_path / "j"
    path.write_bytes(b'{"n":1}\n{"n":2}\n{"n":')
    assert read(path) == [{"n": 1}, {"n": 2}]


def test_as_a_process_it_keeps_what_it_answered_when_killed(tmp_path):
    path = tmp_path / "posts.jsonl"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gateways.zalo.standin", "--port", str(port), "--journal", str(path)]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    base = f"http://127.0.0.1:{port}"

    def post(address: str, body: dict, token: str = "") -> dict:
        headers = {"Content-Type": "application/json", "access_token": token}
        request = urllib.request.Request(base + address, data=json.dumps(body).encode(), headers=headers)
        return json.load(urllib.request.urlopen(request, timeout=5))

    try:
        until = time.monotonic() + 10
        while True:
            try:
                seeded = post("/_control/seed", {"groups": 1})
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
        message = {"recipient": {"group_id": seeded["groups"][0]["group_id"]}, "message": {"text": "tin"}}
        answer = post("/v3.0/oa/group/message", message, seeded["access_token"])
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [line["message_id"] for line in read(path)] == [answer["data"]["message_id"]]


def test_a_wrong_control_order_is_explained():
    async def scene(stage: Stage) -> None:
        for name, body in (("faults", {"fault": "x"}), ("seed", {"nonsense": 1}), ("clock", {"set": "2026-01-01"})):
            async with stage.web.post(f"{stage.base}/_control/{name}", json=body) as answer:
                assert answer.status == 400
                assert (await answer.json())["refused"]

    play(scene)


def test_a_retired_address_says_so():
    async def scene(stage: Stage) -> None:
        headers = {"access_token": stage.seeded["access_token"]}
        async with stage.web.get(f"{stage.base}/v2.0/oa/getprofile", headers=headers) as answer:
            assert (await answer.json())["error"] == -240

    play(scene)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": "a" * 2001}, -210),
        ({"text": " "}, -201),
        ({}, -201),
        ({"text": 5}, -201),
        ({"attachment": {"type": "image", "payload": {"url": "https://a"}}}, -201),
        ({"attachment": {"type": "file", "payload": {"token": "gone"}}}, -100),
    ],
)
def test_bodies_zalo_refuses(message, code):
    async def scene(stage: Stage) -> None:
        body = {"recipient": {"group_id": stage.group_id}, "message": message}
        headers = {"access_token": stage.seeded["access_token"]}
        async with stage.web.post(f"{stage.base}/v3.0/oa/group/message", json=body, headers=headers) as answer:
            assert answer.status == 200
            assert (await answer.json())["error"] == code
            assert answer.headers["X-RateLimit-Limit"] == "4000"
        assert await stage.posts() == []

    play(scene)


def test_invited_people_may_have_to_wait_when_so_set():
    async def scene(stage: Stage) -> None:
        await stage.control("change", what="world", set={"invites_bypass_approval": False})
        await stage.oa.update_group(stage.group_id, join_appr=True)
        newcomer = (await stage.control("person", action="new"))["user_id"]
        await stage.control("person", action="follow", oa_id=stage.seeded["oa_id"], user_id=newcomer)
        await stage.oa.invite(stage.group_id, [newcomer])
        assert [member.user_id for member in (await stage.oa.pending(stage.group_id)).items] == [newcomer]

    play(scene)


def test_the_bot_gives_one_update_at_a_time():
    async def scene(stage: Stage) -> None:
        talk = {
            "bot_token": stage.seeded["bot_token"],
            "chat_id": "6ede9afa66b88fe6d6a9",
            "sender_id": "u",
            "name": "Ted",
        }
        await stage.control("bot/message", text="một", **talk)
        await stage.control("bot/message", text="hai", **talk)
        address = f"{stage.base}/bot{stage.seeded['bot_token']}/getUpdates"
        found = []
        for _n in range(3):
            async with stage.web.post(address, json={"timeout": "0"}) as answer:
                found.append(await answer.json())
        assert [one["result"]["message"]["text"] for one in found[:2]] == ["một", "hai"]
        assert found[2]["error_code"] == 408

    play(scene)


def test_a_client_that_gives_up_leaves_the_server_well():
    async def scene(stage: Stage) -> None:
        await stage.control("faults", fault="hang", count=20)
        await asyncio.gather(*[stage.oa.send_group_text(stage.group_id, "tin") for _n in range(20)])
        async with aiohttp.ClientSession() as session, session.get(f"{stage.base}/_control/state") as answer:
            assert (await answer.json())["posts"] == 0

    play(scene, total=0.3)

import asyncio
import socket
import ssl

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from gateways.zalo.bot import BotClient
from gateways.zalo.client import OAClient
from gateways.zalo.outcomes import Kind
from gateways.zalo.transport import MAX_ANSWER_BYTES, Endpoints, Transport
from tests.gateways.zalo.stage import answer_with


async def send(transport: Transport) -> object:
    return await OAClient(transport, access_token="token-canary").send_group_text("a57a91e562b78be9d2a6", "tin")


def verdict_at(base: str, **options) -> object:
    async def act() -> object:
        async with Transport(Endpoints.at(base), **options) as transport:
            return await send(transport)

    return asyncio.run(act())


@pytest.mark.parametrize(
    "address",
    [
        "http://openapi.zalo.me",
        "https://openapi.zalo.me.evil.example",
        "https://evil.example",
        "https://openapi.zalo.me@evil.example",
        "https://openapi.zalo.me/path",
        "http://169.254.169.254",
        "http://10.0.0.1",
        "http://2130706433",
        "file:///etc/passwd",
        "",
    ],
)
def test_other_hosts_are_refused_when_configured(address):
    with pytest.raises(ValueError):
        Endpoints(openapi=address)


def test_known_hosts_relays_and_this_machine_are_taken():
    Endpoints()
    Endpoints(openapi="https://relay.ninhbinh.example", extra_hosts=frozenset({"relay.ninhbinh.example"}))
    for base in ("http://127.0.0.1:8140", "http://localhost:8140", "http://[::1]:8140"):
        assert Endpoints.at(base + "/").bot == base


def test_a_refused_connection_was_not_sent():
    outcome = verdict_at("http://127.0.0.1:1")
    assert (outcome.kind, outcome.not_executed, outcome.message) == (Kind.RETRY, True, "ClientConnectorError")


def test_a_name_that_does_not_resolve_was_not_sent(monkeypatch):
    async def fails(self, host, port=0, family=socket.AF_INET) -> list[ResolveResult]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(ThreadedResolver, "resolve", fails)
    outcome = verdict_at("https://localhost:1")
    assert (outcome.kind, outcome.not_executed) == (Kind.RETRY, True)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "100.64.0.1"])
def test_a_public_name_that_leads_inside_is_not_called(monkeypatch, inner):
    asked = []

    async def rebinds(self, host, port=0, family=socket.AF_INET) -> list[ResolveResult]:
        asked.append(host)
        return [{"hostname": host, "host": inner, "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", rebinds)

    async def act() -> object:
        async with Transport(Endpoints()) as transport:
            return await send(transport)

    outcome = asyncio.run(act())
    assert asked == ["openapi.zalo.me"]
    assert (outcome.kind, outcome.not_executed, outcome.message) == (Kind.RETRY, True, "ClientConnectorDNSError")


def test_a_time_out_while_connecting_was_not_sent():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _n in range(4):  # fill the queue of waiting connections, so that the next one hangs
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        outcome = verdict_at(f"http://127.0.0.1:{port}", connect=0.3, total=5.0)
        for filler in fillers:
            filler.close()
    assert (outcome.kind, outcome.not_executed, outcome.message) == (Kind.RETRY, True, "ConnectionTimeoutError")


def test_a_failed_tls_handshake_was_not_sent():
    async def act() -> object:
        async def plain(reader, writer) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Transport(Endpoints.at(f"https://127.0.0.1:{port}")) as transport:
            return await send(transport)

    outcome = asyncio.run(act())
    assert (outcome.kind, outcome.not_executed) == (Kind.RETRY, True)
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED


def test_a_read_time_out_is_unknown():
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.json_response({})

    async def scene(transport, base) -> None:
        outcome = await send(transport)
        assert (outcome.kind, outcome.not_executed) == (Kind.UNKNOWN, False)

    answer_with(handler, scene, total=0.3)


def test_a_redirect_is_not_followed():
    calls = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async def scene(transport, base) -> None:
        assert (await send(transport)).kind is Kind.UNKNOWN

    answer_with(handler, scene)
    assert calls == ["/v3.0/oa/group/message"]


def test_a_broken_connection_is_not_tried_again():
    calls = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(await request.read())
        request.transport.abort()
        return web.Response()

    async def scene(transport, base) -> None:
        assert (await send(transport)).kind is Kind.UNKNOWN

    answer_with(handler, scene)
    assert len(calls) == 1


def test_an_endless_answer_is_cut_off():
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b" " * (MAX_ANSWER_BYTES + 1))

    async def scene(transport, base) -> None:
        outcome = await send(transport)
        assert (outcome.kind, outcome.message) == (Kind.UNKNOWN, "ClientPayloadError")

    answer_with(handler, scene)


def test_json_counts_whatever_type_it_is_called():
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text='{"error":0,"data":{"message_id":3678557233392100095}}', content_type="text/plain")

    async def scene(transport, base) -> None:
        assert (await send(transport)).remote_id == "3678557233392100095"

    answer_with(handler, scene)


def test_how_a_call_looks_on_the_wire():
    seen = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(body=await request.read(), token=request.headers.get("access_token"), type=request.content_type)
        seen["authorization"] = request.headers.get("Authorization")
        return web.json_response({"error": 0, "data": {"message_id": "m"}})

    async def scene(transport, base) -> None:
        await send(transport)

    answer_with(handler, scene)
    assert seen == {
        "body": b'{"recipient":{"group_id":"a57a91e562b78be9d2a6"},"message":{"text":"tin"}}',
        "token": "token-canary",
        "type": "application/json",
        "authorization": None,
    }


def test_secrets_do_not_appear_in_what_a_log_could_hold():
    transport = Transport(Endpoints.at("http://127.0.0.1:1"))
    account = OAClient(transport, access_token="token-canary", app_secret="secret-canary")

    async def act() -> str:
        async with transport:
            bot = BotClient(transport, token="1:bot-canary")
            outcomes = [await account.send_group_text("g", "tin"), await bot.send_message("c", "tin")]
            return repr(outcomes) + repr(bot) + repr(account)

    assert "canary" not in asyncio.run(act())

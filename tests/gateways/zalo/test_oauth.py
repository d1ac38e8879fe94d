import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from gateways.zalo.oauth import OAuthClient, OAuthRefused, challenge_for, new_pkce
from gateways.zalo.transport import Endpoints, Transport
from tests.gateways.zalo.stage import Stage, answer_with, play

CALLBACK = "http://127.0.0.1:8000/ket-noi"
VERIFIER = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789aBcDeFg"


def oauth(stage: Stage) -> OAuthClient:
    return OAuthClient(stage.transport, app_id=stage.seeded["app_id"], app_secret=stage.seeded["app_secret"])


async def consent(stage: Stage, challenge: str = "", state: str = "s 1") -> dict[str, str]:
    url = oauth(stage).authorization_url(redirect_uri=CALLBACK, state=state, challenge=challenge)
    async with stage.web.get(url) as page:
        assert page.status == 200
        assert "Đồng ý" in await page.text()
    async with stage.web.post(url, allow_redirects=False) as answer:
        assert answer.status == 302
        place = answer.headers["Location"]
    assert place.startswith(CALLBACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(place).query).items()}


async def refused(call) -> OAuthRefused:
    with pytest.raises(OAuthRefused) as found:
        await call
    return found.value


def test_the_documented_challenge():
    assert challenge_for(VERIFIER) == "ZFn66e5pRTQPjki_oSCUVQ4cxtfhRp9r7IbCpyzu-YE"


def test_a_verifier_has_what_zalo_asks_for():
    pair = new_pkce()
    assert len(pair.verifier) == 43
    assert pair.verifier.isalnum()
    assert pair.challenge == challenge_for(pair.verifier)
    assert pair.verifier not in repr(pair)
    assert new_pkce() != pair


def test_from_consent_to_a_working_token():
    async def scene(stage: Stage) -> None:
        pkce = new_pkce()
        found = await consent(stage, pkce.challenge)
        assert (found["oa_id"], found["state"]) == (stage.seeded["oa_id"], "s 1")
        tokens = await oauth(stage).exchange(code=found["code"], verifier=pkce.verifier)
        assert tokens.expires_in == 90000
        assert tokens.access_token not in repr(tokens)
        stage.seeded["access_token"] = tokens.access_token
        assert (await stage.oa.account()).oa_id == stage.seeded["oa_id"]

    play(scene)


def test_a_code_works_once_and_for_ten_minutes_and_with_its_verifier():
    async def scene(stage: Stage) -> None:
        client = oauth(stage)
        code = (await consent(stage))["code"]
        await client.exchange(code=code)
        assert (await refused(client.exchange(code=code))).code == -14005

        code = (await consent(stage))["code"]
        await stage.control("clock", advance=601)
        assert (await refused(client.exchange(code=code))).code == -14019

        code = (await consent(stage, challenge_for(VERIFIER)))["code"]
        wrong = await refused(client.exchange(code=code, verifier=VERIFIER[::-1]))
        assert (wrong.code, wrong.needs_consent) == (-14005, True)

    play(scene)


def test_the_callback_address_must_be_the_registered_one():
    async def scene(stage: Stage) -> None:
        await stage.control("change", what="app", id=stage.seeded["app_id"], set={"callback": CALLBACK})
        url = oauth(stage).authorization_url(redirect_uri=CALLBACK + "/x", state="s")
        async with stage.web.get(url) as answer:
            assert (await answer.json())["error"] == -14003

    play(scene)


def test_a_refresh_token_works_once():
    async def scene(stage: Stage) -> None:
        client = oauth(stage)
        first = await client.refresh(refresh_token=stage.seeded["refresh_token"])
        again = await refused(client.refresh(refresh_token=stage.seeded["refresh_token"]))
        assert (again.code, again.needs_consent, again.not_executed) == (-14014, True, True)
        assert again.hint
        second = await client.refresh(refresh_token=first.refresh_token)
        assert second.refresh_token != first.refresh_token

    play(scene)


def test_of_two_refreshers_at_once_one_loses():
    async def scene(stage: Stage) -> None:
        client, token = oauth(stage), stage.seeded["refresh_token"]
        found = await asyncio.gather(
            client.refresh(refresh_token=token), client.refresh(refresh_token=token), return_exceptions=True
        )
        lost = [one for one in found if isinstance(one, OAuthRefused)]
        assert len(lost) == 1
        assert lost[0].code == -14014
        assert (await stage.state())["tokens_issued"] == 2  # the seeded pair and one new

    play(scene)


def test_tokens_age():
    async def scene(stage: Stage) -> None:
        await stage.control("clock", advance=90001)
        outcome = await stage.oa.send_group_text(stage.group_id, "tin")
        assert outcome.code == -220
        fresh = await oauth(stage).refresh(refresh_token=stage.seeded["refresh_token"])
        await stage.control("clock", advance=91 * 86400)
        late = await refused(oauth(stage).refresh(refresh_token=fresh.refresh_token))
        assert (late.code, late.needs_consent) == (-14020, True)

    play(scene)


def test_a_wrong_secret_is_told_apart_from_a_dead_token():
    async def scene(stage: Stage) -> None:
        client = OAuthClient(stage.transport, app_id=stage.seeded["app_id"], app_secret="wrong")
        found = await refused(client.refresh(refresh_token=stage.seeded["refresh_token"]))
        assert (found.code, found.needs_consent, found.not_executed) == (-14002, False, True)
        await oauth(stage).refresh(refresh_token=stage.seeded["refresh_token"])

    play(scene)


@pytest.mark.parametrize("status", [200, 500, 502])
def test_an_answer_that_is_no_answer_leaves_the_token_in_doubt(status):
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>")

    async def scene(transport, base) -> None:
        client = OAuthClient(transport, app_id="1", app_secret="s")
        found = await refused(client.refresh(refresh_token="r"))
        assert found.not_executed is False
        assert found.needs_consent is False

    answer_with(handler, scene)


def test_no_connection_leaves_the_token_good():
    async def act() -> None:
        async with Transport(Endpoints.at("http://127.0.0.1:1"), connect=1.0) as transport:
            found = await refused(OAuthClient(transport, app_id="1", app_secret="s").refresh(refresh_token="r"))
            assert (found.not_executed, found.needs_consent) == (True, False)

    asyncio.run(act())


def test_the_form_goes_out_as_documented():
    seen = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(await request.post(), secret=request.headers["secret_key"], path=request.path)
        seen["type"] = request.content_type
        return web.json_response({"access_token": "a", "refresh_token": "r", "expires_in": "90000"})

    async def scene(transport, base) -> None:
        await OAuthClient(transport, app_id="7", app_secret="k").exchange(code="c", verifier="v")

    answer_with(handler, scene)
    assert seen == {
        "code": "c",
        "app_id": "7",
        "grant_type": "authorization_code",
        "code_verifier": "v",
        "secret": "k",
        "path": "/v4/oa/access_token",
        "type": "application/x-www-form-urlencoded",
    }

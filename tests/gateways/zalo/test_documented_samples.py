"""Zalo's own printed answers, byte for byte as documented, read by the client."""

import pytest
from aiohttp import web

from gateways.zalo.bot import BotClient
from gateways.zalo.client import OAClient
from gateways.zalo.oauth import OAuthClient, OAuthRefused
from gateways.zalo.outcomes import Kind, ZaloRefused
from tests.gateways.zalo.stage import answer_with

GETGROUP = """{"data":{"group_info":{"group_id":"a57a91e562b78be9d2a6","group_link":"https://zalo.me/g/zkfgeb641",
"name":"b52","group_description":"","avatar":"http://s120.ava.grp.talk.zdn.vn/default","status":"enabled",
"total_member":2,"max_member":"10","auto_delete_date":"10/11/2024"},
"asset_info":{"asset_type":"gmf10","asset_id":"6ca1bd3f0f0c2a1b9d77","valid_through":"10/10/2024","auto_renew":"true"},
"group_setting":{"lock_send_msg":false,"join_appr":true,"enable_msg_history":true,"enable_link_join":true}},
"error":0,"message":"Success"}"""
CS = """{"data":{"quota":{"quota_type":"reply","remain":"7","total":"8"},"message_id":"63ecf43f0df7dba892e6",
"user_id":"2512523625412515"},"error":0,"message":"Success"}"""
GROUPS = """{"data":{"offset":0,"count":5,"total":1,"group_count":1,"groups":[{"name":"b52","avatar":"http://s120/d",
"group_id":"a57a91e562b78be9d2a6","group_link":"https://zalo.me/g/zkfgeb641","group_description":"",
"total_member":2,"status":"enabled"}]},"error":0,"message":"Success"}"""
MEMBERS = """{"data":{"offset":0,"count":5,"total":2,"member_count":2,"members":[
{"oa_id":"2057086764452860443","name":"OA","avatar":"https://a"},
{"user_id":"8509985270925410066","name":"Ted","avatar":"https://b"}]},"error":0,"message":"Success"}"""
ASSETS = """{"data":[{"product_type":"gmf10","quota_type":"sub_quota","asset_id":"6ca1bd3f0f0c2a1b9d77",
"valid_through":"10/10/2024","auto_renew":true,"status":"used","used_id":"a57a91e562b78be9d2a6"}],
"error":0,"message":"Success"}"""
CONVERSATION = """{"data":[
{"src":1,"time":1696317670193,"type":"text","message":"riêng tư","message_id":"m2","from_id":"8509985270925410066",
"from_display_name":"Ted","from_avatar":"https://b","group_id":"a57a91e562b78be9d2a6"},
{"src":0,"time":1696317670100,"type":"text","message":"Thông báo","message_id":"m1","from_id":"2057086764452860443",
"from_display_name":"OA","from_avatar":"https://a","group_id":"a57a91e562b78be9d2a6"}],"error":0,"message":"Success"}"""
GETOA = """{"data":{"oaid":"2057086764452860443","name":"Công an phường","description":"","oa_alias":"capvk",
"is_verified":true,"oa_type":4,"cate_name":"Cơ quan nhà nước","num_follower":1607,"avatar":"https://a","cover":"https://c",
"package_name":"Nâng cao","package_valid_through_date":"10/10/2026","package_auto_renew_date":"","linked_ZCA":""},
"error":0,"message":"Success"}"""
QUOTA_PERSON = """{"data":{"last_interaction":"1696317670193","cs_reply":{"remain":7,"total":8},
"promotion":{"daily_remain":1,"daily_total":1,"monthly_remain":4,"monthly_total":4}},"error":0,"message":"Success"}"""
QUOTA_OA = """{"data":[{"asset_id":"6ca1bd3f0f0c2a1b9d77","product_type":"cs","quota_type":"sub_quota",
"valid_through":"10/10/2026","total":500,"remain":499}],"error":0,"message":"Success"}"""
PLAIN = '{"error":0,"message":"Success"}'
GROUP_MESSAGE = (
    '{"data":{"message_id":"63ecf43f0df7dba892e6","group_id":"a57a91e562b78be9d2a6"},"error":0,"message":"Success"}'
)
ZNS = """{"error":0,"message":"Success","data":{"msg_id":"a4d0243feee163bd3af2","sent_time":"1626926349402",
"sending_mode":"1","quota":{"dailyQuota":"500","remainingQuota":"499"}}}"""
IMAGE = '{"data":{"attachment_id":"PWhbA2"},"error":0,"message":"Success"}'
BOT_SENT = '{"ok":true,"result":{"message_id":"2d758cb5e222177a4e35","date":1750316131602}}'
BOT_ME = """{"ok":true,"result":{"id":"1459232241454765289","account_name":"bot.VDKyGxQvc","account_type":"BASIC",
"can_join_groups":false}}"""
OAUTH_ERROR = """{"error":-14020,"error_name":"Refresh token expired","error_reason":"…","ref_doc":"https://x",
"error_description":"…"}"""


def ask(body: str, call, *, seen: list | None = None):
    """The result of ``call(oa, bot, oauth)`` when every address answers ``body``."""
    found = []

    async def handler(request: web.Request) -> web.Response:
        if seen is not None:
            seen.append((request.method, request.path, dict(request.query), await request.text()))
        return web.Response(text=body, content_type="application/json")

    async def scene(transport, base) -> None:
        oa = OAClient(transport, access_token="t")
        found.append(
            await call(oa, BotClient(transport, token="1:b"), OAuthClient(transport, app_id="1", app_secret="s"))
        )

    answer_with(handler, scene)
    return found[0]


def test_getgroup():
    seen: list = []
    detail = ask(GETGROUP, lambda oa, bot, oauth: oa.group("a57a91e562b78be9d2a6"), seen=seen)
    assert seen == [("GET", "/v3.0/oa/group/getgroup", {"group_id": "a57a91e562b78be9d2a6"}, "")]
    assert (detail.group.name, detail.group.total_member, detail.max_member, detail.auto_renew) == ("b52", 2, 10, True)
    assert (detail.lock_send_msg, detail.join_appr, detail.auto_delete_date) == (False, True, "10/11/2024")


def test_cs_message():
    outcome = ask(CS, lambda oa, bot, oauth: oa.send_cs_text("2512523625412515", "tin"))
    assert (outcome.kind, outcome.remote_id) == (Kind.SENT, "63ecf43f0df7dba892e6")
    assert outcome.data["quota"] == {"quota_type": "reply", "remain": "7", "total": "8"}


def test_group_message():
    outcome = ask(GROUP_MESSAGE, lambda oa, bot, oauth: oa.send_group_text("a57a91e562b78be9d2a6", "tin"))
    assert (outcome.kind, outcome.remote_id) == (Kind.SENT, "63ecf43f0df7dba892e6")


def test_getgroupsofoa():
    page = ask(GROUPS, lambda oa, bot, oauth: oa.groups(offset=0, count=5))
    assert (page.total, page.items[0].link) == (1, "https://zalo.me/g/zkfgeb641")


def test_listmember_with_the_account_among_them():
    page = ask(MEMBERS, lambda oa, bot, oauth: oa.members("a57a91e562b78be9d2a6"))
    assert [(member.oa_id, member.user_id) for member in page.items] == [
        ("2057086764452860443", ""),
        ("", "8509985270925410066"),
    ]


def test_quota_group():
    seen: list = []
    (asset,) = ask(ASSETS, lambda oa, bot, oauth: oa.group_assets(product_type="gmf10"), seen=seen)
    assert (asset.status, asset.used_id, asset.auto_renew) == ("used", "a57a91e562b78be9d2a6", True)
    assert seen[0][3] == '{"quota_owner":"OA","product_type":"gmf10"}'


def test_conversation_gives_only_our_own_words():
    messages = ask(CONVERSATION, lambda oa, bot, oauth: oa.own_messages("a57a91e562b78be9d2a6"))
    assert [(message.message_id, message.text, message.time) for message in messages] == [
        ("m1", "Thông báo", 1696317670100)
    ]


def test_getoa():
    account = ask(GETOA, lambda oa, bot, oauth: oa.account())
    assert (account.oa_id, account.oa_type, account.followers) == ("2057086764452860443", 4, 1607)


def test_both_forms_of_quota_message():
    person = ask(QUOTA_PERSON, lambda oa, bot, oauth: oa.reply_quota("1"))
    assert (person.last_interaction, person.remain, person.total) == (1696317670193, 7, 8)
    (quota,) = ask(QUOTA_OA, lambda oa, bot, oauth: oa.message_quotas())
    assert (quota.total, quota.remain) == (500, 499)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("invite", "invite"),
        ("accept_pending", "acceptpendinginvite"),
        ("reject_pending", "rejectpendinginvite"),
        ("add_admins", "addadmins"),
        ("remove_admins", "removeadmins"),
        ("remove_members", "removemembers"),
    ],
)
def test_calls_about_members_send_a_list(method, path):
    seen: list = []
    ask(PLAIN, lambda oa, bot, oauth: getattr(oa, method)("g1", ["8509985270925410066"]), seen=seen)
    assert seen == [
        ("POST", f"/v3.0/oa/group/{path}", {}, '{"group_id":"g1","member_user_ids":["8509985270925410066"]}')
    ]


def test_delete_group():
    seen: list = []
    ask(PLAIN, lambda oa, bot, oauth: oa.delete_group("g1"), seen=seen)
    assert seen == [("POST", "/v3.0/oa/group/delete", {}, '{"group_id":"g1"}')]


def test_picture_and_file_bodies():
    seen: list = []
    ask(GROUP_MESSAGE, lambda oa, bot, oauth: oa.send_group_image("g1", text="c", attachment_id="PWhbA2"), seen=seen)
    ask(GROUP_MESSAGE, lambda oa, bot, oauth: oa.send_group_file("g1", "tok"), seen=seen)
    assert [body for _m, _p, _q, body in seen] == [
        '{"recipient":{"group_id":"g1"},"message":{"text":"c","attachment":{"type":"template","payload":'
        '{"template_type":"media","elements":[{"media_type":"image","attachment_id":"PWhbA2"}]}}}}',
        '{"recipient":{"group_id":"g1"},"message":{"attachment":{"type":"file","payload":{"token":"tok"}}}}',
    ]


def test_template_message_and_upload():
    fields = {"phone": "84987654321", "template_id": "7895417a7d3f9461cd2e", "template_data": {}, "tracking_id": "t"}
    assert ask(ZNS, lambda oa, bot, oauth: oa.send_template(**fields)).remote_id == "a4d0243feee163bd3af2"
    assert ask(IMAGE, lambda oa, bot, oauth: oa.upload_image(b"\xff\xd8\xff", "a.jpg")) == "PWhbA2"


def test_the_bot():
    assert ask(BOT_SENT, lambda oa, bot, oauth: bot.send_message("c", "tin")).remote_id == "2d758cb5e222177a4e35"
    assert ask(BOT_ME, lambda oa, bot, oauth: bot.me())["account_name"] == "bot.VDKyGxQvc"


def test_an_oauth_error():
    async def call(oa, bot, oauth):
        with pytest.raises(OAuthRefused) as refused:
            await oauth.refresh(refresh_token="r")
        return refused.value

    found = ask(OAUTH_ERROR, call)
    assert (found.code, found.name, found.needs_consent) == (-14020, "Refresh token expired", True)


@pytest.mark.parametrize(
    "body", ["[]", "null", '{"error":0}', '{"error":0,"data":{}}', '{"error":0,"data":[]}', "<html>"]
)
def test_success_without_what_was_asked_for_is_not_success(body):
    async def call(oa, bot, oauth):
        found = []
        for one in (
            oa.group("g"),
            oa.create_group(name="n", asset_id="a", member_user_ids=["u"]),
            oa.create_article(title="t", author="a", description="d", cover_url="c", body=[]),
        ):
            with pytest.raises(ZaloRefused) as refused:
                await one
            found.append(refused.value.outcome.kind)
        return found

    assert ask(body, call) == [Kind.UNKNOWN] * 3

"""Messages, uploads, articles, quotas and the bot, client against stand-in."""

import pytest

from gateways.zalo.client import OAClient
from gateways.zalo.content import FILE_LIMIT, IMAGE_LIMIT, UploadRefused
from gateways.zalo.outcomes import Kind, ZaloRefused
from tests.gateways.zalo.stage import JPEG, PDF, Stage, play

DAY = 86400


def test_a_text_is_posted_exactly_as_prepared():
    async def scene(stage: Stage) -> None:
        outcome = await stage.oa.send_group_text(
            stage.group_id, "Chào bà con [@1]\nDòng hai", mention_ids=(stage.group_id,)
        )
        assert outcome.kind is Kind.SENT
        (post,) = await stage.posts()
        assert post["text"] == f"[@{stage.group_id}] Chào bà con [ @1]\nDòng hai"
        assert (post["message_id"], post["group_id"], post["src"]) == (outcome.remote_id, stage.group_id, 0)
        assert outcome.rate_remain == 3999

    play(scene)


@pytest.mark.parametrize("text", ["", "a" * 2001])
def test_a_text_zalo_would_refuse_is_not_sent(text):
    async def scene(stage: Stage) -> None:
        outcome = await stage.oa.send_group_text(stage.group_id, text)
        assert (outcome.kind, outcome.code, outcome.not_executed) == (Kind.INVALID, None, True)
        assert stage.standin.world.apps[stage.seeded["app_id"]].used == 0

    play(scene)


def test_a_picture_and_a_file():
    async def scene(stage: Stage) -> None:
        oa = stage.oa
        picture = await oa.upload_image(JPEG, "ảnh.jpg")
        token = await oa.upload_file(PDF, "C:\\hồ sơ\\Kế hoạch số 1.pdf")
        assert (await oa.send_group_image(stage.group_id, text="Chú thích", attachment_id=picture)).ok
        assert (await oa.send_group_image(stage.group_id, text="Chú thích", url="https://vikhe.example/a.jpg")).ok
        assert (await oa.send_group_file(stage.group_id, token)).ok
        kinds = [(post["kind"], post["text"], post["attachment"]) for post in await stage.posts()]
        assert kinds == [
            ("image", "Chú thích", picture),
            ("image", "Chú thích", "https://vikhe.example/a.jpg"),
            ("file", "", token),
        ]
        assert stage.standin.world.uploads[token].name == "Kế hoạch số 1.pdf"
        assert stage.standin.world.uploads[picture].content == JPEG
        neither = await oa.send_group_image(stage.group_id, text="x")
        both = await oa.send_group_image(stage.group_id, text="x", url="https://a", attachment_id=picture)
        assert {neither.kind, both.kind} == {Kind.INVALID}

    play(scene)


def test_an_upload_lives_seven_days():
    async def scene(stage: Stage) -> None:
        picture = await stage.oa.upload_image(JPEG, "a.jpg")
        await stage.control("clock", advance=7 * DAY + 1)
        access, _renewal = stage.standin.world.issue(stage.seeded["oa_id"], stage.seeded["app_id"])
        stage.seeded["access_token"] = access
        outcome = await stage.oa.send_group_image(stage.group_id, text="x", attachment_id=picture)
        assert (outcome.kind, outcome.code) == (Kind.INVALID, -100)

    play(scene)


@pytest.mark.parametrize(
    ("method", "content", "name", "reason"),
    [
        ("upload_image", JPEG + b"x" * IMAGE_LIMIT, "a.jpg", "too_large"),
        ("upload_image", b"GIF89a", "a.jpg", "wrong_type"),
        ("upload_file", PDF + b"x" * FILE_LIMIT, "a.pdf", "too_large"),
        ("upload_file", b"MZ", "a.pdf", "wrong_type"),
        ("upload_file", PDF, "a.exe", "wrong_type"),
    ],
)
def test_a_file_zalo_would_refuse_is_not_sent(method, content, name, reason):
    async def scene(stage: Stage) -> None:
        with pytest.raises(UploadRefused) as refused:
            await getattr(stage.oa, method)(content, name)
        assert refused.value.reason == reason
        assert stage.standin.world.uploads == {}

    play(scene)


def test_uploads_are_counted_by_the_month():
    async def scene(stage: Stage) -> None:
        await stage.oa.upload_image(JPEG, "a.jpg")
        account = stage.standin.world.accounts[stage.seeded["oa_id"]]
        (month,) = account.uploads
        account.uploads[month] = 5000
        with pytest.raises(ZaloRefused) as refused:
            await stage.oa.upload_image(JPEG, "a.jpg")
        assert refused.value.outcome.kind is Kind.QUOTA

    play(scene)


def test_one_person_is_answered_within_seven_days_and_free_eight_times():
    async def scene(stage: Stage) -> None:
        oa, user_id = stage.oa, stage.seeded["user_ids"][0]
        before = await oa.reply_quota(user_id)
        assert (before.remain, before.total) == (8, 8)
        assert before.last_interaction > 1_700_000_000_000
        assert (await oa.send_cs_text(user_id, "Chào bà", quote_message_id="48687128d04c9410cd5f")).ok
        assert (await oa.send_cs_image(user_id, text="Ảnh", attachment_id=await oa.upload_image(JPEG, "a.jpg"))).ok
        assert (await oa.send_cs_file(user_id, await oa.upload_file(PDF, "a.pdf"))).ok
        assert (await oa.reply_quota(user_id)).remain == 5
        await stage.control("change", what="person", id=user_id, set={"last_interaction": 0})
        outcome = await oa.send_cs_text(user_id, "Chào bà")
        assert (outcome.kind, outcome.code) == (Kind.GROUP_REFUSED, -230)

    play(scene)


def test_what_the_account_is_and_may():
    async def scene(stage: Stage) -> None:
        found = await stage.oa.account()
        assert (found.oa_id, found.is_verified, found.oa_type) == (stage.seeded["oa_id"], True, 4)
        (quota,) = await stage.oa.message_quotas()
        assert (quota.product_type, quota.remain) == ("cs", 500)

    play(scene)


def test_an_article_is_made_checked_and_broadcast_by_day():
    async def scene(stage: Stage) -> None:
        oa = stage.oa
        await stage.control("clock", set="2026-11-24T10:00:00+07:00")
        access, _renewal = stage.standin.world.issue(stage.seeded["oa_id"], stage.seeded["app_id"])
        stage.seeded["access_token"] = access
        oa = stage.oa
        token = await oa.create_article(
            title="Tin tuần",
            author="Công an phường",
            description="Tóm tắt",
            cover_url="https://vikhe.example/bia.jpg",
            body=[{"type": "text", "content": "Nội dung"}],
        )
        assert await oa.verify_article(token) is None
        await stage.control("clock", advance=5)
        article_id = await oa.verify_article(token)
        assert article_id
        assert (await oa.broadcast_article(article_id)).ok
        assert (await oa.broadcast_article("0" * 20)).kind is Kind.INVALID
        await stage.control("clock", set="2026-11-24T22:00:00+07:00")
        assert (await oa.broadcast_article(article_id)).kind is Kind.NIGHT
        await stage.control("clock", set="2026-11-25T06:00:00+07:00")
        for _n in range(3):
            assert (await oa.broadcast_article(article_id)).ok
        assert (await oa.broadcast_article(article_id)).kind is Kind.QUOTA
        with pytest.raises(ValueError):
            await oa.create_article(title="x" * 151, author="a", description="d", cover_url="", body=[])

    play(scene)


def test_a_template_message_and_its_own_token_error():
    async def scene(stage: Stage) -> None:
        fields = {"template_id": "7895417a7d3f9461cd2e", "template_data": {"ten": "An"}, "tracking_id": "t1"}
        assert (await stage.oa.send_template(phone="84987654321", **fields)).ok
        dead = OAClient(stage.transport, access_token="dead")
        outcome = await dead.send_template(phone="84987654321", **fields)
        assert (outcome.kind, outcome.code) == (Kind.TOKEN, -124)

    play(scene)


def test_a_token_taken_back_is_told():
    async def scene(stage: Stage) -> None:
        await stage.control("expire-tokens", oa_id=stage.seeded["oa_id"])
        outcome = await stage.oa.send_group_text(stage.group_id, "tin")
        assert (outcome.kind, outcome.code, outcome.not_executed) == (Kind.TOKEN, -216, True)

    play(scene)


def test_the_proof_of_the_app_secret():
    async def scene(stage: Stage) -> None:
        token = stage.seeded["access_token"]
        assert (await stage.oa.send_group_text(stage.group_id, "tin")).code == -242
        proven = OAClient(stage.transport, access_token=token, app_secret=stage.seeded["app_secret"])
        assert (await proven.send_group_text(stage.group_id, "tin")).ok

    play(scene, require_proof=True)


def test_calls_beyond_the_minutes_limit_are_not_carried_out():
    async def scene(stage: Stage) -> None:
        await stage.control("clock", set="2026-11-24T10:00:00+07:00")
        access, _renewal = stage.standin.world.issue(stage.seeded["oa_id"], stage.seeded["app_id"])
        stage.seeded["access_token"] = access
        outcomes = [await stage.oa.send_group_text(stage.group_id, f"tin {n}") for n in range(4)]
        assert [outcome.kind for outcome in outcomes] == [Kind.SENT] * 3 + [Kind.RETRY]
        assert [outcome.rate_remain for outcome in outcomes] == [2, 1, 0, 0]
        assert len(await stage.posts()) == 3
        await stage.control("clock", advance=60)
        assert (await stage.oa.send_group_text(stage.group_id, "tin")).ok

    play(scene, rate_limit=3)


def test_the_bot_posts_in_an_ordinary_group():
    async def scene(stage: Stage) -> None:
        bot, chat = stage.bot, stage.seeded["ordinary_group_id"]
        assert (await bot.me())["id"] == stage.seeded["bot_id"]
        outcome = await bot.send_message(chat, "Nhắc họp tổ [@all]")
        assert outcome.ok
        (post,) = await stage.posts()
        assert (post["src"], post["text"], post["message_id"]) == (2, "Nhắc họp tổ [ @all]", outcome.remote_id)
        assert (await bot.send_message(stage.group_id, "tin")).kind is Kind.INVALID  # it is not in that group
        assert (await bot.send_message(chat, "")).kind is Kind.INVALID
        wrong = type(bot)(stage.transport, token="1:wrong")
        assert (await wrong.send_message(chat, "tin")).kind is Kind.CHANNEL_DOWN

    play(scene)

"""The life of a GMF group, client against stand-in."""

import pytest

from gateways.zalo.outcomes import Kind, ZaloRefused
from gateways.zalo.text import TextRefused
from tests.gateways.zalo.stage import Stage, play

DAY = 86400


async def code_of(call) -> int | None:
    with pytest.raises(ZaloRefused) as refused:
        await call
    return refused.value.outcome.code


def test_from_a_free_slot_to_dissolution():
    async def scene(stage: Stage) -> None:
        oa, admin, people = stage.oa, stage.seeded["admin_user_id"], stage.seeded["user_ids"]
        free = next(asset for asset in await oa.group_assets(product_type="gmf1000") if asset.status == "available")
        made = await oa.create_group(
            name="ANTT tổ 9", asset_id=free.asset_id, member_user_ids=[admin], description="Nhóm tổ 9"
        )
        assert (made.name, made.total_member, made.status) == ("ANTT tổ 9", 2, "enabled")
        assert made.link.startswith("https://zalo.me/g/")
        used = next(asset for asset in await oa.group_assets() if asset.asset_id == free.asset_id)
        assert (used.status, used.used_id) == ("used", made.group_id)

        await oa.invite(made.group_id, people[:2])
        members = await oa.members(made.group_id)
        assert members.total == 4
        assert [m.oa_id for m in members.items if not m.user_id] == [stage.seeded["oa_id"]]

        await oa.add_admins(made.group_id, [people[0]])
        assert await code_of(oa.add_admins(made.group_id, [people[4]])) == -201
        await oa.remove_admins(made.group_id, [people[0]])
        await oa.remove_members(made.group_id, [people[0]])
        assert (await oa.members(made.group_id)).total == 3

        changed = await oa.update_group(
            made.group_id, name="ANTT tổ 9 mới", description="Mới", lock_send_msg=True, join_appr=True
        )
        assert (changed.group.name, changed.group.description) == ("ANTT tổ 9 mới", "Mới")
        assert (changed.lock_send_msg, changed.join_appr, changed.enable_link_join) == (True, True, True)
        assert await oa.group(made.group_id) == changed
        assert (changed.asset_type, changed.max_member, changed.auto_renew) == ("gmf1000", 1000, True)

        another = next(asset for asset in await oa.group_assets(product_type="gmf1000") if asset.status == "available")
        moved = await oa.update_group_asset(made.group_id, another.asset_id)
        assert moved.asset_id == another.asset_id

        assert made.group_id in [group.group_id for group in (await oa.groups()).items]
        await oa.delete_group(made.group_id)
        assert made.group_id not in [group.group_id for group in (await oa.groups()).items]
        assert await code_of(oa.group(made.group_id)) == -403

    play(scene)


def test_who_waits_for_approval():
    async def scene(stage: Stage) -> None:
        oa, group_id = stage.oa, stage.group_id
        await oa.update_group(group_id, join_appr=True)
        waiting = [(await stage.control("person", action="new", name=f"Người {n}"))["user_id"] for n in range(3)]
        for user_id in waiting:
            await stage.control(
                "person", action="join", oa_id=stage.seeded["oa_id"], user_id=user_id, group_id=group_id
            )
        assert [member.user_id for member in (await oa.pending(group_id)).items] == waiting
        await oa.accept_pending(group_id, waiting[:1])
        await oa.reject_pending(group_id, waiting[1:2])
        assert [member.user_id for member in (await oa.pending(group_id)).items] == waiting[2:]
        everyone = [member.user_id for member in (await oa.members(group_id)).items]
        assert waiting[0] in everyone
        assert waiting[1] not in everyone
        assert await code_of(oa.accept_pending(group_id, waiting[1:2])) == -201

    play(scene)


def test_pages_of_a_list():
    async def scene(stage: Stage) -> None:
        first = await stage.oa.groups(offset=0, count=4)
        second = await stage.oa.groups(offset=4, count=4)
        assert (first.total, len(first.items), len(second.items), second.offset) == (6, 4, 2, 4)
        assert not {g.group_id for g in first.items} & {g.group_id for g in second.items}

    play(scene, groups=6)


def test_what_stands_against_a_new_group():
    async def scene(stage: Stage) -> None:
        oa, admin, people = stage.oa, stage.seeded["admin_user_id"], stage.seeded["user_ids"]
        slot, small = stage.seeded["asset_ids"][0], stage.seeded["asset_ids"][-1]

        async def create(asset_id=slot, members=(admin,), name="Nhóm"):
            return await oa.create_group(name=name, asset_id=asset_id, member_user_ids=list(members))

        assert await code_of(create(members=people[:2])) == -201  # nobody of the account among them
        assert await code_of(create(asset_id="0" * 20)) == -201
        assert await code_of(create(asset_id=small, members=[admin, *people[:9]])) == -210
        await create(asset_id=small)
        assert await code_of(create(asset_id=small)) == -241
        await create()
        assert await code_of(create()) == -238
        with pytest.raises(TextRefused):
            await create(name="n" * 31)
        with pytest.raises(ValueError):
            await create(members=[])
        with pytest.raises(ValueError):
            await create(members=[admin] * 100)

    play(scene, members=12)


@pytest.mark.parametrize(("field", "code"), [("verified", -221), ("has_package", -224)])
def test_an_account_that_may_not_have_groups(field, code):
    async def scene(stage: Stage) -> None:
        await stage.control("change", what="account", id=stage.seeded["oa_id"], set={field: False})
        assert await code_of(stage.oa.groups()) == code
        outcome = await stage.oa.send_group_text(stage.group_id, "tin")
        assert (outcome.kind, outcome.code) == (Kind.CHANNEL_DOWN, code)

    play(scene)


def test_only_followers_and_recent_contacts_can_be_invited_and_only_while_there_is_room():
    async def scene(stage: Stage) -> None:
        stranger = (await stage.control("person", action="new"))["user_id"]
        assert await code_of(stage.oa.invite(stage.group_id, [stranger])) == -232
        await stage.control("person", action="follow", oa_id=stage.seeded["oa_id"], user_id=stranger)
        for _n in range(4):
            extra = (await stage.control("person", action="new"))["user_id"]
            await stage.control("person", action="follow", oa_id=stage.seeded["oa_id"], user_id=extra)
            await stage.oa.invite(stage.group_id, [extra])
        assert (await stage.oa.members(stage.group_id)).total == 10  # the account, its admin, four seeded, four new
        assert await code_of(stage.oa.invite(stage.group_id, [stranger])) == -210

    play(scene, members=4, product="gmf10")


def test_an_unpaid_group_is_disabled_then_dissolved():
    async def scene(stage: Stage) -> None:
        oa = stage.oa
        await stage.control("clock", advance=20 * 3600)
        outcome = await oa.send_group_text(stage.group_id, "tin")
        assert (outcome.kind, outcome.code) == (Kind.GROUP_REFUSED, -237)
        assert (await oa.group(stage.group_id)).group.status == "disabled"
        await stage.control("clock", advance=46 * DAY)
        access, _renewal = stage.standin.world.issue(stage.seeded["oa_id"], stage.seeded["app_id"])
        stage.seeded["access_token"] = access
        assert (await stage.oa.send_group_text(stage.group_id, "tin")).code == -403

    play(scene, valid_days=0.5)


def test_another_accounts_group_and_an_ordinary_group_are_not_ours():
    async def scene(stage: Stage) -> None:
        other = await stage.control("seed", groups=1)
        for group_id in (other["groups"][0]["group_id"], stage.seeded["ordinary_group_id"], "0" * 20):
            outcome = await stage.oa.send_group_text(group_id, "tin")
            assert (outcome.kind, outcome.code) == (Kind.GROUP_REFUSED, -403)
        assert await stage.posts() == []

    play(scene)


def test_looking_for_our_posts_never_shows_residents_words():
    async def scene(stage: Stage) -> None:
        sent = await stage.oa.send_group_text(stage.group_id, "Thông báo VK-4F7K")
        await stage.control(
            "person",
            action="group_message",
            oa_id=stage.seeded["oa_id"],
            user_id=stage.seeded["user_ids"][0],
            group_id=stage.group_id,
            text="chuyện riêng 7f3a",
        )
        found = await stage.oa.own_messages(stage.group_id)
        assert [(message.message_id, message.text) for message in found] == [(sent.remote_id, "Thông báo VK-4F7K")]
        assert "7f3a" not in repr(found)

    play(scene)


def test_a_change_that_is_partly_wrong_changes_nothing():
    async def scene(stage: Stage) -> None:
        before = await stage.oa.group(stage.group_id)
        assert await code_of(stage.oa.update_group(stage.group_id, name="Tên mới", avatar_url="nonsense")) == -201
        assert await stage.oa.group(stage.group_id) == before
        changed = await stage.oa.update_group(stage.group_id, avatar_url="https://vikhe.example/nhom.png")
        assert changed.group.avatar == "https://vikhe.example/nhom.png"

    play(scene)

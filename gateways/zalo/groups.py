"""GMF: groups that an Official Account creates and owns.

Every method raises :class:`~gateways.zalo.outcomes.ZaloRefused` when Zalo did not confirm. When its outcome is UNKNOWN
the change may have been made: read the group before trying again.
"""

from collections.abc import Sequence
from typing import Any

from gateways.zalo.calls import Caller
from gateways.zalo.outcomes import Kind, Outcome, ZaloRefused, as_int
from gateways.zalo.records import Asset, GroupDetail, GroupSummary, Member, OwnMessage, Page, rows
from gateways.zalo.text import GROUP_NAME_LIMIT, TextRefused, normalise

_GROUP = "/v3.0/oa/group/"
MAX_FIRST_MEMBERS = 99


class GroupCalls(Caller):
    async def group_assets(self, *, product_type: str = "", quota_type: str = "") -> list[Asset]:
        """Slots for groups the account owns, free and used (``quota/group``)."""
        body = {"quota_owner": "OA"}
        if product_type:
            body["product_type"] = product_type
        if quota_type:
            body["quota_type"] = quota_type
        return [Asset.read(row) for row in rows(await self._write("/v3.0/oa/quota/group", body))]

    async def create_group(
        self, *, name: str, asset_id: str, member_user_ids: Sequence[str], description: str = ""
    ) -> GroupSummary:
        """Create a group in a free slot. ``name`` 1–30 characters; 1–99 members, one of them an account admin.

        Raises TextRefused or ValueError before anything is sent. An UNKNOWN outcome may have made the group: look in
        :meth:`groups` first.
        """
        if not 1 <= len(member_user_ids) <= MAX_FIRST_MEMBERS:
            raise ValueError(f"a group begins with 1 to {MAX_FIRST_MEMBERS} members")
        body: dict[str, Any] = {
            "group_name": _name(name),
            "asset_id": asset_id,
            "member_user_ids": list(member_user_ids),
        }
        if description:
            body["group_description"] = normalise(description)
        return GroupSummary.read(await self._write(_GROUP + "creategroupwithoa", body, id_field="group_id"))

    async def group(self, group_id: str) -> GroupDetail:
        """State, slot and settings of one group."""
        return _detail(await self._get(_GROUP + "getgroup", {"group_id": group_id}))

    async def update_group(
        self,
        group_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        avatar_url: str | None = None,
        lock_send_msg: bool | None = None,
        join_appr: bool | None = None,
        enable_msg_history: bool | None = None,
        enable_link_join: bool | None = None,
    ) -> GroupDetail:
        """Change what is given, leave the rest. ``lock_send_msg``: only the account and deputies may post."""
        body: dict[str, Any] = {
            "group_name": None if name is None else _name(name),
            "group_description": None if description is None else normalise(description),
            "group_avatar": avatar_url,
            "lock_send_msg": lock_send_msg,
            "join_appr": join_appr,
            "enable_msg_history": enable_msg_history,
            "enable_link_join": enable_link_join,
        }
        changes = {key: value for key, value in body.items() if value is not None}
        return _detail(await self._write(_GROUP + "updateinfo", {"group_id": group_id, **changes}))

    async def update_group_asset(self, group_id: str, asset_id: str) -> GroupDetail:
        """Move a group into another slot: a larger one, or a renewal."""
        return _detail(await self._write(_GROUP + "updateasset", {"group_id": group_id, "asset_id": asset_id}))

    async def groups(self, *, offset: int = 0, count: int = 50) -> Page[GroupSummary]:
        """Groups of the account, one page."""
        data = await self._get(_GROUP + "getgroupsofoa", {"offset": str(offset), "count": str(count)})
        return _page(data, "groups", GroupSummary.read)

    async def members(self, group_id: str, *, offset: int = 0, count: int = 50) -> Page[Member]:
        """Members of a group, one page; the account itself is among them."""
        data = await self._get(
            _GROUP + "listmember", {"group_id": group_id, "offset": str(offset), "count": str(count)}
        )
        return _page(data, "members", Member.read)

    async def pending(self, group_id: str, *, offset: int = 0, count: int = 50) -> Page[Member]:
        """People who wait for approval to join."""
        data = await self._get(
            _GROUP + "listpendinginvite", {"group_id": group_id, "offset": str(offset), "count": str(count)}
        )
        return _page(data, "members", Member.read)

    async def invite(self, group_id: str, user_ids: Sequence[str]) -> None:
        """Invite followers, or people who contacted the account within 7 days."""
        await self._member_call("invite", group_id, user_ids)

    async def accept_pending(self, group_id: str, user_ids: Sequence[str]) -> None:
        await self._member_call("acceptpendinginvite", group_id, user_ids)

    async def reject_pending(self, group_id: str, user_ids: Sequence[str]) -> None:
        await self._member_call("rejectpendinginvite", group_id, user_ids)

    async def add_admins(self, group_id: str, user_ids: Sequence[str]) -> None:
        """Make members deputies (phó nhóm)."""
        await self._member_call("addadmins", group_id, user_ids)

    async def remove_admins(self, group_id: str, user_ids: Sequence[str]) -> None:
        await self._member_call("removeadmins", group_id, user_ids)

    async def remove_members(self, group_id: str, user_ids: Sequence[str]) -> None:
        await self._member_call("removemembers", group_id, user_ids)

    async def delete_group(self, group_id: str) -> None:
        """Dissolve the group (giải tán). It cannot be undone: ask a person first."""
        await self._write(_GROUP + "delete", {"group_id": group_id})

    async def own_messages(self, group_id: str, *, offset: int = 0, count: int = 20) -> list[OwnMessage]:
        """The account's own messages among the latest ``count`` of a group, newest first.

        For finding out whether a post arrived. Residents' messages in the answer (``src`` 1) are dropped unread.
        """
        data = await self._get(
            _GROUP + "conversation", {"group_id": group_id, "offset": str(offset), "count": str(count)}
        )
        return [OwnMessage.read(row) for row in rows(data) if as_int(row.get("src")) == 0]

    async def _member_call(self, name: str, group_id: str, user_ids: Sequence[str]) -> None:
        if not user_ids:
            raise ValueError("nobody named")
        await self._write(_GROUP + name, {"group_id": group_id, "member_user_ids": list(user_ids)})


def _name(name: str) -> str:
    clean = normalise(name).strip()
    if not clean:
        raise TextRefused("empty", 0, GROUP_NAME_LIMIT)
    if len(clean) > GROUP_NAME_LIMIT:
        raise TextRefused("too_long", len(clean), GROUP_NAME_LIMIT)
    return clean


def _detail(data: Any) -> GroupDetail:
    detail = GroupDetail.read(data)
    if not detail.group.group_id:
        raise ZaloRefused(Outcome(Kind.UNKNOWN, 0, message="no group_info"))
    return detail


def _page(data: Any, key: str, read: Any) -> Page[Any]:
    data = data if isinstance(data, dict) else {}
    items = tuple(read(row) for row in rows(data.get(key)))
    total = as_int(data.get("total"), len(items)) or 0
    return Page(items, total, as_int(data.get("offset"), 0) or 0, as_int(data.get("count"), len(items)) or 0)

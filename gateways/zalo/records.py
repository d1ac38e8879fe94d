"""Answers of Zalo as small records. Ids are text; numbers written as text are numbers; unknown members are ignored."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateways.zalo.outcomes import as_id, as_int

T = TypeVar("T")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_id(value)


def _flag(value: Any) -> bool:
    """``true`` in one answer, ``"true"`` in another."""
    return value is True or value == "true"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; anything else in it is dropped."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Asset:
    """A slot for a group. ``status`` available or used; ``used_id`` the group in it; ``valid_through`` d/m/Y."""

    asset_id: str
    product_type: str
    quota_type: str
    valid_through: str
    auto_renew: bool
    status: str
    used_id: str

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Asset":
        return cls(
            as_id(row.get("asset_id")),
            _text(row.get("product_type")),
            _text(row.get("quota_type")),
            _text(row.get("valid_through")),
            _flag(row.get("auto_renew")),
            _text(row.get("status")),
            as_id(row.get("used_id")),
        )


@dataclass(frozen=True, slots=True)
class GroupSummary:
    group_id: str
    name: str
    link: str
    description: str
    avatar: str
    total_member: int
    status: str

    @classmethod
    def read(cls, row: dict[str, Any]) -> "GroupSummary":
        return cls(
            as_id(row.get("group_id")),
            _text(row.get("name")),
            _text(row.get("group_link")),
            _text(row.get("group_description")),
            _text(row.get("avatar")),
            as_int(row.get("total_member"), 0) or 0,
            _text(row.get("status")),
        )


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """``status`` enabled or disabled; ``auto_delete_date`` d/m/Y when Zalo will dissolve an unpaid group."""

    group: GroupSummary
    max_member: int
    auto_delete_date: str
    asset_type: str
    asset_id: str
    valid_through: str
    auto_renew: bool
    lock_send_msg: bool
    join_appr: bool
    enable_msg_history: bool
    enable_link_join: bool

    @classmethod
    def read(cls, data: Any) -> "GroupDetail":
        data = _dict(data)
        info, asset = _dict(data.get("group_info")), _dict(data.get("asset_info"))
        setting = _dict(data.get("group_setting"))
        return cls(
            GroupSummary.read(info),
            as_int(info.get("max_member"), 0) or 0,
            _text(info.get("auto_delete_date")),
            _text(asset.get("asset_type")),
            as_id(asset.get("asset_id")),
            _text(asset.get("valid_through")),
            _flag(asset.get("auto_renew")),
            _flag(setting.get("lock_send_msg")),
            _flag(setting.get("join_appr")),
            _flag(setting.get("enable_msg_history")),
            _flag(setting.get("enable_link_join")),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group. The Official Account itself has ``oa_id`` and no ``user_id``."""

    user_id: str
    oa_id: str
    name: str
    avatar: str

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Member":
        return cls(as_id(row.get("user_id")), as_id(row.get("oa_id")), _text(row.get("name")), _text(row.get("avatar")))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a list; ``total`` counts all, ``offset`` and ``count`` as Zalo applied them."""

    items: tuple[T, ...]
    total: int
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message the Official Account posted in a group; ``time`` in milliseconds since 1970."""

    message_id: str
    group_id: str
    time: int
    kind: str
    text: str

    @classmethod
    def read(cls, row: dict[str, Any]) -> "OwnMessage":
        return cls(
            as_id(row.get("message_id")),
            as_id(row.get("group_id")),
            as_int(row.get("time"), 0) or 0,
            _text(row.get("type")),
            _text(row.get("message")),
        )


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """``oa_type`` 4 is a state agency, 2 a business."""

    oa_id: str
    name: str
    description: str
    alias: str
    is_verified: bool
    oa_type: int
    category: str
    followers: int
    avatar: str
    package: str
    package_valid_through: str

    @classmethod
    def read(cls, data: Any) -> "OfficialAccount":
        data = _dict(data)
        return cls(
            as_id(data.get("oaid") or data.get("oa_id")),
            _text(data.get("name")),
            _text(data.get("description")),
            _text(data.get("oa_alias")),
            _flag(data.get("is_verified")),
            as_int(data.get("oa_type"), 0) or 0,
            _text(data.get("cate_name")),
            as_int(data.get("num_follower"), 0) or 0,
            _text(data.get("avatar")),
            _text(data.get("package_name")),
            _text(data.get("package_valid_through_date")),
        )


@dataclass(frozen=True, slots=True)
class ReplyQuota:
    """Whether and how often a person may be answered. ``last_interaction`` ms since 1970, 0 when never."""

    last_interaction: int
    remain: int
    total: int

    @classmethod
    def read(cls, data: Any) -> "ReplyQuota":
        data = _dict(data)
        reply = _dict(data.get("cs_reply"))
        return cls(
            as_int(data.get("last_interaction"), 0) or 0,
            as_int(reply.get("remain"), 0) or 0,
            as_int(reply.get("total"), 0) or 0,
        )


@dataclass(frozen=True, slots=True)
class MessageQuota:
    asset_id: str
    product_type: str
    quota_type: str
    valid_through: str
    total: int
    remain: int

    @classmethod
    def read(cls, row: dict[str, Any]) -> "MessageQuota":
        return cls(
            as_id(row.get("asset_id")),
            _text(row.get("product_type")),
            _text(row.get("quota_type")),
            _text(row.get("valid_through")),
            as_int(row.get("total"), 0) or 0,
            as_int(row.get("remain"), 0) or 0,
        )

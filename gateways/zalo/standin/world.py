"""The state of the pretended Zalo: apps, accounts, tokens, people, groups, slots, posts."""

import random
from dataclasses import dataclass, field
from typing import Any

from gateways.zalo.standin.clock import Clock

DAY = 86400.0
ACCESS_SECONDS = 90000  # 25 hours
REFRESH_SECONDS = 90 * DAY
CODE_SECONDS = 600
UPLOAD_SECONDS = 7 * DAY
DISSOLVE_SECONDS = 45 * DAY
ASSET_SIZES = {"gmf10": 10, "gmf50": 50, "gmf100": 100, "gmf1000": 1000}


class Refuse(Exception):
    """An answer with a negative ``error``; HTTP stays 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class App:
    app_id: str
    secret: str
    oa_secret: str
    callback: str = ""
    challenge: str = ""
    require_proof: bool = False
    rate_limit: int | None = 4000
    window: int = 0
    used: int = 0


@dataclass
class Account:
    oa_id: str
    app_id: str
    name: str
    verified: bool = True
    has_package: bool = True
    disabled: bool = False
    oa_type: int = 4
    uploads: dict[str, int] = field(default_factory=dict)  # "image 2026-11" -> count
    broadcasts_left: int = 4
    group_ids: list[str] = field(default_factory=list)


@dataclass
class Person:
    user_id: str
    name: str
    follows: bool = False
    is_oa_admin: bool = False
    last_interaction: float = 0.0
    free_replies_used: int = 0
    banned: bool = False


@dataclass
class Asset:
    asset_id: str
    oa_id: str
    product: str
    valid_until: float
    used_by: str = ""
    quota_type: str = "purchase_quota"


@dataclass
class Group:
    group_id: str
    oa_id: str
    name: str
    link: str
    asset_id: str
    description: str = ""
    avatar: str = "http://s120.ava.grp.talk.zdn.vn/default"
    members: dict[str, None] = field(default_factory=dict)  # insertion order
    admins: set[str] = field(default_factory=set)
    pending: dict[str, None] = field(default_factory=dict)
    lock_send_msg: bool = False
    join_appr: bool = False
    enable_msg_history: bool = True
    enable_link_join: bool = True
    messages: list["Post"] = field(default_factory=list)


@dataclass(slots=True)
class Post:
    """A message as residents see it. ``src`` 0: the account, 1: a member, 2: a bot."""

    number: int
    time_ms: int
    message_id: str
    group_id: str
    src: int
    sender_id: str
    text: str
    kind: str = "text"
    attachment: str = ""
    fault: str = ""

    def public(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "time": self.time_ms,
            "message_id": self.message_id,
            "group_id": self.group_id,
            "src": self.src,
            "sender_id": self.sender_id,
            "kind": self.kind,
            "text": self.text,
            "attachment": self.attachment,
            "fault": self.fault,
        }


@dataclass
class Upload:
    upload_id: str
    oa_id: str
    kind: str
    name: str
    mime: str
    content: bytes
    expires: float


@dataclass
class Grant:
    """A token or code: whose it is and until when it works."""

    oa_id: str
    app_id: str
    expires: float
    used: bool = False
    challenge: str = ""


@dataclass
class Bot:
    token: str
    bot_id: str
    webhook: str = ""
    secret: str = ""
    chats: set[str] = field(default_factory=set)
    updates: list[dict[str, Any]] = field(default_factory=list)


class World:
    """Everything, in memory. ``seed`` makes the invented ids repeatable."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = Clock()
        self.random = random.Random(seed)  # noqa: S311 - invented ids and faults of a test server, not secrets
        self.apps: dict[str, App] = {}
        self.accounts: dict[str, Account] = {}
        self.people: dict[str, Person] = {}
        self.assets: dict[str, Asset] = {}
        self.groups: dict[str, Group] = {}
        self.uploads: dict[str, Upload] = {}
        self.articles: dict[str, dict[str, Any]] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.bots: dict[str, Bot] = {}
        self.posts: list[Post] = []
        self.private: list[dict[str, Any]] = []  # messages to single persons, followers, phones
        self.invites_bypass_approval = True  # not documented, so a switch
        self.bot_private_webhook = False  # the Bot platform refuses inner addresses; tests may allow them

    def hex_id(self) -> str:
        """20 hexadecimal characters: groups, messages, slots."""
        return f"{self.random.getrandbits(80):020x}"

    def long_id(self) -> str:
        """19 digits, beyond 2^53: accounts, apps, people."""
        return str(self.random.randrange(10**18, 9 * 10**18))

    def token(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def issue(self, oa_id: str, app_id: str) -> tuple[str, str]:
        """A new pair of tokens."""
        now, access, renewal = self.clock.now(), self.token(), self.token()
        self.access[access] = Grant(oa_id, app_id, now + ACCESS_SECONDS)
        self.refresh[renewal] = Grant(oa_id, app_id, now + REFRESH_SECONDS)
        return access, renewal

    def member_count(self, group: Group) -> int:
        return len(group.members) + 1  # the account itself is a member

    def asset_expired(self, group: Group) -> bool:
        """An ordinary group (one that no account owns) has no slot and never expires."""
        asset = self.assets.get(group.asset_id)
        return asset is not None and asset.valid_until < self.clock.now()

    def due_for_deletion(self, group: Group) -> bool:
        asset = self.assets.get(group.asset_id)
        return asset is not None and asset.valid_until + DISSOLVE_SECONDS < self.clock.now()

    def drop_group(self, group: Group) -> None:
        """Dissolve a group of an account; its slot is free again. What was posted stays in ``posts``."""
        self.assets[group.asset_id].used_by = ""
        self.groups.pop(group.group_id, None)
        owner = self.accounts[group.oa_id]
        if group.group_id in owner.group_ids:
            owner.group_ids.remove(group.group_id)

    def add_post(
        self, group: Group, *, src: int, sender_id: str, text: str, kind: str, attachment: str, fault: str
    ) -> Post:
        post = Post(
            len(self.posts) + 1,
            self.clock.ms(),
            self.hex_id(),
            group.group_id,
            src,
            sender_id,
            text,
            kind,
            attachment,
            fault,
        )
        self.posts.append(post)
        group.messages.append(post)
        return post

"""Something to open for every address that names an object: made once per ward, by the same hand in both wards.

A new address whose object is of a kind known here needs nothing; a new kind needs one line in PARTS.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import timezone

from tests.factories import LONG_AGO, make_post, make_user
from vikhe_portal.core import crypto
from vikhe_portal.core.scope import ward_scope

_numbers = itertools.count(1000)


def row(label: str, ward_id: int, **fields: Any) -> Any:
    """Make a row of the model `label` in a ward: what must not be empty is filled in, keys with its rows."""
    model = apps.get_model(label)
    values = dict(fields)
    for field in model._meta.local_fields:
        if field.name in values or field.null or field.has_default() or field.primary_key:
            continue
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            continue
        values[field.name] = _value(field, ward_id)
    values.pop("ward", None)
    if any(field.name == "ward" for field in model._meta.local_fields):
        values["ward_id"] = ward_id
    with ward_scope(ward_id):
        return model.objects.create(**values)


def _value(field: models.Field, ward_id: int) -> Any:
    number = next(_numbers)
    if field.is_relation:
        target = field.related_model._meta.label_lower
        if target == "wards.ward":
            return None
        if target == "accounts.user":
            return make_user()
        if target == "broadcasts.category":
            return field.related_model.objects.order_by("pk").first()
        return row(target, ward_id)
    if field.choices:
        return field.choices[0][0]
    kind = field.get_internal_type()
    if kind in ("CharField", "TextField", "SlugField"):
        return "" if field.blank else f"x{number}"[-(field.max_length or 9) :]
    made: dict[str, Callable[[], Any]] = {
        "DateField": lambda: timezone.localdate(),
        "DateTimeField": timezone.now,
        "DateTimeRangeField": lambda: DateTimeTZRange(LONG_AGO, None),
        "DateRangeField": lambda: DateRange(date(2025, 7, 1), None),
        "BinaryField": lambda: b"x",
        "UUIDField": uuid.uuid4,
        "JSONField": dict,
    }
    return made.get(kind, lambda: number)()


class Ward:
    """The objects of one ward, each made when first asked for."""

    def __init__(self, ward_id: int, place: Any = None) -> None:
        self.ward_id = ward_id
        self.made: dict[str, Any] = {"neighbourhood": place} if place else {}

    def __getitem__(self, part: str) -> Any:
        if part not in self.made:
            self.made[part] = PARTS[part](self)
        return self.made[part]

    def real_words(self, name: str, wanted: list[str]) -> dict[str, Any]:
        """Words in an address that really open something: the token of the group, the code of a post."""
        real: dict[str, Any] = {}
        if "token" in wanted:
            real["token"] = self["group"].token
        if "code" in wanted and name.startswith("broadcasts:"):
            real["code"] = self["delivery"].code
        real.update(REAL_WORDS.get(name, {}))
        if "oa_id" in wanted:
            real["oa_id"] = self["channel"].oa_id
        if name == "tips:ward-form" or "ward" in wanted:
            real["code" if "code" in wanted else "ward"] = self.ward_id
        return real

    def row(self, label: str, **fields: Any) -> Any:
        """A row of this ward."""
        return row(label, self.ward_id, **fields)


def _removal(ward: Ward) -> Any:
    post = ward["delivery"]
    ward.row("broadcasts.broadcastversion", broadcast=post.broadcast, number=post.occurrence.version)
    return ward.row("broadcasts.removal", delivery=post, state="open")


def _person_with_post(ward: Ward) -> Any:
    user = make_user()
    ward.made["post"] = make_post(user, "duty_officer", ward_id=ward.ward_id)
    return user


def _post(ward: Ward) -> Any:
    ward["user"]
    return ward.made["post"]


def _group(ward: Ward) -> Any:
    group = ward.row("groups.zalogroup", name="Zalo ANTT thử", status="active", link="https://zalo.me/g/abcdef999")
    ward.row("groups.groupneighbourhood", group=group, neighbourhood=ward["neighbourhood"])
    return group


def _tip(ward: Ward) -> Any:
    from tests.tips.factories import make_tip

    return make_tip(ward_id=ward.ward_id)


def _other_tip(ward: Ward) -> Any:
    return _tip(ward)


def _report(ward: Ward) -> Any:
    from groups.services.groups import REPORT_TEXT

    key = uuid.uuid4().hex
    text = crypto.encrypt(b"x", ward_id=ward.ward_id, context=REPORT_TEXT, row=key)
    return ward.row("groups.groupreport", group=ward["group"], text=text, key=key)


def _channel(ward: Ward) -> Any:
    key = uuid.uuid4()
    sealed = {
        name: crypto.encrypt(b"x", ward_id=ward.ward_id, context=f"gateways.{name}", row=str(key))
        for name in ("app_secret", "oa_secret")
    }
    return ward.row("gateways.zalochannel", uuid=key, **sealed)


def _directive(ward: Ward) -> Any:
    return ward.row("oversight.directive", year=2026, due_on=timezone.localdate() + timedelta(days=9))


def _policy(key: str) -> Any:
    from tips.models import ClockPolicy

    return ClockPolicy.objects.filter(key=key).first()


def _hours(start: int, end: int) -> DateTimeTZRange:
    now = timezone.now()
    return DateTimeTZRange(now + timedelta(hours=start), now + timedelta(hours=end))


PARTS: dict[str, Callable[[Ward], Any]] = {
    "user": _person_with_post,
    "post": _post,
    "neighbourhood": lambda ward: ward.row("wards.neighbourhood", name="Tổ dân phố thử", key="to dan pho thu"),
    "household": lambda ward: ward.row("groups.household", neighbourhood=ward["neighbourhood"]),
    "person": lambda ward: ward.row("groups.person", household=ward["household"], full_name="Trần Thị Mẫu"),
    "import": lambda ward: ward.row("groups.rosterimport", filename="danh-sach.xlsx"),
    "group": _group,
    "violation": lambda ward: ward.row(
        "groups.violation",
        membership=ward.row("groups.membership", group=ward["group"], person=ward["person"]),
        expires_at=timezone.now() + timedelta(days=300),
    ),
    "fake": lambda ward: ward.row("groups.suspectedfake"),
    "join_request": lambda ward: ward.row(
        "groups.joinrequest", group=ward["group"], neighbourhood=ward["neighbourhood"], full_name="Trần Thị Mẫu"
    ),
    "member_list": lambda ward: ward.row("groups.memberlist", group=ward["group"]),
    "decision": lambda ward: ward.row(
        "groups.duplicatedecision",
        kind="distinct",
        kept=ward["person"],
        other=ward.row("groups.person", household=ward["household"], full_name="Trần Thị Mẫu"),
    ),
    "identity_decision": lambda ward: ward.row(
        "accounts.identitydecision",
        mode="online",
        decision_no="1/QĐ",
        decision_date=timezone.localdate(),
        file_ref="Tủ 1",
    ),
    "shift": lambda ward: ward.row("accounts.dutyshift", held=_hours(1, 9)),
    "notice": lambda ward: ward.row("accounts.notice"),
    "count": lambda ward: ward.row("groups.groupcount", group=ward["group"]),
    "check": lambda ward: ward.row("groups.groupcheck", group=ward["group"]),
    "report": _report,
    "handover": lambda ward: ward.row("groups.handover", from_user=ward["user"]),
    "step": lambda ward: ward.row("groups.handoverstep", handover=ward["handover"], key="minutes"),
    "tip": _tip,
    "other_tip": _other_tip,
    "reader": lambda ward: ward.row("tips.securityreader"),
    "ask": lambda ward: ward.row("tips.identityrequest", tip=ward["tip"]),
    "broadcast": lambda ward: ward.row("broadcasts.broadcast", title="Bản tin thử", body="Thử"),
    "occurrence": lambda ward: ward.row("broadcasts.occurrence", broadcast=ward["broadcast"], version=1),
    "delivery": lambda ward: ward.row(
        "broadcasts.delivery",
        broadcast=ward["broadcast"],
        occurrence=ward["occurrence"],
        group=ward["group"],
        deadline=timezone.now() + timedelta(days=1),
    ),
    "source": lambda ward: ward.row("broadcasts.source", url=f"https://bo{next(_numbers)}.gov.vn/rss", kind="page"),
    "source_item": lambda ward: ward.row("broadcasts.sourceitem", source=ward["source"], title="Tin thử"),
    "alarm_text": lambda ward: ward.row(
        "broadcasts.emergencytext", status="approved", approved_by=make_user(), approved_at=timezone.now()
    ),
    "alarm": lambda ward: ward.row("broadcasts.emergencyrun", text=ward["alarm_text"]),
    "removal": _removal,
    "channel": _channel,
    "review": lambda ward: ward.row("oversight.review", end=timezone.localdate() + timedelta(days=1)),
    "directive": _directive,
    "part": lambda ward: ward.row("oversight.directivepart", directive=ward["directive"]),
    "matter": lambda ward: ward.row("oversight.raisedmatter", directive=ward["directive"]),
    "regulation": lambda ward: ward.row("oversight.regulation", title="Quy chế", text="Điều 1"),
    "data_request": lambda ward: ward.row(
        "oversight.datarequest",
        household=ward["household"],
        person=ward["person"],
        due_at=timezone.now() + timedelta(days=10),
        policy=_policy("DSR_VIEW_FIX"),
        reply_policy=_policy("DSR_REPLY"),
    ),
    "breach": lambda ward: ward.row("oversight.databreach", account="Gửi nhầm"),
    "duty": lambda ward: ward.row("oversight.breachduty", breach=ward["breach"], policy=_policy("PDP_BREACH")),
    "inspection": lambda ward: ward.row("oversight.inspection", title="Kiểm tra"),
    "item": lambda ward: ward.row("oversight.inspectionitem", inspection=ward["inspection"], group=ward["group"]),
    "finding": lambda ward: ward.row("oversight.finding", item=ward["item"]),
}

# Which part an argument of an address means: by the address's name where it differs, else by the argument's.
ARGUMENTS = {
    "user_id": "user",
    "post_id": "post",
    "person_id": "person",
    "place": "neighbourhood",
    "check_id": "check",
    "count_id": "count",
    "join_id": "join_request",
    "shift_id": "shift",
    "notice_id": "notice",
    "fake_id": "fake",
    "handover_id": "handover",
    "violation_id": "violation",
    "report_id": "report",
    "step_id": "step",
    "list_id": "member_list",
    "decision_id": "decision",
}
PREFIXES = {
    "accounts:identities": "identity_decision",
    "groups:household": "household",
    "groups:door": "household",
    "groups:import": "import",
    "groups:group": "group",
    "groups:member-list-start": "group",
    "groups:handover": "handover",
    "broadcasts:": "delivery",
    "broadcasts:move-plan": "occurrence",
    "broadcasts:removal": "removal",
    "broadcasts:source-": "source",
    "broadcasts:source-item": "source_item",
    "broadcasts:emergency-run": "alarm",
    "broadcasts:emergency-text": "alarm_text",
    "gateways:channel": "channel",
    "tips:reader-end": "reader",
    "oversight:review": "review",
    "oversight:directive": "directive",
    "oversight:part-create": "directive",
    "oversight:part": "part",
    "oversight:decide": "matter",
    "oversight:regulation": "regulation",
    "oversight:data-request": "data_request",
    "oversight:data-request-record": "household",
    "oversight:breach": "breach",
    "oversight:breach-sent": "duty",
    "oversight:inspection": "inspection",
    "oversight:sheet": "item",
    "oversight:finding-create": "item",
    "oversight:mend": "finding",
    "oversight:revisit": "finding",
}
# Words in addresses that are no objects.
WORDS = {
    "position": 1,
    "year": 2026,
    "size": "a4",
    "key": "tips_by_month",
    "kind": "minutes",
    "token": "khong-co",
    "code": "KHONGCO",
    "ward": 1,
    "oa_id": "0",
    "ward_id": 13_972,
    "step": "submit",
    "action": "confirm",
}

# Words that do something, for tests that want to get inside.
REAL_WORDS = {
    "groups:plan-action": {"action": "de-xuat"},
    "groups:group-action": {"action": "cap-nhat-pho-nhom"},
    "oversight:review-step": {"step": "dem-lai"},
}


def arguments_of(name: str, wanted: list[str], ward: Ward) -> dict[str, Any]:
    """Arguments of the address `name` that mean objects of this ward. Raises LookupError for an unknown kind."""
    found: dict[str, Any] = {}
    for argument in wanted:
        if argument in ARGUMENTS:
            found[argument] = ward[ARGUMENTS[argument]].pk
        elif argument == "uuid":
            found[argument] = ward["tip" if name.startswith("tips:") else "broadcast"].uuid
        elif argument == "other":
            found[argument] = ward["other_tip"].uuid
        elif argument == "ask":
            found[argument] = ward["ask"].uuid
        elif argument == "pk":
            part = next(
                (PREFIXES[start] for start in sorted(PREFIXES, key=len, reverse=True) if name.startswith(start)), ""
            )
            if not part:
                raise LookupError(f"{name}: tests/security/objects.py does not know what its pk means")
            found[argument] = ward[part].pk
        elif argument in WORDS:
            found[argument] = 1 if name == "tips:ward-form" else WORDS[argument]
        else:
            raise LookupError(f"{name}: tests/security/objects.py does not know the argument {argument!r}")
    return found


def names_objects(wanted: list[str]) -> bool:
    """Whether an address names an object of a ward (and not only words)."""
    return any(argument in ARGUMENTS or argument in ("uuid", "ask", "pk") for argument in wanted)

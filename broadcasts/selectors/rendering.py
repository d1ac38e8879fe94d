"""The exact text of a post: merge fields filled per group, source and short code at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from broadcasts.models import BroadcastVersion
from groups.models import Appointment, GroupNeighbourhood
from vikhe_portal.core.errors import DomainError
from wards.models import WardProfile

FIELDS = ("tdp", "ten_cskv", "so_truc_ban", "trang_nhom")
_FIELD = re.compile(r"\{([a-z_]{1,30})\}")
Facts = dict[int, dict[str, str]]


def facts_of(ward_id: int, group_ids: Iterable[int]) -> Facts:
    """What each group puts into the merge fields; three queries however many groups. Must run in the ward's scope."""
    now, ids = timezone.now(), list(group_ids)
    profile = WardProfile.objects.filter(ward_id=ward_id).first()
    phone = profile.duty_phone if profile else ""
    places: dict[int, list[str]] = {pk: [] for pk in ids}
    pages: dict[int, str] = {}
    serving = GroupNeighbourhood.objects.filter(ward_id=ward_id, group_id__in=ids, held__contains=now)
    for group_id, name, token in serving.order_by("neighbourhood__number").values_list(
        "group_id", "neighbourhood__name", "group__token"
    ):
        places[group_id].append(name)
        pages[group_id] = settings.PUBLIC_ORIGIN + reverse("groups:public-group", args=[token])
    leaders = Appointment.objects.filter(ward_id=ward_id, group_id__in=ids, role="leader", held__contains=now)
    names = {row.group_id: row.user.get_full_name() for row in leaders.select_related("user")}
    return {
        pk: {
            "tdp": ", ".join(places[pk]),
            "ten_cskv": names.get(pk, ""),
            "so_truc_ban": phone,
            "trang_nhom": pages.get(pk, ""),
        }
        for pk in ids
    }


def fields_in(text: str) -> set[str]:
    """Names of the merge fields a text uses, known or not."""
    return set(_FIELD.findall(text))


def refuse_gaps(title: str, body: str, facts: Facts, names: dict[int, str]) -> None:
    """Raise DomainError for an unknown merge field, or one that would stay empty in a group (named)."""
    used = fields_in(f"{title}\n{body}")
    unknown = used - set(FIELDS)
    if unknown:
        raise DomainError(
            _("The portal does not know %(field)s. Use only {tdp}, {ten_cskv}, {so_truc_ban} and {trang_nhom}.")
            % {"field": "{" + sorted(unknown)[0] + "}"},
            field="body",
        )
    for group_id, values in facts.items():
        for field in sorted(used):
            if not values[field]:
                raise DomainError(
                    _("%(field)s would stay empty in %(group)s. Fill it in first, or take it out of the text.")
                    % {"field": "{" + field + "}", "group": names.get(group_id, "")},
                    code="empty_field",
                )


def unsaved(*, title: str, body: str, source_line: str) -> BroadcastVersion:
    """A version that nobody has saved yet, to show what it would look like."""
    return BroadcastVersion(title=title, body=body, source_line=source_line)


def open_facts(ward_id: int) -> dict[str, str]:
    """What the merge fields say where no group is spoken to. Must run in the ward's scope."""
    profile = WardProfile.objects.filter(ward_id=ward_id).first()
    return {
        "tdp": "các tổ dân phố",
        "ten_cskv": "phụ trách địa bàn",
        "so_truc_ban": profile.duty_phone if profile else "",
        "trang_nhom": "trang nhóm Zalo của tổ dân phố",
    }


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its merge fields filled in; a field without a value stays as it is written."""
    return _FIELD.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def post_text(version: BroadcastVersion | Any, values: dict[str, str], code: str) -> str:
    """What residents read: title, text, source, code. `code` may be empty in a preview."""
    parts = [filled(version.title, values), filled(version.body, values).strip(), f"Nguồn: {version.source_line}"]
    if code:
        parts[-1] += f"\nMã bản tin: {code}"
    return "\n\n".join(parts)

"""What anyone may read: a group by its token, and whether a link or number is official. Only published facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import Post, User
from groups.models import Appointment, GroupNeighbourhood, ZaloGroup
from vikhe_portal.core.scope import door_scope
from vikhe_portal.core.text import normalise_phone
from wards.models import Ward, WardProfile
from wards.selectors import active_wards

# The whole of what was typed must be the link: an address that only contains it leads somewhere else.
_LINK = re.compile(r"(?:https?://)?(?:www\.)?zalo\.me/g/([a-z0-9]{6,24})/?(?:[?#]\S*)?")
_ADDRESS = re.compile(r"://|\w\.\w[\w.-]*/|^www\.", re.IGNORECASE)


@dataclass(frozen=True)
class PublicGroup:
    """A group's public face. `leader_post` carries a telephone only when the person published it."""

    group: ZaloGroup
    ward: Ward
    official: bool
    places: list[str]
    leader: User | None
    leader_title: str
    leader_phone: str
    duty_phone: str
    office: str


def ward_of_token(token: str) -> int | None:
    """The ward whose group bears this token, or None; reads exactly that one row."""
    with door_scope(token):
        return ZaloGroup.objects.filter(token=token).values_list("ward_id", flat=True).first()


def public_group(token: str) -> PublicGroup | None:
    """The group of this token; must run in its ward's scope. Proposed groups do not exist yet."""
    group = ZaloGroup.objects.filter(token=token).exclude(status=ZaloGroup.Status.PROPOSED).first()
    if group is None:
        return None
    now = timezone.now()
    places = GroupNeighbourhood.objects.filter(ward_id=group.ward_id, group=group, held__contains=now)
    leading = (
        Appointment.objects.filter(ward_id=group.ward_id, group=group, role=Appointment.Role.LEADER, held__contains=now)
        .select_related("user")
        .first()
    )
    post = _post_of(group.ward_id, leading.user_id) if leading else None
    profile = WardProfile.objects.filter(ward_id=group.ward_id).first() or WardProfile()
    return PublicGroup(
        group=group,
        ward=Ward.objects.select_related("province").get(pk=group.ward_id),
        official=group.status == ZaloGroup.Status.ACTIVE,
        places=list(
            places.order_by("neighbourhood__number", "neighbourhood__key").values_list("neighbourhood__name", flat=True)
        ),
        leader=leading.user if leading else None,
        leader_title=(post.title or str(post.get_kind_display())) if post else "",
        leader_phone=post.phone if post and post.phone_published else "",
        duty_phone=profile.duty_phone,
        office=profile.office_address,
    )


def _post_of(ward_id: int, user_id: int) -> Post | None:
    """The police post by which a leader is shown: the area officer's first."""
    posts = Post.objects.filter(
        ward_id=ward_id, user_id=user_id, kind__in=Post.POLICE, held__contains=timezone.now()
    ).order_by("id")
    return next((post for post in posts if post.kind == Post.Kind.AREA_OFFICER), posts.first())


@dataclass(frozen=True)
class Answer:
    """Official or not, and what was understood: "link", "phone" or "" when it was neither."""

    kind: str
    official: bool = False


def check_typed(ward_id: int, typed: str) -> Answer:
    """Whether a typed group link or telephone number is official in a ward; must run in the ward's scope.

    Telephones answer yes only for the duty telephone and for numbers their holders published.
    """
    text = typed.strip()
    link = _LINK.fullmatch(text.lower())
    if link is not None:
        known = ZaloGroup.objects.filter(
            ward_id=ward_id, status=ZaloGroup.Status.ACTIVE, link=f"https://zalo.me/g/{link.group(1)}"
        )
        return Answer("link", known.exists())
    if _ADDRESS.search(text):  # a link to anywhere else, however much of the right one it carries
        return Answer("link")
    number = normalise_phone(text).number
    if not number:
        return Answer("")
    profile = WardProfile.objects.filter(ward_id=ward_id).first()
    if profile is not None and profile.duty_phone and normalise_phone(profile.duty_phone).number == number:
        return Answer("phone", True)
    published = Post.objects.filter(
        ward_id=ward_id, phone_published=True, held__contains=timezone.now(), user__is_active=True
    ).exclude(phone="")
    return Answer(
        "phone", any(normalise_phone(value).number == number for value in published.values_list("phone", flat=True))
    )


def wards_to_choose() -> list[Ward]:
    """Wards that answer on the check page."""
    return list(active_wards())


def context_of(found: PublicGroup) -> dict[str, Any]:
    """Template context of a group's public pages."""
    name = found.ward.name
    inside = name[:1].lower() + name[1:]  # within a sentence: "Công an phường Vị Khê"
    return {"found": found, "ward": found.ward, "ward_inside": inside, "group": found.group}

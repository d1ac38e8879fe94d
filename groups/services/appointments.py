"""Who holds an area, who leads a group, who its deputies are: every change keeps the past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, User
from groups.models import Appointment, GroupNeighbourhood, OfficerArea, ZaloGroup
from groups.services.timelines import overlay
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from wards.models import Neighbourhood

Role = Appointment.Role
DEPUTY_ROLES = (Role.PARTY_SECRETARY, Role.NEIGHBOURHOOD_HEAD, Role.SECURITY_HEAD)


def area_rows(ward_id: int, neighbourhood_id: int) -> QuerySet[OfficerArea]:
    """The timeline of a neighbourhood's area officers."""
    return OfficerArea.objects.filter(ward_id=ward_id, neighbourhood_id=neighbourhood_id)


def leader_rows(ward_id: int, group_id: int) -> QuerySet[Appointment]:
    """The timeline of a group's leadership."""
    return Appointment.objects.filter(ward_id=ward_id, group_id=group_id, role=Role.LEADER)


def require_officer(ward_id: int, user: User, since: datetime, until: datetime | None = None) -> None:
    """Raise DomainError unless the person holds the post of area officer from `since` (to `until`) on."""
    posts = Post.objects.filter(
        ward_id=ward_id, user=user, kind=Post.Kind.AREA_OFFICER, held__contains=DateTimeTZRange(since, until)
    )
    if not posts.exists():
        raise DomainError(
            _("%(person)s is no area officer of this ward for all of that time. Appoint the person first.")
            % {"person": user.get_full_name()},
            field="to_user",
        )


def lay_area(
    *, ward_id: int, neighbourhood_id: int, user_id: int, start: datetime, end: datetime | None, decision_no: str
) -> None:
    """Put a neighbourhood in an officer's charge from `start` to `end`. For services that have asked the policy."""
    fresh = OfficerArea(
        ward_id=ward_id,
        neighbourhood_id=neighbourhood_id,
        user_id=user_id,
        is_cover=end is not None,
        decision_no=decision_no,
    )
    overlay(area_rows(ward_id, neighbourhood_id), fresh, start=start, end=end)


def lay_leader(
    *,
    ward_id: int,
    group_id: int,
    user_id: int,
    start: datetime,
    end: datetime | None = None,
    decision_no: str = "",
    decision_date: date | None = None,
) -> None:
    """Make a person leader of a group from `start` to `end`. For services that have asked the policy."""
    fresh = Appointment(
        ward_id=ward_id,
        group_id=group_id,
        user_id=user_id,
        role=Role.LEADER,
        is_cover=end is not None,
        decision_no=decision_no,
        decision_date=decision_date,
    )
    overlay(leader_rows(ward_id, group_id), fresh, start=start, end=end)


@transaction.atomic
def assign_area(
    *, actor: Actor, user: User, neighbourhood_ids: Iterable[int], decision_no: str, at: datetime | None = None
) -> int:
    """Give neighbourhoods that have no officer to one, from `at` (now); leaderless groups there get them as leader.

    Returns how many neighbourhoods. Raises DomainError when one of them has an officer (that is a handover), when the
    person is no area officer, or when nothing is chosen.
    """
    require(actor, "groups.assign")
    start = at or timezone.now()
    ids = sorted(set(neighbourhood_ids))
    found = list(Neighbourhood.objects.select_for_update().filter(ward_id=actor.ward_id, pk__in=ids).order_by("pk"))
    if not found or len(found) != len(ids):
        raise DomainError(_("Choose at least one neighbourhood of the ward."), field="neighbourhoods")
    require_officer(actor.ward_id, user, start)
    taken = OfficerArea.objects.filter(
        ward_id=actor.ward_id, neighbourhood__in=found, held__overlap=DateTimeTZRange(start, None)
    ).select_related("neighbourhood")
    for area in taken:
        raise DomainError(
            _("%(place)s already has an area officer. Move it from that officer instead.")
            % {"place": area.neighbourhood.name},
            field="neighbourhoods",
        )
    for place in found:
        lay_area(
            ward_id=actor.ward_id,
            neighbourhood_id=place.pk,
            user_id=user.pk,
            start=start,
            end=None,
            decision_no=decision_no,
        )
        audit.record(
            actor=actor,
            action="groups.area_assigned",
            target=place,
            values={"to": user.pk, "from": start.isoformat(), "decision": decision_no},
        )
    for group_id in _leaderless_groups(actor.ward_id, ids, start):
        lay_leader(ward_id=actor.ward_id, group_id=group_id, user_id=user.pk, start=start, decision_no=decision_no)
    return len(found)


def _leaderless_groups(ward_id: int, neighbourhood_ids: list[int], at: datetime) -> list[int]:
    """Active groups serving these neighbourhoods that nobody leads from `at` on."""
    led = Appointment.objects.filter(ward_id=ward_id, role=Role.LEADER, held__overlap=DateTimeTZRange(at, None))
    return sorted(
        set(
            GroupNeighbourhood.objects.filter(
                ward_id=ward_id,
                neighbourhood_id__in=neighbourhood_ids,
                held__contains=at,
                group__status=ZaloGroup.Status.ACTIVE,
            )
            .exclude(group_id__in=led.values("group_id"))
            .values_list("group_id", flat=True)
        )
    )


@transaction.atomic
def appoint_leader(
    *,
    actor: Actor,
    group: ZaloGroup,
    user: User,
    decision_no: str,
    decision_date: date | None = None,
    at: datetime | None = None,
) -> None:
    """Make an area officer the leader of a group from `at` (now) on; whoever led it before ends at that moment.

    Raises DomainError when the person already leads it or is no area officer.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.appoint", group)
    start = at or timezone.now()
    require_officer(actor.ward_id, user, start)
    present = leader_rows(actor.ward_id, group.pk).filter(held__contains=start).first()
    if present is not None and present.user_id == user.pk:
        raise DomainError(_("This person already leads the group."), field="user")
    lay_leader(
        ward_id=actor.ward_id,
        group_id=group.pk,
        user_id=user.pk,
        start=start,
        decision_no=decision_no,
        decision_date=decision_date,
    )
    audit.record(
        actor=actor,
        action="groups.leader_appointed",
        target=group,
        values={"to": user.pk, "from": start.isoformat(), "decision": decision_no},
    )


@transaction.atomic
def renew_deputies(*, actor: Actor, group: ZaloGroup) -> tuple[int, int]:
    """Bring the deputies in line with the posts of the neighbourhoods served; returns (appointed, ended).

    The three deputies of a neighbourhood are its party cell secretary, its head and the head of its security team
    (plan II.3.a); each is appointed from the post held today, and ends when the post has ended.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.appoint", group)
    appointed, ended = appoint_deputies(group=group, at=timezone.now())
    audit.record(
        actor=actor, action="groups.deputies_renewed", target=group, values={"appointed": appointed, "ended": ended}
    )
    return appointed, ended


def appoint_deputies(*, group: ZaloGroup, at: datetime) -> tuple[int, int]:
    """The work of `renew_deputies`, for services that have asked the policy."""
    served = set(
        GroupNeighbourhood.objects.filter(ward_id=group.ward_id, group=group, held__contains=at).values_list(
            "neighbourhood_id", flat=True
        )
    )
    posts = Post.objects.filter(
        ward_id=group.ward_id, kind=Post.Kind.GROUP_DEPUTY, neighbourhood_id__in=served, held__contains=at
    )
    wanted = {(post.user_id, post.capacity, post.neighbourhood_id): post for post in posts}
    standing = Appointment.objects.select_for_update().filter(
        ward_id=group.ward_id, group=group, role__in=DEPUTY_ROLES, held__contains=at
    )
    ended = 0
    for row in standing:
        if wanted.pop((row.user_id, row.role, row.neighbourhood_id), None) is not None:
            continue
        ended += 1
        if row.held.lower >= at:
            row.delete()
        else:
            row.held = DateTimeTZRange(row.held.lower, at)
            row.save(update_fields=["held", "updated_at"])
    Appointment.objects.bulk_create(
        Appointment(
            ward_id=group.ward_id,
            group=group,
            user_id=post.user_id,
            role=post.capacity,
            neighbourhood_id=post.neighbourhood_id,
            held=DateTimeTZRange(at, None),
            decision_no=post.decision_no,
            decision_date=post.decision_date,
        )
        for post in wanted.values()
    )
    return len(wanted), ended

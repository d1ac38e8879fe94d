"""Members of a group counted on Zalo: a count that reaches what the roster says confirms it for a while."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import GroupCount, Membership, Person, ZaloGroup
from groups.selectors.member_lists import served_places
from groups.services import coverage
from groups.services.checks import store_evidence
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require


def claimed_members(group: ZaloGroup) -> int:
    """How many current residents the roster takes for members of the group."""
    rows = Membership.objects.filter(ward_id=group.ward_id, group=group, left_at=None)
    return rows.filter(person__status=Person.Status.CURRENT).count()


@transaction.atomic
def enter_count(*, actor: Actor, group: ZaloGroup, members: int, picture: bytes | None = None) -> GroupCount:
    """Note how many members Zalo shows today. Returns the count.

    As many as the roster says or more: its memberships are confirmed from now on, for as long as the ward's setting
    lets a confirmation stand. Fewer: somebody has left, nobody knows who, so nothing is confirmed. Raises DomainError
    for a group that is not active, or a picture used before.
    """
    places = served_places(group)
    coverage.lock_coverage(actor.ward_id, places)
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk, ward_id=actor.ward_id)
    require(actor, "groups.check", group)
    if group.status != ZaloGroup.Status.ACTIVE:
        raise DomainError(_("This group is closed and stays as it was."))
    now, claimed = timezone.now(), claimed_members(group)
    name, digest = store_evidence(picture, ward_id=group.ward_id) if picture else ("", "")
    row = GroupCount.objects.create(
        ward_id=group.ward_id,
        group=group,
        members=members,
        claimed=claimed,
        counted_at=now,
        counted_by_id=actor.id,
        evidence=name,
        evidence_digest=digest,
    )
    group.counted_members, group.counted_at = members, now
    group.save(update_fields=["counted_members", "counted_at", "updated_at"])
    if members >= claimed:
        held = Membership.objects.filter(ward_id=group.ward_id, group=group, left_at=None)
        held.update(confirmed_at=now)
        coverage.recount_ward(ward_id=actor.ward_id, neighbourhood_ids=places, now=now)
    audit.record(
        actor=actor,
        action="groups.counted",
        target=row,
        values={"group": group.pk, "members": members, "claimed": claimed, "picture": bool(name)},
    )
    return row

"""Which neighbourhoods and groups an actor may know of: the start of every read."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Post
from groups.models import Appointment, GroupNeighbourhood, OfficerArea, ZaloGroup
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods_of

Kind = Post.Kind
# Posts that look at the whole ward; the duty officer needs it to route, the committee to supervise.
WARD_WIDE = (
    Kind.COMMITTEE_HEAD,
    Kind.CHIEF,
    Kind.DEPUTY_HEAD,
    Kind.COMMITTEE_MEMBER,
    Kind.DEPUTY_CHIEF,
    Kind.DUTY_OFFICER,
)


def area_neighbourhood_ids(actor: Actor) -> frozenset[int]:
    """Neighbourhoods the actor has charge of today as area officer (cover included)."""
    if not actor.has(Kind.AREA_OFFICER):
        return frozenset()

    def find() -> frozenset[int]:
        areas = OfficerArea.objects.filter(ward_id=actor.ward_id, user_id=actor.id, held__contains=timezone.now())
        return frozenset(areas.values_list("neighbourhood_id", flat=True))

    return actor.remember("area_neighbourhood_ids", find)


def own_neighbourhood_ids(actor: Actor) -> frozenset[int]:
    """Neighbourhoods the actor works in: an officer's area, a deputy's own neighbourhood."""
    return area_neighbourhood_ids(actor) | actor.neighbourhood_ids(Kind.GROUP_DEPUTY)


def sees_whole_ward(actor: Actor) -> bool:
    """Whether the actor's posts (or the portal itself) look at the whole ward."""
    return actor.system or actor.has(*WARD_WIDE)


def visible_neighbourhoods(actor: Actor) -> QuerySet[Neighbourhood]:
    """The neighbourhoods of today that the actor may know the households and groups of."""
    rows = neighbourhoods_of(actor)
    if sees_whole_ward(actor):
        return rows
    return rows.filter(pk__in=own_neighbourhood_ids(actor))


def visible_groups(actor: Actor) -> QuerySet[ZaloGroup]:
    """The groups the actor may know of: all of the ward, or those serving the neighbourhoods they work in."""
    rows = ZaloGroup.objects.filter(ward_id=actor.ward_id)
    if sees_whole_ward(actor):
        return rows
    serving = GroupNeighbourhood.objects.filter(
        ward_id=actor.ward_id, neighbourhood_id__in=own_neighbourhood_ids(actor), held__contains=timezone.now()
    )
    leading = Appointment.objects.filter(ward_id=actor.ward_id, user_id=actor.id, held__contains=timezone.now())
    return rows.filter(Q(pk__in=serving.values("group_id")) | Q(pk__in=leading.values("group_id")))


def led_group_ids(actor: Actor) -> frozenset[int]:
    """Groups the actor leads today."""

    def find() -> frozenset[int]:
        rows = Appointment.objects.filter(
            ward_id=actor.ward_id, user_id=actor.id, role=Appointment.Role.LEADER, held__contains=timezone.now()
        )
        return frozenset(rows.values_list("group_id", flat=True))

    return actor.remember("led_group_ids", find)

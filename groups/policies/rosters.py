"""Who may see, mark, export and import households; who sees telephone numbers and wishes not to join."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from groups.models import Household, MemberList, RosterImport, ZaloGroup
from groups.policies.visibility import (
    area_neighbourhood_ids,
    led_group_ids,
    sees_whole_ward,
    visible_groups,
    visible_neighbourhoods,
)
from vikhe_portal.core.permissions import Actor, rule
from wards.models import Neighbourhood

Kind = Post.Kind
ROSTER_READERS = (*Post.COMMITTEE, Kind.DEPUTY_CHIEF, Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)


def visible_households(actor: Actor) -> QuerySet[Household]:
    """The households the actor may know of: those of the neighbourhoods they look at or work in."""
    rows = Household.objects.filter(ward_id=actor.ward_id)
    if sees_whole_ward(actor):
        return rows
    return rows.filter(neighbourhood__in=visible_neighbourhoods(actor))


def visible_imports(actor: Actor) -> QuerySet[RosterImport]:
    """The ward's imports, for those who may import."""
    return RosterImport.objects.filter(ward_id=actor.ward_id)


def _works_here(actor: Actor, household: Any, *, deputies: bool) -> bool:
    """Management everywhere, an officer in the area, a deputy (if `deputies`) in the neighbourhood."""
    if actor.has(*Post.MANAGEMENT):
        return True
    kinds = (Kind.AREA_OFFICER, Kind.GROUP_DEPUTY) if deputies else (Kind.AREA_OFFICER,)
    if household is None:
        return actor.has(*kinds)
    place = household.neighbourhood_id
    if place in area_neighbourhood_ids(actor):
        return True
    return deputies and place in actor.neighbourhood_ids(Kind.GROUP_DEPUTY)


@rule("rosters.list", _("See the households of the neighbourhoods one works in (committee and management: the ward)"))
def can_list(actor: Actor, obj: Any) -> bool:
    """Committee, management, area officers, deputies; which rows, `visible_households` says."""
    return actor.has(*ROSTER_READERS)


@rule("rosters.mark", _("Mark households joined, note reasons and other channels"))
def can_mark(actor: Actor, obj: Any) -> bool:
    """Area officers and deputies where they work, the management team in the whole ward."""
    return _works_here(actor, obj, deputies=True)


def markable_neighbourhoods(actor: Actor) -> QuerySet[Neighbourhood]:
    """Where `rosters.mark` lets the actor mark."""
    rows = visible_neighbourhoods(actor)
    if actor.has(*Post.MANAGEMENT):
        return rows
    return rows.filter(pk__in=area_neighbourhood_ids(actor) | actor.neighbourhood_ids(Kind.GROUP_DEPUTY))


@rule("rosters.visit", _("Walk from door to door with the list"))
def can_visit(actor: Actor, obj: Any) -> bool:
    """As for marking."""
    return _works_here(actor, obj, deputies=True)


@rule("rosters.phones", _("See telephone numbers of residents, masked"))
def can_see_masked(actor: Actor, obj: Any) -> bool:
    """Those who work with residents; committee members who hold no such post see none."""
    return _works_here(actor, obj, deputies=True)


@rule("rosters.unmask", _("See a resident's telephone number, with a reason"))
def can_unmask(actor: Actor, obj: Any) -> bool:
    """Area officers in their area and the management team; never civilians or the committee."""
    return _works_here(actor, obj, deputies=False)


@rule("rosters.wishes", _("See which households do not wish to join"))
def can_see_wishes(actor: Actor, obj: Any) -> bool:
    """The area officer alone; everyone else sees such a household as not reached yet."""
    if obj is None:
        return actor.has(Kind.AREA_OFFICER)
    return obj.neighbourhood_id in area_neighbourhood_ids(actor)


@rule("rosters.export", _("Export the household list, with its purpose recorded"))
def can_export(actor: Actor, obj: Any) -> bool:
    """Area officers (their area) and the management team."""
    return actor.has(*Post.MANAGEMENT, Kind.AREA_OFFICER)


@rule("rosters.import", _("Import rosters and lists of officers"))
def can_import(actor: Actor, obj: Any) -> bool:
    """The chief, and the ward administrator who does it for them."""
    return actor.has(Kind.CHIEF, Kind.WARD_ADMIN)


@rule("rosters.merge", _("Say whether two rows of the roster are one person"))
def can_merge(actor: Actor, obj: Any) -> bool:
    """Area officers in their area and the management team."""
    return _works_here(actor, obj, deputies=False)


@rule("rosters.mend", _("Correct or delete a resident's row when the resident asks for it"))
def can_mend(actor: Actor, obj: Any) -> bool:
    """The chief and the deputies in the management team."""
    return actor.has(*Post.MANAGEMENT)


@rule("rosters.adopt", _("Compare a group's member list with the roster"))
def can_adopt(actor: Actor, group: Any) -> bool:
    """The management team, and the leader for the groups they lead: a member list names strangers too."""
    if actor.has(*Post.MANAGEMENT):
        return True
    if group is None:
        return actor.has(Kind.AREA_OFFICER)
    return group.pk in led_group_ids(actor)


def adoptable_groups(actor: Actor) -> QuerySet[ZaloGroup]:
    """The active groups whose member lists the actor may compare."""
    rows = visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE)
    return rows if actor.has(*Post.MANAGEMENT) else rows.filter(pk__in=led_group_ids(actor))


def visible_member_lists(actor: Actor) -> QuerySet[MemberList]:
    """Member lists of the groups the actor may compare."""
    return MemberList.objects.filter(ward_id=actor.ward_id, group__in=adoptable_groups(actor))


@rule("coverage.view", _("See how many households the groups reach"))
def can_see_coverage(actor: Actor, obj: Any) -> bool:
    """Everyone who sees rosters; counts only."""
    return actor.system or actor.has(*ROSTER_READERS)

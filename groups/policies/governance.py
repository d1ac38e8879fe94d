"""Who may plan, lead, check and hand over groups."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from groups.models import Appointment, GroupCheck, Handover, HandoverStep, ZaloGroup
from groups.policies.visibility import WARD_WIDE, led_group_ids, visible_groups
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind
LOOKERS = (*WARD_WIDE, Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)


def _leads(actor: Actor, group: ZaloGroup | None) -> bool:
    """Whether the actor leads this group today; before a group is known, whether they are an area officer at all."""
    if group is None:
        return actor.has(Kind.AREA_OFFICER)
    return group.pk in led_group_ids(actor)


@rule("groups.list", _("See the security groups and their state"))
def can_list(actor: Actor, obj: Any) -> bool:
    """Police, committee, and the deputies of groups (each within what they may know of)."""
    return actor.has(*LOOKERS)


@rule("groups.plan", _("Plan groups: propose, rename, join, split"))
def can_plan(actor: Actor, obj: Any) -> bool:
    """The management team."""
    return actor.has(*Post.MANAGEMENT)


@rule("groups.accept", _("Accept proposed groups"))
def can_accept(actor: Actor, obj: Any) -> bool:
    """The chief decides (III.2.a)."""
    return actor.has(Kind.CHIEF)


@rule("groups.edit", _("Change a group's link, kind and rules"))
def can_edit(actor: Actor, group: ZaloGroup | None) -> bool:
    """The management team, and the leader for the groups they lead."""
    return actor.has(*Post.MANAGEMENT) or _leads(actor, group)


@rule("groups.appoint", _("Appoint leaders and deputies of groups, close groups"))
def can_appoint(actor: Actor, obj: Any) -> bool:
    """The chief."""
    return actor.has(Kind.CHIEF)


@rule("groups.check", _("Attest the security checklist of a group"))
def can_check(actor: Actor, group: ZaloGroup | None) -> bool:
    """The leader, or the management team."""
    return actor.has(*Post.MANAGEMENT) or _leads(actor, group)


@rule("groups.check_confirm", _("Confirm another person's security check as second person"))
def can_confirm_check(actor: Actor, check: GroupCheck | None) -> bool:
    """The management team, the leader or a deputy of the group; never the person who attested."""
    if check is None:
        return actor.has(*Post.MANAGEMENT, Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)
    if check.done_by_id == actor.id:
        return False
    if actor.has(*Post.MANAGEMENT):
        return True
    return check.group_id in appointed_group_ids(actor)


@rule("groups.report_handle", _("Deal with what residents report about a group"))
def can_handle_report(actor: Actor, group: ZaloGroup | None) -> bool:
    """The leader, or the management team."""
    return actor.has(*Post.MANAGEMENT) or _leads(actor, group)


@rule("groups.places", _("See the ward's neighbourhoods and their coverage on any day"))
def can_see_places(actor: Actor, obj: Any) -> bool:
    """Posts that look at the whole ward."""
    return actor.has(*WARD_WIDE)


@rule("groups.reorganise", _("Split and merge neighbourhoods"))
def can_reorganise(actor: Actor, obj: Any) -> bool:
    """The chief, by decision of the ward."""
    return actor.has(Kind.CHIEF)


@rule("groups.fakes", _("See and follow up suspected fakes"))
def can_follow_fakes(actor: Actor, obj: Any) -> bool:
    """The ward police: what pretends to be official is theirs to look into."""
    return actor.has(*Post.POLICE)


@rule("groups.violation", _("Record violations of a group's rules and take the next step"))
def can_record_violation(actor: Actor, group: ZaloGroup | None) -> bool:
    """The management team; leader and deputies in their own groups."""
    if actor.has(*Post.MANAGEMENT):
        return True
    if group is None:
        return actor.has(Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)
    return group.pk in appointed_group_ids(actor)


@rule("groups.violation_skip", _("Skip a step of the ladder, take a violation back"))
def can_skip_step(actor: Actor, obj: Any) -> bool:
    """The management team."""
    return actor.has(*Post.MANAGEMENT)


@rule("groups.assign", _("Assign area officers to neighbourhoods"))
def can_assign(actor: Actor, obj: Any) -> bool:
    """The chief (III.2.a)."""
    return actor.has(Kind.CHIEF)


@rule("groups.handover", _("See handovers (one's own, or all of the ward)"))
def can_see_handovers(actor: Actor, handover: Handover | None) -> bool:
    """Management team and committee head see all; officers those they give or take."""
    if actor.has(*Post.MANAGEMENT, Kind.COMMITTEE_HEAD):
        return True
    if handover is None:
        return actor.has(Kind.AREA_OFFICER)
    return actor.id in (handover.from_user_id, handover.to_user_id)


@rule("groups.handover_step", _("Do a step of a handover"))
def can_do_step(actor: Actor, step: HandoverStep | None) -> bool:
    """Each step by the person it belongs to; the management team may stand in where a second person is proof."""
    if step is None:
        return actor.has(*Post.MANAGEMENT, Kind.AREA_OFFICER)
    handover = step.handover
    giver, taker = actor.id == handover.from_user_id, actor.id == handover.to_user_id
    team = actor.has(*Post.MANAGEMENT) and not giver and not taker
    allowed = {
        "briefing": giver or team,
        "key": taker or team,
        "settings": taker or team,
        "announcement": taker or team,
        "confirmed": taker,
        "witnessed": team,
        "minutes": team or taker,
    }
    return allowed.get(step.key, False)


@rule("groups.handover_close", _("Close or take back a handover"))
def can_close_handover(actor: Actor, handover: Handover | None) -> bool:
    """The chief."""
    return actor.has(Kind.CHIEF)


@rule("groups.join", _("Admit residents who ask to join a group"))
def can_admit(actor: Actor, group: ZaloGroup | None) -> bool:
    """The management team; leader and deputies in their own groups."""
    if actor.has(*Post.MANAGEMENT):
        return True
    if group is None:
        return actor.has(Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)
    return group.pk in appointed_group_ids(actor)


def joinable_groups(actor: Actor) -> QuerySet[ZaloGroup]:
    """The active groups whose requests to join the actor may answer."""
    rows = visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE)
    return rows if actor.has(*Post.MANAGEMENT) else rows.filter(pk__in=appointed_group_ids(actor))


def appointed_group_ids(actor: Actor) -> frozenset[int]:
    """Groups in which the actor is leader or deputy today."""

    def find() -> frozenset[int]:
        rows = Appointment.objects.filter(ward_id=actor.ward_id, user_id=actor.id, held__contains=timezone.now())
        return frozenset(rows.values_list("group_id", flat=True))

    return actor.remember("appointed_group_ids", find)


def visible_handovers(actor: Actor) -> QuerySet[Handover]:
    """The handovers the actor may know of."""
    rows = Handover.objects.filter(ward_id=actor.ward_id)
    if actor.system or actor.has(*Post.MANAGEMENT, Kind.COMMITTEE_HEAD):
        return rows
    return rows.filter(Q(from_user_id=actor.id) | Q(to_user_id=actor.id))

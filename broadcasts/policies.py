"""Who writes, approves, posts and follows broadcasts, and which of them one may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from broadcasts.models import Broadcast, Delivery, EmergencyRules, Removal, Target
from broadcasts.models.emergency import default_starters
from groups.models import Appointment
from groups.policies.visibility import led_group_ids, sees_whole_ward, visible_groups
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind
WRITERS = (Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.DUTY_OFFICER, Kind.AREA_OFFICER)
DESK = (Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.DUTY_OFFICER)
APPROVERS = (Kind.CHIEF, Kind.DEPUTY_CHIEF)
S = Broadcast.Status


def run_group_ids(actor: Actor) -> frozenset[int]:
    """Groups the actor leads or is a deputy of today."""

    def find() -> frozenset[int]:
        rows = Appointment.objects.filter(ward_id=actor.ward_id, user_id=actor.id, held__contains=timezone.now())
        return frozenset(rows.values_list("group_id", flat=True))

    return actor.remember("run_group_ids", find)


def visible_broadcasts(actor: Actor) -> QuerySet[Broadcast]:
    """All of the ward for the posts that look at all of it; for others their own and those that reach their groups."""
    rows = Broadcast.objects.filter(ward_id=actor.ward_id)
    if sees_whole_ward(actor):
        return rows
    reaching = Target.objects.filter(ward_id=actor.ward_id, group_id__in=visible_groups(actor).values("pk"))
    gone_out = Q(status__in=[S.SCHEDULED, S.DELIVERING, S.DONE, S.STOPPED], pk__in=reaching.values("broadcast_id"))
    return rows.filter(Q(author_id=actor.id) | gone_out)


def visible_deliveries(actor: Actor) -> QuerySet[Delivery]:
    """Deliveries to groups the actor may know of."""
    rows = Delivery.objects.filter(ward_id=actor.ward_id)
    return rows if sees_whole_ward(actor) else rows.filter(group_id__in=visible_groups(actor).values("pk"))


def postable_deliveries(actor: Actor) -> QuerySet[Delivery]:
    """Cards waiting that are the actor's: held by name, of groups they lead, or overdue in theirs."""
    waiting = Delivery.objects.filter(ward_id=actor.ward_id, state=Delivery.State.HANDED_TO)
    overdue = Q(group_id__in=run_group_ids(actor), deputies_from__lte=timezone.now())
    return waiting.filter(Q(holder_id=actor.id) | Q(group_id__in=led_group_ids(actor)) | overdue)


@rule("broadcasts.list", _("See broadcasts and how far they have come"))
def can_list(actor: Actor, obj: Any) -> bool:
    """Police, committee, group deputies; which rows, visible_broadcasts says."""
    if not actor.has(*WRITERS, *Post.COMMITTEE, Kind.GROUP_DEPUTY):
        return False
    return obj is None or visible_broadcasts(actor).filter(pk=obj.pk).exists()


@rule("broadcasts.write", _("Write a broadcast"))
def can_write(actor: Actor, obj: Any) -> bool:
    """Police officers; a broadcast of somebody else only the management team changes."""
    if not actor.has(*WRITERS):
        return False
    return obj is None or obj.author_id == actor.id or actor.has(*APPROVERS)


@rule("broadcasts.approve", _("Approve or return a broadcast somebody else wrote"))
def can_approve(actor: Actor, obj: Any) -> bool:
    """Chief and deputy chiefs, never the writer nor who changed the text last."""
    return actor.has(*APPROVERS) and (obj is None or actor.id not in (obj.author_id, obj.editor_id))


@rule("broadcasts.schedule", _("Send out or stop an approved broadcast"))
def can_schedule(actor: Actor, obj: Any) -> bool:
    """The management team, and whoever wrote it (it is approved already)."""
    return actor.has(*WRITERS) and (obj is None or obj.author_id == actor.id or actor.has(*APPROVERS))


@rule("broadcasts.post", _("Post cards in their groups"))
def can_post(actor: Actor, obj: Any) -> bool:
    """Leaders and deputies of the group; a card already posted is asked about by its own people too."""
    if not actor.has(Kind.AREA_OFFICER, Kind.GROUP_DEPUTY, Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.DUTY_OFFICER):
        return False
    return obj is None or obj.group_id in run_group_ids(actor) or obj.holder_id == actor.id


def removable(actor: Actor) -> QuerySet[Removal]:
    """Posts to take down that are the actor's: held by name, of groups they lead, overdue in theirs, or the desk's."""
    waiting = Removal.objects.filter(ward_id=actor.ward_id, state=Removal.State.OPEN)
    if actor.has(*DESK):
        return waiting
    overdue = Q(delivery__group_id__in=run_group_ids(actor), overdue_from__lte=timezone.now())
    return waiting.filter(Q(holder_id=actor.id) | Q(delivery__group_id__in=led_group_ids(actor)) | overdue)


def visible_removals(actor: Actor) -> QuerySet[Removal]:
    """Removals in groups the actor may know of."""
    rows = Removal.objects.filter(ward_id=actor.ward_id)
    return rows if sees_whole_ward(actor) else rows.filter(delivery__in=visible_deliveries(actor).values("pk"))


def checkable(actor: Actor) -> QuerySet[Removal]:
    """Posts somebody else says to have removed, which the actor may check."""
    said = Removal.objects.filter(ward_id=actor.ward_id, state=Removal.State.SAID).exclude(done_by_id=actor.id)
    return said if actor.has(*DESK) else said.filter(delivery__group_id__in=run_group_ids(actor))


@rule("broadcasts.remove", _("Take posts out of groups again, or check that they are gone"))
def can_remove(actor: Actor, obj: Any) -> bool:
    """Leaders and deputies of the group, who holds it, and the desk."""
    if not actor.has(*DESK, Kind.AREA_OFFICER, Kind.GROUP_DEPUTY):
        return False
    return obj is None or actor.has(*DESK) or obj.delivery.group_id in run_group_ids(actor) or obj.holder_id == actor.id


@rule("broadcasts.decide", _("Decide on deliveries of which nobody knows whether they were posted"))
def can_decide(actor: Actor, obj: Any) -> bool:
    """Chief, deputy chiefs and the duty officer."""
    return actor.has(*DESK)


@rule("broadcasts.let_out", _("See what is held back and post it all the same"))
def can_let_out(actor: Actor, obj: Any) -> bool:
    """Chief and deputy chiefs: it goes above the number of posts the ward set for itself."""
    return actor.has(*APPROVERS)


@rule("broadcasts.set_limits", _("Set the quiet hours and the number of posts a week"))
def can_set_limits(actor: Actor, obj: Any) -> bool:
    """The chief, who answers for what residents are disturbed with."""
    return actor.has(Kind.CHIEF)


def emergency_starters(actor: Actor) -> tuple[str, ...]:
    """Posts the ward named for starting an emergency."""

    def find() -> tuple[str, ...]:
        rules = EmergencyRules.objects.filter(ward_id=actor.ward_id).first()
        return tuple(rules.starters if rules else default_starters())

    return actor.remember("emergency_starters", find)


@rule("broadcasts.emergency", _("See emergencies and answer a call"))
def can_see_emergencies(actor: Actor, obj: Any) -> bool:
    """Everybody who may be called: police, committee, group deputies."""
    return actor.has(*WRITERS, *Post.COMMITTEE, Kind.GROUP_DEPUTY)


@rule("broadcasts.emergency_start", _("Start an emergency or a drill, and give the all-clear"))
def can_start_emergency(actor: Actor, obj: Any) -> bool:
    """The posts the ward named, among the police."""
    return actor.has(*(kind for kind in emergency_starters(actor) if kind in WRITERS))


@rule("broadcasts.emergency_confirm", _("Confirm or take down an emergency somebody else started"))
def can_confirm_emergency(actor: Actor, obj: Any) -> bool:
    """Chief and deputy chiefs, never who started it."""
    return actor.has(*APPROVERS) and (obj is None or obj.started_by_id != actor.id)


@rule("broadcasts.emergency_stop", _("Stop an emergency and have it taken down"))
def can_stop_emergency(actor: Actor, obj: Any) -> bool:
    """The management team, and whoever started it."""
    return actor.has(*APPROVERS) or (
        can_start_emergency(actor, None) and (obj is None or obj.started_by_id == actor.id)
    )


@rule("broadcasts.emergency_prepare", _("Prepare and approve the words of emergencies, and their rules"))
def can_prepare_emergency(actor: Actor, obj: Any) -> bool:
    """Chief and deputy chiefs; that author and approver differ, the service and the database see to."""
    return actor.has(*APPROVERS)


@rule("broadcasts.sources", _("Name the sources that broadcasts are drafted from"))
def can_manage_sources(actor: Actor, obj: Any) -> bool:
    """Chief and deputy chiefs."""
    return actor.has(*APPROVERS)

"""Who may know of which tips, who may read their words, and who may do what."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from groups.models import GroupNeighbourhood
from groups.policies.visibility import led_group_ids, own_neighbourhood_ids
from tips.models import Route, SecurityReader, Tip, TipSubject
from vikhe_portal.core.permissions import Actor, rule

PostKind = Post.Kind
# The ward's queue is theirs.
DESK = (PostKind.CHIEF, PostKind.DEPUTY_CHIEF, PostKind.DUTY_OFFICER)
LEADERS = (PostKind.CHIEF, PostKind.DEPUTY_CHIEF)
OFFICERS = (*DESK, PostKind.AREA_OFFICER)
# They see number, kind, owner, clock and state of ordinary tips; never a word.
RECORD_READERS = (PostKind.COMMITTEE_HEAD, PostKind.DEPUTY_HEAD, PostKind.COMMITTEE_MEMBER)


def reads_security(actor: Actor) -> bool:
    """Whether the actor is the chief, or a deputy chief named by a decision for reports on national security."""
    if actor.has(PostKind.CHIEF):
        return True
    if not actor.has(PostKind.DEPUTY_CHIEF):
        return False
    return actor.remember(
        "tips_reads_security",
        lambda: SecurityReader.objects.filter(ward_id=actor.ward_id, user_id=actor.id, ended_at__isnull=True).exists(),
    )


def walled_off(actor: Actor) -> Exists:
    """The condition under which a tip does not exist for the actor: it is about them, or they stepped back."""
    return Exists(TipSubject.objects.filter(ward_id=actor.ward_id, tip_id=OuterRef("pk"), user_id=actor.id))


def _near(actor: Actor) -> Q:
    neighbourhoods = own_neighbourhood_ids(actor)
    groups = led_group_ids(actor)
    near = Q(neighbourhood_id__in=neighbourhoods) | Q(group_id__in=groups)
    if actor.has(PostKind.GROUP_DEPUTY):
        serving = GroupNeighbourhood.objects.filter(
            ward_id=actor.ward_id, neighbourhood_id__in=neighbourhoods, held__endswith__isnull=True
        )
        near |= Q(neighbourhood_id__isnull=True, group_id__in=serving.values("group_id"))
    return near


def _readable(actor: Actor) -> Q:
    allowed = Q(pk__in=[])
    if actor.has(PostKind.CHIEF):
        allowed |= Q(route__in=[Route.ORDINARY, Route.CHIEF, Route.SECURITY])
    if actor.has(PostKind.DEPUTY_CHIEF, PostKind.DUTY_OFFICER):
        allowed |= Q(route=Route.ORDINARY)
    if actor.has(PostKind.DEPUTY_CHIEF):
        allowed |= Q(route=Route.CHIEF, assignee_id=actor.id)
        if reads_security(actor):
            allowed |= Q(route=Route.SECURITY)
    if actor.has(PostKind.AREA_OFFICER):
        mine = Q(assignee_id=actor.id) | Q(merged_into__assignee_id=actor.id)
        allowed |= Q(route=Route.ORDINARY) & (mine | _near(actor))
    return allowed


def readable_tips(actor: Actor) -> QuerySet[Tip]:
    """Tips whose words the actor may read. Starts from the route; what is about the actor is never in it."""
    if actor.system:
        return Tip.objects.filter(ward_id=actor.ward_id)
    return Tip.objects.filter(_readable(actor), ~walled_off(actor), ward_id=actor.ward_id)


def visible_tips(actor: Actor) -> QuerySet[Tip]:
    """Tips the actor may know of: the readable ones, and those known by number, kind, owner, clock and state only."""
    if actor.system:
        return Tip.objects.filter(ward_id=actor.ward_id)
    known = _readable(actor)
    if actor.has(PostKind.CHIEF):
        known |= Q(route=Route.CHIEF_RECORD)
    if actor.has(*RECORD_READERS):
        known |= Q(route=Route.ORDINARY)
    if actor.has(PostKind.COMMITTEE_HEAD):
        known |= Q(route=Route.HEAD_RECORD)
    if actor.has(PostKind.GROUP_DEPUTY):
        known |= Q(route=Route.ORDINARY) & _near(actor)
    return Tip.objects.filter(known, ~walled_off(actor), ward_id=actor.ward_id)


def _reads(actor: Actor, tip: Tip | None) -> bool:
    if tip is None:
        return actor.has(*OFFICERS)
    return readable_tips(actor).filter(pk=tip.pk).exists()


@rule("tips.list", _("See the tips they may know of"))
def can_list(actor: Actor, tip: Tip | None) -> bool:
    """Police, committee and group deputies; which rows, visible_tips says."""
    if not actor.has(*OFFICERS, *RECORD_READERS, PostKind.GROUP_DEPUTY):
        return False
    return tip is None or visible_tips(actor).filter(pk=tip.pk).exists()


@rule("tips.mine", _("See the tips assigned to them"))
def can_see_mine(actor: Actor, tip: Tip | None) -> bool:
    """Police officers."""
    return actor.has(*OFFICERS)


@rule("tips.read", _("Read the words and pictures of a tip"))
def can_read(actor: Actor, tip: Tip | None) -> bool:
    """Police officers, within the route of the tip."""
    return _reads(actor, tip)


@rule("tips.enter", _("Enter a tip heard in person, by telephone or in a group"))
def can_enter(actor: Actor, tip: Tip | None) -> bool:
    """Police officers."""
    return actor.has(*OFFICERS)


@rule("tips.handle", _("Answer a tip, ask the reporter, pass it to a superior"))
def can_handle(actor: Actor, tip: Tip | None) -> bool:
    """The desk, and the officer it is assigned to."""
    if tip is None:
        return actor.has(*OFFICERS)
    return _reads(actor, tip) and (actor.has(*DESK) or tip.assignee_id == actor.id)


@rule("tips.classify", _("Classify a tip; the classification sets its time limits"))
def can_classify(actor: Actor, tip: Tip | None) -> bool:
    """The desk, and the officer it is assigned to."""
    return can_handle(actor, tip)


@rule("tips.assign", _("Assign a tip to an officer"))
def can_assign(actor: Actor, tip: Tip | None) -> bool:
    """The desk; what only the chief may know of, the chief assigns."""
    if not actor.has(*DESK):
        return False
    return tip is None or (_reads(actor, tip) and (tip.route == Route.ORDINARY or actor.has(PostKind.CHIEF)))


@rule("tips.transfer", _("Transfer a tip to the competent body"))
def can_transfer(actor: Actor, tip: Tip | None) -> bool:
    """Chief, deputy chiefs and the duty officer."""
    return actor.has(*DESK) and (tip is None or _reads(actor, tip))


@rule("tips.close", _("Close or reopen a tip"))
def can_close(actor: Actor, tip: Tip | None) -> bool:
    """The desk."""
    return actor.has(*DESK) and (tip is None or _reads(actor, tip))


@rule("tips.subjects", _("Mark a tip as concerning a member of staff"))
def can_name_subjects(actor: Actor, tip: Tip | None) -> bool:
    """The desk: whoever reads that a colleague is concerned must be able to raise the wall at once."""
    return actor.has(*DESK) and (tip is None or _reads(actor, tip))


@rule("tips.join", _("Join reports of one matter, take one out again, split a second matter off"))
def can_join(actor: Actor, tip: Tip | None) -> bool:
    """The desk, and the officer who handles the tip; ordinary reports only, those about staff are never joined."""
    return can_handle(actor, tip) and (tip is None or tip.route == Route.ORDINARY)


@rule("tips.recuse", _("Step back from a tip because of a conflict of interest"))
def can_recuse(actor: Actor, tip: Tip | None) -> bool:
    """Whoever reads it."""
    return _reads(actor, tip)


@rule("tips.register", _("Print and export the intake register"))
def can_export(actor: Actor, tip: Tip | None) -> bool:
    """The desk."""
    return actor.has(*DESK)


@rule("tips.identity", _("Ask for a sealed identity to be opened"))
def can_ask_identity(actor: Actor, tip: Tip | None) -> bool:
    """Chief, deputy chiefs, and the officer it is assigned to."""
    if tip is None:
        return actor.has(*OFFICERS)
    return _reads(actor, tip) and (actor.has(*LEADERS) or tip.assignee_id == actor.id)


@rule("tips.identity_approve", _("Approve that a sealed identity is opened"))
def can_approve_identity(actor: Actor, tip: Tip | None) -> bool:
    """Chief and deputy chiefs who may read the tip (never the person who asked; the database holds that)."""
    return actor.has(*LEADERS) and (tip is None or _reads(actor, tip))


@rule("tips.readers", _("Name the deputies who read reports on national security"))
def can_name_readers(actor: Actor, tip: Any) -> bool:
    """The chief."""
    return actor.has(PostKind.CHIEF)

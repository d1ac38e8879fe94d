"""Permissions of the committee's room, and the rows one may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from oversight.models import Directive, DirectivePart, Finding, Inspection, RaisedMatter, Review
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind
# They look at the whole ward and at every directive, inspection and report.
READERS = (*Post.COMMITTEE, Kind.DEPUTY_CHIEF)
# They have work in it: their own parts and findings.
WORKERS = (Kind.DUTY_OFFICER, Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)


def reads_all(actor: Actor) -> bool:
    """Whether the actor looks at everything of the committee's room."""
    return actor.system or actor.has(*READERS)


def sees_small_numbers(actor: Actor) -> bool:
    """Whether counts under five by kind or place are shown: to the police only."""
    return actor.system or actor.has(*Post.POLICE)


@rule("oversight.dashboard", _("See the dashboard (each within what they may know of)"))
def can_see_dashboard(actor: Actor, obj: Any) -> bool:
    """Committee, police and group deputies."""
    return actor.has(*READERS, *WORKERS)


@rule("oversight.today", _("Have the day's work as first page"))
def has_day(actor: Actor, obj: Any) -> bool:
    """Those whose day is work in the groups; supervisors, provincial viewers and administrators start elsewhere."""
    return actor.has(*Post.MANAGEMENT, *WORKERS, Kind.OUTLET_KEEPER)


@rule("oversight.province", _("See the counts of the province's wards"))
def can_see_province(actor: Actor, obj: Any) -> bool:
    """Provincial viewers: counts only."""
    return actor.has(Kind.PROVINCE_VIEWER)


@rule("oversight.message", _("Write the message of the day"))
def can_write_message(actor: Actor, obj: Any) -> bool:
    """The management team."""
    return actor.has(*Post.MANAGEMENT)


@rule("reviews.list", _("See the periodic reports"))
def can_list_reviews(actor: Actor, review: Review | None) -> bool:
    """Committee and management team."""
    return reads_all(actor)


@rule("reviews.draft", _("Draft and edit periodic reports"))
def can_draft_review(actor: Actor, review: Review | None) -> bool:
    """The management team, and the portal itself on the day."""
    return actor.system or actor.has(*Post.MANAGEMENT)


@rule("reviews.approve", _("Approve a periodic report for signature"))
def can_approve_review(actor: Actor, review: Review | None) -> bool:
    """The chief, as standing deputy head."""
    return actor.has(Kind.CHIEF)


@rule("reviews.sign", _("Sign a periodic report"))
def can_sign_review(actor: Actor, review: Review | None) -> bool:
    """The committee head (III.1)."""
    return actor.has(Kind.COMMITTEE_HEAD)


@rule("reviews.return", _("Give an approved report back for changes"))
def can_return_review(actor: Actor, review: Review | None) -> bool:
    """The head who will not sign, or the chief who saw a mistake."""
    return actor.has(Kind.COMMITTEE_HEAD, Kind.CHIEF)


@rule("directives.list", _("See directives (all, or those one has a part in)"))
def can_list_directives(actor: Actor, directive: Directive | None) -> bool:
    """Committee and management see all; officers and deputies those they have a part in."""
    if reads_all(actor):
        return True
    if not actor.has(*WORKERS):
        return False
    return directive is None or visible_directives(actor).filter(pk=directive.pk).exists()


@rule("directives.manage", _("Issue directives, give out their parts, close them"))
def can_manage_directive(actor: Actor, directive: Directive | None) -> bool:
    """The committee head and the chief."""
    return actor.has(Kind.COMMITTEE_HEAD, Kind.CHIEF)


@rule("directives.work", _("Report on one's part of a directive"))
def can_work_on_part(actor: Actor, part: DirectivePart | None) -> bool:
    """The person the part was given to; head and chief may stand in."""
    if part is None:
        return actor.has(*READERS, *WORKERS)
    return part.assignee_id == actor.id or actor.has(Kind.COMMITTEE_HEAD, Kind.CHIEF)


@rule("directives.raise", _("Put a disagreement before the committee head"))
def can_raise(actor: Actor, directive: Directive | None) -> bool:
    """Members of the committee and of the management team, and whoever is responsible for the directive (III.3)."""
    if actor.has(*READERS):
        return True
    return directive is not None and directive.owner_id == actor.id


@rule("directives.decide", _("Decide what was put before the committee head"))
def can_decide(actor: Actor, matter: RaisedMatter | None) -> bool:
    """The committee head."""
    return actor.has(Kind.COMMITTEE_HEAD)


@rule("inspections.list", _("See inspections (all, or those with one's findings)"))
def can_list_inspections(actor: Actor, inspection: Inspection | None) -> bool:
    """Committee and management see all; officers and deputies those in which something is theirs to mend."""
    if reads_all(actor):
        return True
    if not actor.has(*WORKERS):
        return False
    return inspection is None or visible_inspections(actor).filter(pk=inspection.pk).exists()


@rule("inspections.plan", _("Plan inspections and draw their samples"))
def can_plan_inspection(actor: Actor, inspection: Inspection | None) -> bool:
    """Committee (III.4) and management team."""
    return actor.has(*READERS)


@rule("inspections.fill", _("Fill in the sheets of an inspection, note findings, make the second visit"))
def can_fill(actor: Actor, inspection: Inspection | None) -> bool:
    """The inspector named; the chief may stand in."""
    if inspection is None:
        return actor.has(*READERS)
    return actor.has(*READERS) and (inspection.inspector_id == actor.id or actor.has(Kind.CHIEF))


@rule("inspections.mend", _("Report a finding as mended"))
def can_mend(actor: Actor, finding: Finding | None) -> bool:
    """The person it was given to."""
    if finding is None:
        return actor.has(*READERS, *WORKERS)
    return finding.owner_id == actor.id


def visible_reviews(actor: Actor) -> QuerySet[Review]:
    """The ward's reports, for those who see them."""
    rows = Review.objects.filter(ward_id=actor.ward_id)
    return rows if reads_all(actor) else rows.none()


def visible_directives(actor: Actor) -> QuerySet[Directive]:
    """All, or those the actor owns or has a part in."""
    rows = Directive.objects.filter(ward_id=actor.ward_id)
    if reads_all(actor):
        return rows
    own = DirectivePart.objects.filter(ward_id=actor.ward_id, assignee_id=actor.id)
    return rows.filter(Q(owner_id=actor.id) | Q(pk__in=own.values("directive_id")))


def visible_parts(actor: Actor) -> QuerySet[DirectivePart]:
    """All parts, or the actor's own and those of directives they own."""
    rows = DirectivePart.objects.filter(ward_id=actor.ward_id)
    if reads_all(actor):
        return rows
    return rows.filter(Q(assignee_id=actor.id) | Q(directive__owner_id=actor.id))


def visible_inspections(actor: Actor) -> QuerySet[Inspection]:
    """All, or those in which a finding is the actor's to mend."""
    rows = Inspection.objects.filter(ward_id=actor.ward_id)
    if reads_all(actor):
        return rows
    own = Finding.objects.filter(ward_id=actor.ward_id, owner_id=actor.id)
    return rows.filter(pk__in=own.values("item__inspection_id"))


def visible_findings(actor: Actor) -> QuerySet[Finding]:
    """All findings, or the actor's own."""
    rows = Finding.objects.filter(ward_id=actor.ward_id)
    return rows if reads_all(actor) else rows.filter(owner_id=actor.id)

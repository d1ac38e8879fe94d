"""Writes on directives: issue, give out parts, report, remind, raise to the head, decide, close."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.services import notify
from oversight.models import Directive, DirectiveNote, DirectivePart, RaisedMatter
from oversight.policies.rooms import Kind
from oversight.selectors.directives import group_choices, neighbourhood_choices, people
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.transitions import move
from wards.services import next_number

SERIES = "chi-dao"
REMIND_DAYS = 2
Note = DirectiveNote.Kind


def address(directive_id: int) -> str:
    """The page of a directive, for notices."""
    return f"/chi-dao/{directive_id}/"


def _note(actor: Actor, directive_id: int, kind: str, text: str = "", part: DirectivePart | None = None) -> None:
    DirectiveNote.objects.create(
        ward_id=actor.ward_id, directive_id=directive_id, part=part, kind=kind, text=text, author_id=actor.user_id
    )


def _tell(actor: Actor, directive_id: int, user_ids: set[int]) -> None:
    others = sorted(user_ids - {actor.id})
    notify(ward_id=actor.ward_id, user_ids=others, kind="directive", url=address(directive_id))


def _of_this_ward(actor: Actor, user_id: int, field: str) -> None:
    if not people(actor).filter(pk=user_id).exists():
        raise DomainError(_("Choose a person who holds a post in this ward today."), field=field)


def _not_past(day: date) -> None:
    if day < timezone.localdate():
        raise DomainError(_("The date has already passed."), field="due_on")


def _locked(row: Directive) -> Directive:
    return Directive.objects.select_for_update(of=("self",)).get(pk=row.pk, ward_id=row.ward_id)


def _locked_part(row: DirectivePart) -> tuple[Directive, DirectivePart]:
    """Lock the directive first, then the part: everyone in the same order."""
    directive = Directive.objects.select_for_update(of=("self",)).get(pk=row.directive_id, ward_id=row.ward_id)
    return directive, DirectivePart.objects.select_for_update(of=("self",)).get(pk=row.pk, ward_id=row.ward_id)


def _must_run(directive: Directive) -> None:
    if directive.status != Directive.Status.OPEN:
        raise DomainError(_("This directive is no longer being carried out."))


@transaction.atomic
def issue_directive(
    *, actor: Actor, title: str, text: str, owner_id: int, due_on: date, source_document: str = ""
) -> Directive:
    """Issue a directive; it takes the next number of the year. Raises DomainError for a past date or a stranger."""
    require(actor, "directives.manage")
    _of_this_ward(actor, owner_id, "owner")
    _not_past(due_on)
    today = timezone.localdate()
    row = Directive.objects.create(
        ward_id=actor.ward_id,
        number=next_number(ward_id=actor.ward_id, series=SERIES, year=today.year),
        year=today.year,
        title=title.strip(),
        text=text.strip(),
        source_document=source_document.strip(),
        owner_id=owner_id,
        issued_by_id=actor.id,
        due_on=due_on,
    )
    audit.record(actor=actor, action="directives.issued", target=row, values={"number": row.number})
    _tell(actor, row.pk, {owner_id})
    return row


@transaction.atomic
def add_parts(
    *,
    actor: Actor,
    directive: Directive,
    text: str,
    assignee_id: int,
    due_on: date,
    neighbourhood_ids: tuple[int, ...] = (),
    group_id: int | None = None,
) -> list[DirectivePart]:
    """Give out a part: one for each neighbourhood named, or one for the group or the whole ward. Returns the parts.

    Raises DomainError when a part would be due after its directive, or names a place or person of nowhere.
    """
    require(actor, "directives.manage", directive)
    directive = _locked(directive)
    _must_run(directive)
    _of_this_ward(actor, assignee_id, "assignee")
    _not_past(due_on)
    if due_on > directive.due_on:
        raise DomainError(_("A part must be due no later than its directive."), field="due_on")
    places = set(neighbourhood_ids)
    if places - set(neighbourhood_choices(actor).filter(pk__in=places).values_list("pk", flat=True)):
        raise DomainError(_("Choose neighbourhoods of this ward."), field="neighbourhoods")
    if group_id is not None and not group_choices(actor).filter(pk=group_id).exists():
        raise DomainError(_("Choose a group of this ward."), field="group")
    targets: list[int | None] = [*sorted(places)] or [None]
    made = [
        DirectivePart.objects.create(
            ward_id=actor.ward_id,
            directive=directive,
            text=text.strip(),
            neighbourhood_id=place,
            group_id=group_id,
            assignee_id=assignee_id,
            due_on=due_on,
        )
        for place in targets
    ]
    audit.record(actor=actor, action="directives.parts_given", target=directive, values={"parts": [p.pk for p in made]})
    _tell(actor, directive.pk, {assignee_id})
    return made


@transaction.atomic
def report_progress(*, actor: Actor, part: DirectivePart, text: str, obstacle: bool = False) -> DirectivePart:
    """Write how a part goes; `obstacle` marks it as held up, the next report without one lifts the mark."""
    directive, part = _locked_part(part)
    require(actor, "directives.work", part)
    _must_run(directive)
    if part.status != DirectivePart.Status.OPEN:
        raise DomainError(_("This part is no longer to be done."))
    if not text.strip():
        raise DomainError(_("Write a sentence."), field="text")
    kind = Note.OBSTACLE if obstacle else (Note.REMOVED if part.blocked else Note.PROGRESS)
    part.blocked = obstacle
    part.save(update_fields=["blocked", "updated_at"])
    _note(actor, directive.pk, kind, text.strip(), part)
    audit.record(actor=actor, action=f"directives.{kind}", target=part)
    if obstacle:
        _tell(actor, directive.pk, {directive.owner_id, directive.issued_by_id})
    return part


@transaction.atomic
def finish_part(*, actor: Actor, part: DirectivePart, proof: str) -> DirectivePart:
    """Report a part as done with its proof in words (what came of it, which document or post shows it)."""
    directive, part = _locked_part(part)
    require(actor, "directives.work", part)
    _must_run(directive)
    if not proof.strip():
        raise DomainError(_("Write what was achieved and what shows it."), field="text")
    move(part, DirectivePart.Status.DONE)
    part.proof, part.done_at, part.done_by_id, part.blocked = proof.strip(), timezone.now(), actor.id, False
    part.save(update_fields=["status", "proof", "done_at", "done_by", "blocked", "updated_at"])
    _note(actor, directive.pk, Note.DONE, proof.strip()[:1000], part)
    audit.record(actor=actor, action="directives.part_done", target=part)
    _tell(actor, directive.pk, {directive.owner_id, directive.issued_by_id})
    return part


@transaction.atomic
def return_part(*, actor: Actor, part: DirectivePart, reason: str) -> DirectivePart:
    """Give a part back that was reported done but is not."""
    directive, part = _locked_part(part)
    require(actor, "directives.manage", directive)
    _must_run(directive)
    if not reason.strip():
        raise DomainError(_("Say what is missing."), field="text")
    if part.status != DirectivePart.Status.DONE:
        raise DomainError(_("Only a part reported as done can be given back."))
    move(part, DirectivePart.Status.OPEN)
    part.done_at, part.done_by = None, None
    part.save(update_fields=["status", "done_at", "done_by", "updated_at"])
    _note(actor, directive.pk, Note.RETURNED, reason.strip(), part)
    audit.record(actor=actor, action="directives.part_returned", target=part)
    _tell(actor, directive.pk, {part.assignee_id})
    return part


@transaction.atomic
def drop_part(*, actor: Actor, part: DirectivePart, reason: str) -> DirectivePart:
    """Drop a part that is no longer needed; it counts nowhere afterwards."""
    directive, part = _locked_part(part)
    require(actor, "directives.manage", directive)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="text")
    move(part, DirectivePart.Status.CANCELLED)
    part.blocked = False
    part.save(update_fields=["status", "blocked", "updated_at"])
    _note(actor, directive.pk, Note.RETURNED, reason.strip(), part)
    audit.record(actor=actor, action="directives.part_dropped", target=part)
    _tell(actor, directive.pk, {part.assignee_id})
    return part


@transaction.atomic
def raise_to_head(*, actor: Actor, directive: Directive, text: str) -> RaisedMatter:
    """Put a disagreement or large problem before the committee head; one at a time per directive (III.3)."""
    require(actor, "directives.raise", directive)
    directive = _locked(directive)
    _must_run(directive)
    if not text.strip():
        raise DomainError(_("Write what cannot be agreed."), field="text")
    try:
        with transaction.atomic():
            row = RaisedMatter.objects.create(
                ward_id=actor.ward_id, directive=directive, text=text.strip(), raised_by_id=actor.id
            )
    except IntegrityError as error:
        raise DomainError(_("A question on this directive is already before the committee head.")) from error
    audit.record(actor=actor, action="directives.raised", target=row)
    heads = Post.objects.filter(
        ward_id=actor.ward_id, kind=Kind.COMMITTEE_HEAD, held__contains=timezone.now()
    ).values_list("user_id", flat=True)
    _tell(actor, directive.pk, set(heads))
    return row


@transaction.atomic
def decide_raised(*, actor: Actor, matter: RaisedMatter, decision: str) -> RaisedMatter:
    """The head's decision, once, on record."""
    require(actor, "directives.decide", matter)
    matter = (
        RaisedMatter.objects.select_for_update(of=("self",))
        .select_related("directive")
        .get(pk=matter.pk, ward_id=matter.ward_id)
    )
    if matter.decided_at is not None:
        raise DomainError(_("This has already been decided."))
    if not decision.strip():
        raise DomainError(_("Write the decision."), field="text")
    matter.decision, matter.decided_at, matter.decided_by_id = decision.strip(), timezone.now(), actor.id
    matter.save(update_fields=["decision", "decided_at", "decided_by"])
    audit.record(actor=actor, action="directives.decided", target=matter)
    _tell(actor, matter.directive_id, {matter.raised_by_id, matter.directive.owner_id, matter.directive.issued_by_id})
    return matter


@transaction.atomic
def close_directive(*, actor: Actor, directive: Directive) -> Directive:
    """Close a directive whose parts are all done or dropped and about which nothing waits for the head."""
    require(actor, "directives.manage", directive)
    directive = _locked(directive)
    parts = DirectivePart.objects.filter(ward_id=directive.ward_id, directive=directive)
    if not parts.exclude(status=DirectivePart.Status.CANCELLED).exists():
        raise DomainError(_("Give out at least one part before closing the directive."))
    if parts.filter(status=DirectivePart.Status.OPEN).exists():
        raise DomainError(_("Some parts are not done yet."))
    if RaisedMatter.objects.filter(ward_id=directive.ward_id, directive=directive, decided_at__isnull=True).exists():
        raise DomainError(_("A question on this directive still waits for the committee head."))
    move(directive, Directive.Status.CLOSED)
    directive.closed_at = timezone.now()
    directive.save(update_fields=["status", "closed_at", "updated_at"])
    audit.record(actor=actor, action="directives.closed", target=directive)
    return directive


@transaction.atomic
def withdraw_directive(*, actor: Actor, directive: Directive, reason: str) -> Directive:
    """Withdraw a directive; its open parts leave everyone's lists with it."""
    require(actor, "directives.manage", directive)
    directive = _locked(directive)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="text")
    move(directive, Directive.Status.CANCELLED)
    directive.save(update_fields=["status", "updated_at"])
    audit.record(actor=actor, action="directives.withdrawn", target=directive, reason=reason)
    open_parts = DirectivePart.objects.filter(ward_id=directive.ward_id, directive=directive, status="open")
    _tell(actor, directive.pk, set(open_parts.values_list("assignee_id", flat=True)) | {directive.owner_id})
    return directive


@transaction.atomic
def remind_parts(*, actor: Actor, today: date) -> int:
    """Remind, once a day, of open parts due within two days or late. For the portal itself; returns how many."""
    rows = DirectivePart.objects.select_for_update(of=("self",)).filter(
        Q(reminded_on__isnull=True) | Q(reminded_on__lt=today),
        ward_id=actor.ward_id,
        status=DirectivePart.Status.OPEN,
        directive__status=Directive.Status.OPEN,
        due_on__lte=today + timedelta(days=REMIND_DAYS),
    )
    count = 0
    for part in rows:
        part.reminded_on = today
        part.save(update_fields=["reminded_on", "updated_at"])
        _note(actor, part.directive_id, Note.REMINDER, "", part)
        _tell(actor, part.directive_id, {part.assignee_id})
        audit.record(actor=actor, action="directives.reminded", target=part)
        count += 1
    return count


@transaction.atomic
def move_part(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move an open part to another person (handover protocol). Nothing happens when it has already moved."""
    part = DirectivePart.objects.select_for_update(of=("self",)).get(pk=holding_id, ward_id=actor.ward_id)
    if part.assignee_id != from_user_id or part.status != DirectivePart.Status.OPEN:
        return
    part.assignee_id = to_user_id
    part.save(update_fields=["assignee", "updated_at"])
    _note(actor, part.directive_id, Note.MOVED, reason[:1000], part)
    audit.record(actor=actor, action="directives.part_moved", target=part, reason=reason, values={"to": to_user_id})
    _tell(actor, part.directive_id, {to_user_id})


@transaction.atomic
def move_directive(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move the responsibility for a running directive to another person (handover protocol)."""
    row = Directive.objects.select_for_update(of=("self",)).get(pk=holding_id, ward_id=actor.ward_id)
    if row.owner_id != from_user_id or row.status != Directive.Status.OPEN:
        return
    row.owner_id = to_user_id
    row.save(update_fields=["owner", "updated_at"])
    _note(actor, row.pk, Note.MOVED, reason[:1000])
    audit.record(actor=actor, action="directives.moved", target=row, reason=reason, values={"to": to_user_id})
    _tell(actor, row.pk, {to_user_id})

"""What officers do with a tip: every step asks the policy on the locked row, tells the story, sets the clocks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify
from tips.models import CRIME_TRACKS, Tip, TipEvent, TipMessage, TipSubject, Track
from tips.policies import visible_tips
from tips.selectors import handlers, superiors
from tips.services import clocks, words
from tips.services.intake import check_text
from tips.services.story import tell
from tips.services.ticking import page_of
from vikhe_portal.core import transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require

S = Tip.Status
FIRST_STEPS = ("TIP_ACK",)
ASSESSED = ("TIP_ACK", "TIP_ASSESS", clocks.OF_A_PART)


def lock(actor: Actor, tip: Tip) -> Tip:
    """The tip's row, locked. Raises DomainError when it no longer exists to the actor."""
    row = visible_tips(actor).select_for_update(of=("self",)).filter(pk=tip.pk).first()
    if row is None:
        raise DomainError(_("This tip is no longer open to you."))
    return row


def need_reason(reason: str) -> str:
    """The reason as kept. Raises DomainError when there is none."""
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Please give a reason in a few words."), field="reason")
    return reason[:500]


def need_open(tip: Tip) -> None:
    """Raises DomainError for a tip that is finished, with the way on."""
    if tip.status == S.CLOSED:
        raise DomainError(_("This tip is closed. Reopen it first."))
    if tip.status == S.MERGED:
        raise DomainError(_("This report is joined to another one. Work on that one, or take this one out first."))


def tell_people(tip: Tip, kind: str, *user_ids: int | None) -> None:
    """Put a notice without content before these people."""
    ids = [user_id for user_id in user_ids if user_id is not None]
    if ids:
        notify(ward_id=tip.ward_id, user_ids=ids, kind=kind, url=page_of(tip))


@transaction.atomic
def assign(*, actor: Actor, tip: Tip, to: User, reason: str = "") -> Tip:
    """Give a tip to an officer. Raises DomainError when the tip concerns that person or they may not know of it."""
    tip = lock(actor, tip)
    require(actor, "tips.assign", tip)
    if not handlers(actor, tip).filter(pk=to.pk).exists():
        raise DomainError(_("This person cannot be given this tip. Choose another one."), field="to")
    need_open(tip)
    before = tip.assignee_id
    if before == to.pk and tip.status == S.ASSIGNED:
        raise DomainError(_("This person already handles the tip."), field="to")
    if before not in (None, to.pk):
        reason = need_reason(reason)
    if tip.status != S.ASSIGNED:
        transitions.move(tip, S.ASSIGNED)
    tip.assignee = to
    clocks.meet(tip, FIRST_STEPS)
    if tip.track == Track.DISPUTE:
        clocks.start(tip, ["MEDIATION_START"])
    clocks.settle(tip)
    tip.save()
    tell(
        tip,
        TipEvent.Kind.ASSIGNED,
        actor=actor,
        action="tips.assigned",
        reason=reason,
        facts={"to": to.pk, "before": before},
        fields=["assignee"],
    )
    if to.pk != actor.id:
        tell_people(tip, "tip_assigned", to.pk)
    return tip


@transaction.atomic
def escalate(*, actor: Actor, tip: Tip, to: User, reason: str) -> Tip:
    """Pass a tip to the deputy chief or the chief, with the reason. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.handle", tip)
    reason = need_reason(reason)
    if not superiors(actor, tip).filter(pk=to.pk).exists():
        raise DomainError(_("Choose the chief or a deputy chief."), field="to")
    need_open(tip)
    if tip.status != S.ESCALATED:
        transitions.move(tip, S.ESCALATED)
    before, tip.assignee = tip.assignee_id, to
    clocks.meet(tip, FIRST_STEPS)
    clocks.settle(tip)
    tip.save()
    tell(
        tip,
        TipEvent.Kind.ESCALATED,
        actor=actor,
        action="tips.escalated",
        reason=reason,
        facts={"to": to.pk, "before": before},
        fields=["status", "assignee"],
    )
    tell_people(tip, "tip_assigned", to.pk)
    return tip


@transaction.atomic
def transfer(*, actor: Actor, tip: Tip, to: str, reason: str, late_reason: str = "") -> Tip:
    """Hand the matter to the competent body named in `to`. Criminal matters go on being followed by its time limits.

    Raises DomainError; a limit that has passed needs `late_reason`.
    """
    tip = lock(actor, tip)
    require(actor, "tips.transfer", tip)
    reason = need_reason(reason)
    if not to.strip():
        raise DomainError(_("Write which body receives the matter."), field="to")
    if not tip.track:
        raise DomainError(_("Classify the tip first."), field="to")
    reason = _with_lateness(tip, reason, late_reason)
    transitions.move(tip, S.TRANSFERRED)
    tip.transferred_to, tip.transferred_at = to.strip()[:120], timezone.now()
    clocks.meet(tip)
    if tip.track in CRIME_TRACKS:
        clocks.start(tip, clocks.AFTER_TRANSFER)
    clocks.settle(tip)
    tip.save()
    tell(
        tip,
        TipEvent.Kind.TRANSFERRED,
        actor=actor,
        action="tips.transferred",
        reason=reason,
        fields=["status", "transferred_to"],
    )
    return tip


def _with_lateness(tip: Tip, reason: str, late_reason: str) -> str:
    """The reason, with the one for lateness where a limit has passed. Raises DomainError when that is missing."""
    if not clocks.any_overdue(tip):
        return reason
    if not late_reason.strip():
        raise DomainError(_("A time limit has passed. Please write why."), field="late_reason")
    return f"{reason} | {_('Why late:')} {late_reason.strip()}"[:500] if reason else late_reason.strip()[:500]


def write_message(tip: Tip, kind: str, body: str, *, author_id: int | None, submission: str = "") -> TipMessage:
    """Store one encrypted message of the talk with the reporter."""
    message = TipMessage(ward_id=tip.ward_id, tip=tip, kind=kind, author_id=author_id, submission=submission)
    message.body = words.close_message(body, ward_id=tip.ward_id, message_uuid=message.uuid)
    message.save(force_insert=True)
    return message


@transaction.atomic
def answer(*, actor: Actor, tip: Tip, text: str, late_reason: str = "") -> Tip:
    """Answer the reporter; they read it with their receipt. Meets the limits that run. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.handle", tip)
    text = check_text(text, field="text")
    reason = _with_lateness(tip, "", late_reason)
    transitions.move(tip, S.ANSWERED)
    undone = tip.track in CRIME_TRACKS and tip.transferred_at is None
    tip.answered_late = clocks.meet(tip, tracking=True, but=clocks.NOT_BY_ANSWER if undone else ())
    tip.answered_at = timezone.now()
    clocks.start(tip, ["TIP_CLOSE"])
    clocks.settle(tip)
    tip.save()
    write_message(tip, TipMessage.Kind.ANSWER, text, author_id=actor.id)
    tell(
        tip,
        TipEvent.Kind.ANSWERED,
        actor=actor,
        action="tips.answered",
        reason=reason,
        facts={"late": tip.answered_late},
        fields=["status"],
    )
    return tip


@transaction.atomic
def ask_reporter(*, actor: Actor, tip: Tip, text: str) -> Tip:
    """Ask the reporter something; they find it with their receipt. The limits go on running. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.handle", tip)
    text = check_text(text, field="text")
    if tip.status != S.ASKED:
        transitions.move(tip, S.ASKED)
    clocks.meet(tip, FIRST_STEPS)
    clocks.settle(tip)
    tip.save()
    write_message(tip, TipMessage.Kind.QUESTION, text, author_id=actor.id)
    tell(tip, TipEvent.Kind.ASKED, actor=actor, action="tips.asked", fields=["status"])
    return tip


@transaction.atomic
def close(*, actor: Actor, tip: Tip, reason: str) -> Tip:
    """Close an answered tip. Raises DomainError for any other: a tip is answered or transferred, never dropped."""
    tip = lock(actor, tip)
    require(actor, "tips.close", tip)
    reason = need_reason(reason)
    if tip.track in CRIME_TRACKS and tip.transferred_at is None:
        raise DomainError(
            _("A criminal matter is not closed here: transfer it to the investigating body, or reclassify it first.")
        )
    transitions.move(tip, S.CLOSED)
    clocks.meet(tip, tracking=True)
    tip.closed_at, tip.next_due_at = timezone.now(), None
    tip.save()
    tell(tip, TipEvent.Kind.CLOSED, actor=actor, action="tips.closed", reason=reason, fields=["status"])
    return tip


@transaction.atomic
def reopen(*, actor: Actor, tip: Tip, reason: str) -> Tip:
    """Take an answered, transferred or closed tip up again, with the reason. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.close", tip)
    reason = need_reason(reason)
    if tip.status not in (S.CLOSED, S.ANSWERED, S.TRANSFERRED):
        raise DomainError(_("This tip is being handled already."))
    transitions.move(tip, S.ASSIGNED)
    tip.assignee_id = tip.assignee_id or actor.id
    tip.closed_at = None
    clocks.stop(tip, only=clocks.ON_REOPENING)
    clocks.settle(tip)
    tip.save()
    tell(tip, TipEvent.Kind.REOPENED, actor=actor, action="tips.reopened", reason=reason, fields=["status"])
    return tip


@transaction.atomic
def move_with_handover(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move an open tip from one officer to another, as a handover does. Moving twice changes nothing.

    Raises DomainError when the tip concerns the incoming officer: then it stays for the chief to decide.
    """
    tip = Tip.objects.select_for_update().filter(ward_id=actor.ward_id, pk=holding_id).first()
    if tip is None or tip.assignee_id != from_user_id or not tip.is_open:
        return
    if TipSubject.objects.filter(ward_id=tip.ward_id, tip=tip, user_id=to_user_id).exists():
        raise DomainError(_("This tip must be assigned by the chief."))
    tip.assignee_id = to_user_id
    tip.save(update_fields=["assignee", "updated_at"])
    facts: dict[str, Any] = {"to": to_user_id, "before": from_user_id}
    tell(tip, TipEvent.Kind.HANDED_OVER, actor=actor, action="tips.handed_over", reason=reason, facts=facts)
    tell_people(tip, "tip_assigned", to_user_id)

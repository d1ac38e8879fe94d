"""The reporter's side: looking up a receipt, writing back, disagreeing once. Nobody is signed in here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from tips.models import Tip, TipEvent, TipMessage
from tips.selectors import place_of_receipt, subject_ids
from tips.services import clocks, receipts
from tips.services.handling import write_message
from tips.services.intake import check_text
from tips.services.reading import Message, messages_of
from tips.services.receipts import Pass
from tips.services.story import tell
from tips.services.ticking import Reachable, owners, page_of
from vikhe_portal.core import context, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import door_scope, ward_scope
from wards.models import Ward, WardProfile

MAX_REPLY = 2000
S = Tip.Status


@dataclass(frozen=True)
class Matter:
    """One matter behind a receipt: `tip` is what the reporter writes to, `shown` the report that goes on for it."""

    tip: Tip
    shown: Tip
    messages: list[Message]
    may_write: bool
    may_disagree: bool
    may_rate: bool
    ticket: str


@dataclass(frozen=True)
class ReceiptView:
    """What the holder of a receipt sees: usually one matter, more when an officer split them."""

    ward: Ward
    profile: WardProfile | None
    matters: list[Matter]


def find_by_code(code: str) -> Pass | None:
    """The tip behind a typed receipt code, or None. Callers count tries first."""
    digits = receipts.cleaned(code)
    if not digits:
        return None
    secret = receipts.receipt_hash(digits)
    with door_scope(secret):
        tip = Tip.objects.filter(receipt_hash=secret).only("uuid", "ward_id").first()
    return None if tip is None else Pass(tip.ward_id, str(tip.uuid), "")


def view_receipt(access: Pass) -> ReceiptView | None:
    """What the holder of a pass sees: state, answers, what they may still do, and a fresh pass for writing."""
    with ward_scope(access.ward_id):
        rows = Tip.objects.filter(ward_id=access.ward_id).defer("content").select_related("merged_into")
        tip = rows.filter(uuid=access.tip_uuid).first()
        if tip is None:
            return None
        ward, profile = place_of_receipt(access.ward_id)
        first = tip.split_from_id or tip.pk
        found = rows.filter(Q(pk=first) | Q(split_from_id=first)).order_by("split_from_id", "id")
        matters = sorted((_matter(row) for row in found), key=lambda matter: bool(matter.tip.split_from_id))
        return ReceiptView(ward, profile, matters)


def _matter(tip: Tip) -> Matter:
    shown = tip.merged_into or tip
    said = messages_of(tip)
    if shown is not tip:
        # Questions to another reporter, and what that one wrote, stay between those two.
        answers = [message for message in messages_of(shown) if message.kind == TipMessage.Kind.ANSWER]
        said = sorted([*said, *answers], key=lambda message: message.at)
        if shown.status == S.ASKED:
            shown.status = S.ASSIGNED  # for this page only: the question is for somebody else
    open_here = not (shown.is_record or shown.paper_reference)
    answered = shown.status in (S.ANSWERED, S.CLOSED)
    return Matter(
        tip=tip,
        shown=shown,
        messages=said,
        may_write=open_here and shown.status != S.CLOSED,
        may_disagree=open_here and tip.disagreed_at is None and answered,
        may_rate=open_here and tip.satisfied is None and shown.answered_at is not None and answered,
        ticket=receipts.give_pass(ward_id=tip.ward_id, tip_uuid=tip.uuid),
    )


def _locked(access: Pass) -> tuple[Tip, Tip]:
    """The report written to and the one that goes on for it (the same, unless it was joined), both locked."""
    known = Tip.objects.filter(ward_id=access.ward_id, uuid=access.tip_uuid).only("pk", "merged_into_id").first()
    ids = [] if known is None else [pk for pk in (known.pk, known.merged_into_id) if pk]
    rows = {
        row.pk: row for row in Tip.objects.select_for_update().filter(ward_id=access.ward_id, pk__in=ids).order_by("pk")
    }
    tip = rows.get(ids[0]) if ids else None
    shown = rows.get((tip.merged_into_id or tip.pk) if tip else 0)
    if tip is None or shown is None or shown.is_record or shown.paper_reference:
        raise DomainError(_("Nothing more can be written to this report here."))
    return tip, shown


def write_back(*, access: Pass, text: str) -> None:
    """The reporter adds something or answers a question. A page sent twice is one message. Raises DomainError."""
    text = check_text(text, limit=MAX_REPLY)
    try:
        with context.acting_from(context.Origin(source="web")), ward_scope(access.ward_id):
            tip, shown = _locked(access)
            if shown.status == S.CLOSED:
                raise DomainError(_("This report is closed. If you do not agree, say so below."), field="text")
            write_message(
                tip, TipMessage.Kind.REPLY, text, author_id=None, submission=receipts.submission_hash(access.number)
            )
            if tip.status == S.ASKED:
                transitions.move(tip, S.ASSIGNED if tip.assignee_id else S.ESCALATED)
            clocks.settle(tip)
            tip.save()
            tell(tip, TipEvent.Kind.REPLIED, actor=None, action="tips.replied")
            _notify_owner(shown)
    except IntegrityError:
        return


def disagree(*, access: Pass, text: str) -> None:
    """The reporter does not accept the answer: once, and a superior of who answered looks again. Raises DomainError."""
    text = check_text(text, limit=MAX_REPLY)
    try:
        with context.acting_from(context.Origin(source="web")), ward_scope(access.ward_id):
            tip, shown = _locked(access)
            if tip.disagreed_at is not None:
                raise DomainError(_("You have already said that you do not agree; a superior is looking at it."))
            write_message(
                tip,
                TipMessage.Kind.DISAGREEMENT,
                text,
                author_id=None,
                submission=receipts.submission_hash(access.number),
            )
            tip.disagreed_at = timezone.now()
            tip.save(update_fields=["disagreed_at", "updated_at"])
            if shown is not tip:
                tell(tip, TipEvent.Kind.REPLIED, actor=None, action="tips.replied")
            transitions.move(shown, S.ESCALATED)
            shown.closed_at, shown.assignee_id = None, _superior_of(shown)
            clocks.stop(shown, only=clocks.ON_REOPENING)
            clocks.settle(shown)
            shown.save()
            tell(shown, TipEvent.Kind.DISAGREED, actor=None, action="tips.disagreed", facts={"to": shown.assignee_id})
            _notify_owner(shown)
    except IntegrityError:
        return


def _superior_of(tip: Tip) -> int | None:
    """A deputy chief, or the chief when a deputy answered or none can be asked; never who answered or is concerned."""
    answered = (
        TipMessage.objects.filter(ward_id=tip.ward_id, tip=tip, kind=TipMessage.Kind.ANSWER)
        .order_by("-at", "-id")
        .values_list("author_id", flat=True)
        .first()
    )
    barred = subject_ids(tip) | {answered}
    deputies = set(holders(tip.ward_id, Post.Kind.DEPUTY_CHIEF).values_list("pk", flat=True))
    kinds = [Post.Kind.CHIEF]
    if tip.route == "ordinary" and answered not in deputies:
        kinds = [Post.Kind.DEPUTY_CHIEF, Post.Kind.CHIEF]
    for kind in kinds:
        found = next((pk for pk in holders(tip.ward_id, kind).values_list("pk", flat=True) if pk not in barred), None)
        if found is not None:
            return found
    return None


def _notify_owner(tip: Tip) -> None:
    hidden = subject_ids(tip)
    people = owners(tip, Reachable(tip.ward_id, timezone.now()), hidden)
    if people:
        notify(ward_id=tip.ward_id, user_ids=sorted(people), kind="tip_reply", url=page_of(tip))


@transaction.atomic
def rate(*, access: Pass, satisfied: bool) -> None:
    """The reporter says once whether the answer helped."""
    with context.acting_from(context.Origin(source="web")), ward_scope(access.ward_id):
        tip, shown = _locked(access)
        if tip.satisfied is None and shown.answered_at is not None:
            tip.satisfied = satisfied
            tip.save(update_fields=["satisfied", "updated_at"])

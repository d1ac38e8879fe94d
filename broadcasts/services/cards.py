"""Posting by hand: a card done, left out or moved; and what a person decides about a post nobody is sure of."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadcasts.models import Delivery, Proof
from broadcasts.policies import visible_deliveries
from broadcasts.services.planning import settle
from groups.models import Appointment, ZaloGroup
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require

S = Delivery.State


def _lock(actor: Actor, delivery_id: int) -> Delivery:
    rows = visible_deliveries(actor).select_for_update(of=("self",)).select_related("group")
    return rows.get(pk=delivery_id)


@transaction.atomic
def mark_posted(*, actor: Actor, delivery_id: int, kind: str, code: str = "", witness_id: int = 0) -> bool:
    """Note that the card was posted, with its proof: the code read in the post, or a second person who saw it.

    Returns False when somebody else had noted it already: then nothing changes. Raises DomainError for a proof that
    proves nothing, Delivery.DoesNotExist for a card the actor may not know of.
    """
    row = _lock(actor, delivery_id)
    require(actor, "broadcasts.post", row)
    if row.state == S.DONE_BY:
        return False
    if kind == Proof.Kind.CODE:
        if "".join(code.upper().split()) not in (row.full_code, row.full_code.removeprefix("VK-")):
            raise DomainError(
                _("This is not the code of this post. Read it in the last line of the post."), field="code"
            )
    elif kind == Proof.Kind.PERSON:
        team = Appointment.objects.filter(
            ward_id=row.ward_id, group_id=row.group_id, user_id=witness_id, held__contains=timezone.now()
        )
        if witness_id == actor.id or not team.exists():
            raise DomainError(_("Name another leader or deputy of this group who has seen the post."), field="witness")
    else:
        raise DomainError(_("Choose how it can be seen that the post is there."), field="kind")
    transitions.move(row, S.DONE_BY, field="state")
    now = timezone.now()
    row.done_by_id, row.done_at, row.sent_at, row.proof_kind = actor.id, now, now, kind
    row.save()
    Proof.objects.create(
        ward_id=row.ward_id, delivery=row, kind=kind, given_by_id=witness_id if kind == Proof.Kind.PERSON else actor.id
    )
    ZaloGroup.objects.filter(ward_id=row.ward_id, pk=row.group_id).update(last_post_at=now)
    settle(ward_id=row.ward_id, occurrence_id=row.occurrence_id)
    audit.record(actor=actor, action="broadcasts.posted", target=row, values={"proof": kind})
    return True


@transaction.atomic
def leave_out(*, actor: Actor, delivery_id: int, reason: str) -> Delivery:
    """Leave a group out, with the reason. Raises DomainError."""
    row = _lock(actor, delivery_id)
    require(actor, "broadcasts.post", row)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    transitions.move(row, S.SKIPPED, field="state")
    row.save()
    settle(ward_id=row.ward_id, occurrence_id=row.occurrence_id)
    audit.record(actor=actor, action="broadcasts.left_out", target=row, reason=reason.strip())
    return row


@transaction.atomic
def decide_seen(*, actor: Actor, delivery_id: int) -> Delivery:
    """A named person has seen the post in the group: it counts as posted. Raises DomainError."""
    row = _lock(actor, delivery_id)
    require(actor, "broadcasts.decide", row)
    transitions.move(row, S.SENT, field="state")
    row.sent_at, row.done_by_id, row.done_at = row.unknown_since or timezone.now(), actor.id, timezone.now()
    row.save()
    ZaloGroup.objects.filter(ward_id=row.ward_id, pk=row.group_id).update(last_post_at=row.sent_at)
    settle(ward_id=row.ward_id, occurrence_id=row.occurrence_id)
    audit.record(actor=actor, action="broadcasts.seen", target=row)
    return row


@transaction.atomic
def decide_resend(*, actor: Actor, delivery_id: int) -> Delivery:
    """A named person looked and it is not there: once more, under a new code so that a late first one is told apart.

    Raises DomainError when it is not unknown or dead, or its broadcast was stopped.
    """
    row = _lock(actor, delivery_id)
    require(actor, "broadcasts.decide", row)
    if row.broadcast.status not in ("delivering", "done") or row.broadcast.recalled_at is not None:
        raise DomainError(_("This broadcast was stopped. Nothing more is posted."))
    transitions.move(row, S.PENDING, field="state")
    now = timezone.now()
    row.suffix += 1
    row.looked, row.looked_at = 0, None
    row.not_before, row.deadline, row.unknown_since = now, now + (row.deadline - row.not_before), None
    row.save()
    row.broadcast.status, row.occurrence.state = "delivering", "open"
    row.broadcast.save(update_fields=["status", "updated_at"])
    row.occurrence.save(update_fields=["state"])
    audit.record(actor=actor, action="broadcasts.resend_ordered", target=row, values={"suffix": row.suffix})
    enqueue_on_commit("broadcasts.dispatch")
    return row


@transaction.atomic
def move_card(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move an open card to another person, as a handover does. Moving twice changes nothing."""
    row = Delivery.objects.select_for_update().filter(ward_id=actor.ward_id, pk=holding_id).first()
    if row is None or row.holder_id != from_user_id or row.state != S.HANDED_TO:
        return
    row.holder_id = to_user_id
    row.save(update_fields=["holder"])
    audit.record(actor=actor, action="broadcasts.card_moved", target=row, reason=reason, values={"to": to_user_id})

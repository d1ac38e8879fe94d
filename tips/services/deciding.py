"""Decisions that change the way of a tip: its legal track, whom it concerns, who may know of it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, User
from tips.models import Channel, Kind, Route, Tip, TipEvent, TipSubject, Track, Urgency
from tips.selectors import superiors
from tips.services import clocks, joined, routing, sealing
from tips.services.handling import ASSESSED, S, lock, need_open, need_reason, tell_people
from tips.services.story import note, tell
from vikhe_portal.core import transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require


@transaction.atomic
def classify(
    *,
    actor: Actor,
    tip: Tip,
    track: str,
    kind: str = "",
    urgency: int | None = None,
    reason: str = "",
    paper_reference: str = "",
    book_number: str = "",
) -> Tip:
    """Put a tip on its legal track; the track sets its clocks, from the reception where the law counts from it.

    Denunciation and corruption: the matter goes on on paper; words and everything that points at the reporter are
    destroyed in this transaction, only `paper_reference` stays. National security: only the chief and named deputies
    go on seeing it. Reclassifying needs a reason. Raises DomainError.
    """
    tip = lock(actor, tip)
    require(actor, "tips.classify", tip)
    if track not in Track.values or track == Track.NONE:
        raise DomainError(_("Choose how the law treats this matter."), field="track")
    need_open(tip)
    if track == Track.PROSECUTION and tip.channel != Channel.OFFICIAL:
        raise DomainError(
            _("A recommendation to prosecute can only come by an official letter of a competent body."), field="track"
        )
    if tip.track not in ("", track):
        reason = need_reason(reason)
    before = tip.track
    if urgency is not None:
        tip.urgency = urgency
    if track in clocks.ALWAYS_URGENT:
        tip.urgency = Urgency.URGENT
    tip.track = track
    if kind in Kind.values:
        tip.kind = kind
    if book_number:
        tip.book_number = book_number.strip()[:40]
    if clocks.is_paper(track):
        if not paper_reference.strip():
            raise DomainError(
                _("Enter the matter in the paper book first and write its number here: nothing else is kept."),
                field="paper_reference",
            )
        joined.must_stand_alone(tip)
        for row in (tip, *joined.joined_rows(tip)):
            row.paper_reference = paper_reference.strip()[:120]
            sealing.destroy_words(row)
            _wall_with(tip, row, Route.CHIEF)
    elif track == Track.SECURITY:
        joined.must_stand_alone(tip)
        for row in (tip, *joined.joined_rows(tip)):
            _wall_with(tip, row, Route.SECURITY)
    clocks.meet(tip, ASSESSED)
    keys = clocks.keys_for(track, tip.urgency)
    clocks.stop(tip, keep=keys)
    clocks.start(tip, keys)
    if track == Track.DISPUTE and tip.assignee_id:
        clocks.start(tip, ["MEDIATION_START"])
    clocks.settle(tip)
    tip.save()
    tell(
        tip,
        TipEvent.Kind.CLASSIFIED,
        actor=actor,
        action="tips.classified",
        reason=reason,
        facts={"before": before, "track": track, "urgency": tip.urgency},
        fields=["track", "urgency", "kind"],
    )
    if clocks.is_paper(track):
        tell(tip, TipEvent.Kind.ERASED, actor=actor, action="tips.erased", facts={"paper": True})
    if tip.urgency == Urgency.URGENT or tip.route != Route.ORDINARY:
        chiefs = superiors(actor, tip).values_list("pk", flat=True)
        tell_people(tip, "tip_deadline", *chiefs)
    return tip


def _wall_with(tip: Tip, row: Tip, route: str) -> None:
    """Raise the wall around one of the reports of a matter; those joined to it follow on to its track."""
    _raise_wall(row, route)
    if row is not tip:
        row.track = tip.track
        row.save()


def _raise_wall(tip: Tip, route: str) -> None:
    """Narrow who may know of the tip; whoever handled it and may no longer, lets go of it."""
    if tip.route == Route.ORDINARY or route in (Route.HEAD_RECORD, Route.CHIEF_RECORD):
        tip.route = route
        tip.owner_role = Post.Kind.COMMITTEE_HEAD if route == Route.HEAD_RECORD else Post.Kind.CHIEF
        tip.assignee = None


@transaction.atomic
def name_subjects(*, actor: Actor, tip: Tip, users: list[User], reason: str) -> Tip:
    """Mark a tip as concerning these members of staff: to them it does not exist from now on, and it takes the way the
    law sets for reports about them. What points at the reporter is destroyed. Raises DomainError.
    """
    tip = lock(actor, tip)
    require(actor, "tips.subjects", tip)
    reason = need_reason(reason)
    if not users:
        raise DomainError(_("Choose the person the report is about."), field="users")
    for row in (tip, *joined.kin_of(tip)):
        _concerns(row, users)
        # The story of who is concerned stands behind the wall that has just been raised.
        tell(
            row,
            TipEvent.Kind.SUBJECTS,
            actor=actor,
            action="tips.subjects_named",
            reason=reason,
            facts={"route": row.route},
            fields=["subjects", "route"],
        )
    return tip


def _concerns(tip: Tip, users: list[User]) -> None:
    for user in users:
        TipSubject.objects.update_or_create(
            ward_id=tip.ward_id, tip=tip, user=user, defaults={"relation": TipSubject.Relation.SUBJECT}
        )
    everyone = list(
        TipSubject.objects.filter(ward_id=tip.ward_id, tip=tip, relation=TipSubject.Relation.SUBJECT).values_list(
            "user_id", flat=True
        )
    )
    route, owner = routing.route_for_subjects(tip.ward_id, everyone)
    sealing.destroy_identity(tip)
    if not (tip.route == Route.SECURITY and route == Route.CHIEF):
        tip.route, tip.owner_role = route, owner
    tip.assignee = None
    tip.kind = Kind.POLICE
    conduct = tip.track != Track.SECURITY and not clocks.is_paper(tip.track)
    if conduct:
        tip.track = Track.STAFF_CONDUCT
    if conduct and tip.status != S.MERGED:
        keys = clocks.keys_for(tip.track, tip.urgency)
        clocks.meet(tip, ASSESSED)
        clocks.stop(tip, keep=keys)
        clocks.start(tip, keys)
    if tip.status in (S.ASSIGNED, S.ASKED):
        transitions.move(tip, S.ESCALATED)
    clocks.settle(tip)
    if tip.is_open:
        tip.announced_at = None
    tip.save()


@transaction.atomic
def recuse(*, actor: Actor, tip: Tip, reason: str) -> Tip:
    """The actor steps back: the tip goes to the desk and no longer exists to them. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.recuse", tip)
    reason = need_reason(reason)
    for row in (tip, *joined.kin_of(tip, parts=True)):
        TipSubject.objects.get_or_create(
            ward_id=tip.ward_id, tip=row, user_id=actor.id, defaults={"relation": TipSubject.Relation.RECUSED}
        )
    if tip.assignee_id == actor.id:
        tip.assignee = None
    if tip.status == S.ASSIGNED:
        transitions.move(tip, S.ESCALATED)
    tip.owner_role = Post.Kind.DUTY_OFFICER if tip.route == Route.ORDINARY else tip.owner_role
    tip.announced_at = None
    clocks.settle(tip)
    tip.save()
    tell(tip, TipEvent.Kind.RECUSED, actor=actor, action="tips.recused", reason=reason, fields=["assignee"])
    return tip


@transaction.atomic
def forward_security(*, actor: Actor, tip: Tip, reference: str) -> Tip:
    """Note that a report on national security was forwarded; only the receipt's reference stays. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.transfer", tip)
    if tip.route != Route.SECURITY:
        raise DomainError(_("Classify the tip first."))
    if not reference.strip():
        raise DomainError(_("Write the reference of the receipt."), field="reference")
    for row in (tip, *joined.joined_rows(tip)):
        sealing.destroy_words(row)
        row.paper_reference = reference.strip()[:120]
        row.save()
    transitions.move(tip, S.TRANSFERRED)
    tip.paper_reference, tip.transferred_to = reference.strip()[:120], _("the competent security body")
    tip.transferred_at = timezone.now()
    clocks.meet(tip)
    clocks.settle(tip)
    tip.save()
    tell(tip, TipEvent.Kind.TRANSFERRED, actor=actor, action="tips.security_forwarded", fields=["status"])
    note(tip, actor=actor, action="tips.erased", facts={"security": True})
    return tip

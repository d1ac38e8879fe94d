"""Violations of a group's rules: recorded with proof, answered step by step, open to reply, gone after a year."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import Membership, Violation, ViolationStep, ZaloGroup
from groups.selectors.violations import REPLY_TEXT, highest_rung
from groups.services.checks import store_evidence
from groups.services.coverage import lock_coverage, refresh_households
from vikhe_portal.core import audit, crypto, files
from vikhe_portal.core.content_guard import Severity, check
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, allows, require
from vikhe_portal.core.text import nfc

Rung = ViolationStep.Rung
COUNTS_FOR = timedelta(days=365)
MUTED_FOR = timedelta(days=7)


def _guarded(text: str, field: str) -> str:
    """The text, or DomainError: notes name no telephone numbers, identity numbers or the like."""
    text = nfc(text)
    for finding in check(text):
        if finding.severity == Severity.BLOCK:
            raise DomainError(finding.message, field=field)
    return text


@transaction.atomic
def record_violation(
    *,
    actor: Actor,
    group: ZaloGroup,
    membership_id: int,
    kind: str,
    rule: str,
    seen_at: datetime,
    picture: bytes | None = None,
) -> Violation:
    """Record what a current member of the group did; returns the violation, no step taken yet.

    Raises DomainError for somebody who is no member, a time in the future and a picture shown before.
    """
    require(actor, "groups.violation", group)
    member = Membership.objects.select_for_update().filter(
        ward_id=actor.ward_id, group=group, pk=membership_id, left_at__isnull=True
    )
    membership = member.first()
    if membership is None:
        raise DomainError(_("This person is not a member of the group now."), field="name")
    now = timezone.now()
    if seen_at > now:
        raise DomainError(_("That time has not come yet. Enter when the post was seen."), field="seen_at")
    name, digest = store_evidence(picture, ward_id=group.ward_id) if picture else ("", "")
    row = Violation.objects.create(
        ward_id=group.ward_id,
        membership=membership,
        kind=kind,
        rule=_guarded(rule, "rule"),
        seen_at=seen_at,
        evidence=name,
        evidence_digest=digest,
        recorded_by=actor.user,
        expires_at=now + COUNTS_FOR,
    )
    values = {"group": group.pk, "kind": kind, "picture": bool(name)}
    audit.record(actor=actor, action="groups.violation_recorded", target=row, values=values)
    return row


def _locked(violation: Violation) -> Violation:
    """The violation with its membership, both locked: two people's steps follow one another."""
    Membership.objects.select_for_update().get(pk=violation.membership_id)
    return (
        Violation.objects.select_for_update(of=("self",))
        .select_related("membership__group", "membership__person__household")
        .get(pk=violation.pk)
    )


def require_superior(actor: Actor, due: int) -> None:
    """Raise DomainError, naming the step that is due, unless the actor may skip it."""
    if not allows(actor, "groups.violation_skip"):
        raise DomainError(
            _("The next step is: %(step)s. Only the police chief or a deputy chief may skip it.")
            % {"step": Rung(due).label},
            field="rung",
        )


@transaction.atomic
def take_step(*, actor: Actor, violation: Violation, rung: int, reason: str) -> ViolationStep:
    """Take a step of the ladder: at most one above the highest that counts against this membership.

    A higher one needs a superior and a reason; it is marked as skipped. Muting holds seven days, removing ends the
    membership and lowers the coverage. Raises DomainError when the violation no longer counts or a step is skipped.
    """
    violation = _locked(violation)
    membership = violation.membership
    require(actor, "groups.violation", membership.group)
    if not violation.counts:
        raise DomainError(_("This violation no longer counts: it was taken back or is older than twelve months."))
    due = highest_rung(membership) + 1
    skipped = rung > due
    if skipped:
        require_superior(actor, due)
    reason = _guarded(reason, "reason")
    if len(reason) < 5:
        raise DomainError(_("Write in a few words why."), field="reason")
    if membership.left_at is not None and rung in (Rung.MUTE, Rung.REMOVE):
        raise DomainError(_("This person has left the group already."), field="rung")
    now = timezone.now()
    row = ViolationStep.objects.create(
        ward_id=violation.ward_id,
        violation=violation,
        rung=rung,
        reason=reason,
        skipped=skipped,
        taken_by=actor.user,
        taken_at=now,
    )
    if rung == Rung.MUTE:
        membership.muted_until = now + MUTED_FOR
        membership.save(update_fields=["muted_until"])
    if rung == Rung.REMOVE:
        lock_coverage(violation.ward_id, [membership.person.household.neighbourhood_id])
        membership.left_at = now
        membership.save(update_fields=["left_at"])
        refresh_households(ward_id=violation.ward_id, household_ids=[membership.person.household_id])
    audit.record(
        actor=actor,
        action="groups.violation_step",
        target=violation,
        values={"group": membership.group_id, "rung": rung, "skipped": skipped},
    )
    return row


@transaction.atomic
def note_reply(*, actor: Actor, violation: Violation, text: str) -> Violation:
    """Keep what the member says to it (right of reply), encrypted under the ward's key; a later one replaces it."""
    violation = _locked(violation)
    require(actor, "groups.violation", violation.membership.group)
    text = nfc(text)
    if len(text) < 5:
        raise DomainError(_("Write down what the member says."), field="text")
    key = uuid.uuid4().hex
    violation.reply = crypto.encrypt(text.encode(), ward_id=violation.ward_id, context=REPLY_TEXT, row=key)
    violation.reply_key, violation.replied_at = key, timezone.now()
    violation.save(update_fields=["reply", "reply_key", "replied_at", "updated_at"])
    audit.record(actor=actor, action="groups.violation_replied", target=violation)
    return violation


@transaction.atomic
def withdraw(*, actor: Actor, violation: Violation, reason: str) -> Violation:
    """Take a violation back: it counts no longer, its mute ends. Raises DomainError when it was taken back before."""
    violation = _locked(violation)
    require(actor, "groups.violation_skip", violation)
    if violation.withdrawn_at is not None:
        raise DomainError(_("This violation was taken back already."))
    violation.withdrawn_at, violation.withdrawn_by = timezone.now(), actor.user
    violation.withdrawn_because = _guarded(reason, "reason")
    violation.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because", "updated_at"])
    membership = violation.membership
    if membership.muted_until is not None and highest_rung(membership) < Rung.MUTE:
        membership.muted_until = None
        membership.save(update_fields=["muted_until"])
    audit.record(actor=actor, action="groups.violation_withdrawn", target=violation)
    return violation


@transaction.atomic
def forget_expired(*, ward_id: int) -> int:
    """Delete violations older than twelve months with steps, reply and picture; pictures of proof after 90 days."""
    now = timezone.now()
    rows = Violation.objects.select_for_update(skip_locked=True).filter(ward_id=ward_id)
    for row in rows.filter(created_at__lt=now - timedelta(days=90)).exclude(evidence=""):
        files.delete(row.evidence, ward_id=ward_id)
        row.evidence = ""
        row.save(update_fields=["evidence", "updated_at"])
    expired = list(rows.filter(expires_at__lte=now).values_list("pk", flat=True))
    Violation.objects.filter(ward_id=ward_id, pk__in=expired).delete()
    return len(expired)

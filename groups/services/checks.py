"""The security checklist of groups: attested with fresh proof, due again after a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import Checklist, GroupCheck, GroupCount, HandoverStep, Violation, ZaloGroup
from vikhe_portal.core import audit, files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.pictures import PictureError, prepare

DUE_WHEN_IN_ORDER = timedelta(days=30)
DUE_WHEN_NOT = timedelta(days=7)
EVIDENCE_KEPT = timedelta(days=90)


def checklist_today() -> Checklist:
    """The version of the checklist in force today."""
    row = Checklist.objects.filter(effective_from__lte=timezone.localdate()).order_by("-version").first()
    if row is None:
        raise DomainError(_("No checklist is in force. Ask the administrator to load one."))
    return row


def store_evidence(content: bytes, *, ward_id: int) -> tuple[str, str]:
    """Keep a proof picture (pixel copy, without metadata): (stored name, digest of the original).

    Raises DomainError when it is no picture, or was shown as proof before: old pictures prove nothing.
    """
    try:
        picture = prepare(content)
    except PictureError as error:
        raise DomainError(error.message, field="picture") from error
    for model in (GroupCheck, GroupCount, HandoverStep, Violation):
        if model.objects.filter(ward_id=ward_id, evidence_digest=picture.sha256).exists():
            raise DomainError(
                _("This picture was used as proof before. Take a new one now."), field="picture", code="reused"
            )
    return files.store(picture.display, ward_id=ward_id), picture.sha256


@transaction.atomic
def attest(*, actor: Actor, group: ZaloGroup, answers: Mapping[str, bool], picture: bytes | None = None) -> GroupCheck:
    """Attest the checklist in force for a group; returns the check with its score and next due time.

    Without a picture it stands only once a second person confirms it. A full score is due again in 30 days, anything
    less in 7. A handover's open step "settings re-attested" of this group is ticked when the successor attests.
    Raises DomainError for an answer missing or a picture used before.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.check", group)
    version = checklist_today()
    keys = [item["key"] for item in version.items]
    if set(answers) != set(keys):
        raise DomainError(_("Answer every item of the checklist."))
    now = timezone.now()
    name, digest = store_evidence(picture, ward_id=group.ward_id) if picture else ("", "")
    in_order = sum(1 for key in keys if answers[key])
    score = in_order * 100 // len(keys)
    row = GroupCheck.objects.create(
        ward_id=group.ward_id,
        group=group,
        version=version.version,
        answers={key: bool(answers[key]) for key in keys},
        score=score,
        evidence=name,
        evidence_digest=digest,
        done_by=actor.user,
        done_at=now,
        due_at=now + (DUE_WHEN_IN_ORDER if score == 100 else DUE_WHEN_NOT),
    )
    audit.record(
        actor=actor,
        action="groups.checked",
        target=row,
        values={"group": group.pk, "score": score, "picture": bool(name)},
    )
    if row.proven:
        _tick_settings(row)
    return row


@transaction.atomic
def confirm_check(*, actor: Actor, check: GroupCheck) -> GroupCheck:
    """Confirm as second person that another's attestation is true. Raises DomainError when it needs no confirmation."""
    check = GroupCheck.objects.select_for_update().get(pk=check.pk)
    require(actor, "groups.check_confirm", check)
    if check.proven:
        raise DomainError(_("This check already has its proof."))
    check.confirmed_by, check.confirmed_at = actor.user, timezone.now()
    check.save(update_fields=["confirmed_by", "confirmed_at", "updated_at"])
    audit.record(actor=actor, action="groups.check_confirmed", target=check, values={"group": check.group_id})
    _tick_settings(check)
    return check


def _tick_settings(check: GroupCheck) -> None:
    """A proven check by the successor is what the handover's step asks for."""
    HandoverStep.objects.filter(
        ward_id=check.ward_id,
        group_id=check.group_id,
        key="settings",
        done_at__isnull=True,
        handover__status="open",
        handover__to_user_id=check.done_by_id,
        handover__effective_at__lte=check.done_at,
    ).update(done_at=check.done_at, done_by_id=check.done_by_id)


@transaction.atomic
def purge_evidence(*, ward_id: int) -> int:
    """Delete proof pictures older than 90 days; the attestations stay. Returns how many."""
    before = timezone.now() - EVIDENCE_KEPT
    purged = 0
    checks = GroupCheck.objects.select_for_update(skip_locked=True).filter(ward_id=ward_id, done_at__lt=before)
    for check in checks.exclude(evidence=""):
        files.delete(check.evidence, ward_id=ward_id)
        check.evidence = ""
        check.save(update_fields=["evidence", "updated_at"])
        purged += 1
    counts = GroupCount.objects.select_for_update(skip_locked=True).filter(ward_id=ward_id, counted_at__lt=before)
    for count in counts.exclude(evidence=""):
        files.delete(count.evidence, ward_id=ward_id)
        count.evidence = ""
        count.save(update_fields=["evidence", "updated_at"])
        purged += 1
    steps = HandoverStep.objects.select_for_update(skip_locked=True).filter(ward_id=ward_id, done_at__lt=before)
    for step in steps.exclude(evidence=""):
        files.delete(step.evidence, ward_id=ward_id)
        step.evidence = ""
        step.save(update_fields=["evidence"])
        purged += 1
    return purged

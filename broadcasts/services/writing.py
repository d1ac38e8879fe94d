"""From a draft to an approved broadcast: guard, four eyes, stop."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import Broadcast, BroadcastVersion, Category, Delivery, Occurrence, Target
from broadcasts.policies import APPROVERS, visible_broadcasts
from broadcasts.selectors.rendering import facts_of, post_text, refuse_gaps
from gateways.zalo.text import TEXT_LIMIT
from groups.models import ZaloGroup
from groups.policies.visibility import visible_groups
from vikhe_portal.core import audit, content_guard, transitions
from vikhe_portal.core.content_guard import Severity
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from wards.models import WardProfile

S = Broadcast.Status
OccurrenceState = Occurrence.State
LONGEST_CODE = "VK-XXXXXX-99"


@dataclass(frozen=True)
class Draft:
    """What the writer typed. `group_ids`: groups chosen among those visible to the writer."""

    title: str
    body: str
    category: Category
    source_line: str
    group_ids: list[int] = field(default_factory=list)
    legal_ground: str = ""
    valid_until: date | None = None
    on_web: bool = False


def _words(draft: Draft) -> str:
    return unicodedata.normalize("NFC", "\n".join([draft.title, draft.body, draft.source_line, draft.legal_ground]))


def findings_of(text: str, ward_id: int) -> list[content_guard.Finding]:
    """The marks in a text; the ward's own published duty number is none."""
    profile = WardProfile.objects.filter(ward_id=ward_id).first()
    phones = [profile.duty_phone] if profile and profile.duty_phone else []
    return content_guard.check(text, allowed_phones=phones)


def _guard(actor: Actor, draft: Draft) -> list[str]:
    """Return the ids of marks that need a second look. Raises DomainError on a mark that forbids keeping the text.

    Of a refused text only rule ids and length are noted, outside the transaction of the write that is given up.
    """
    text = _words(draft)
    findings = findings_of(text, actor.ward_id)
    blocked = [finding for finding in findings if finding.severity == Severity.BLOCK]
    if blocked:
        with transaction.atomic():
            rules = sorted({finding.rule_id for finding in blocked})
            audit.record(actor=actor, action="broadcasts.text_refused", values={"rules": rules, "length": len(text)})
        raise DomainError(blocked[0].message, field="body", code="guard")
    return sorted({finding.rule_id for finding in findings if finding.severity == Severity.HOLD})


def _check(actor: Actor, draft: Draft) -> list[int]:
    if not draft.title.strip() or not draft.body.strip() or not draft.source_line.strip():
        raise DomainError(_("A broadcast needs a title, a text and its source."), field="body")
    if draft.category.parent_id is None:
        raise DomainError(_("Choose a topic below the subject group."), field="category")
    if draft.category.needs_legal_ground and not draft.legal_ground.strip():
        raise DomainError(_("Give the decision or request this notice rests on."), field="legal_ground")
    if draft.category.needs_valid_until and draft.valid_until is None:
        raise DomainError(_("Say until when this notice stays up."), field="valid_until")
    ids = set(visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE).values_list("pk", flat=True))
    chosen = [pk for pk in dict.fromkeys(draft.group_ids) if pk in ids]
    if len(chosen) != len(set(draft.group_ids)) or not chosen:
        raise DomainError(_("Choose at least one group of yours that is in use."), field="groups")
    _refuse_length(draft)
    return chosen


def _refuse_length(text: Draft | Broadcast) -> None:
    longest = len(post_text(text, {}, LONGEST_CODE))
    if longest > TEXT_LIMIT:
        raise DomainError(
            _("Zalo takes at most %(limit)s characters; with source and code this has %(count)s.")
            % {"limit": TEXT_LIMIT, "count": longest},
            field="body",
        )


def refuse_unfit(broadcast: Broadcast, group_ids: list[int]) -> None:
    """Raise DomainError when a text is too long, or a merge field of it would stay empty in one of the groups."""
    _refuse_length(broadcast)
    groups = ZaloGroup.objects.filter(ward_id=broadcast.ward_id, pk__in=group_ids)
    names = dict(groups.values_list("pk", "name"))
    refuse_gaps(broadcast.title, broadcast.body, facts_of(broadcast.ward_id, names), names)


def _fill(broadcast: Broadcast, draft: Draft, holds: list[str]) -> None:
    broadcast.title, broadcast.body = draft.title.strip(), draft.body.strip()
    broadcast.category, broadcast.source_line = draft.category, draft.source_line.strip()
    broadcast.legal_ground, broadcast.valid_until = draft.legal_ground.strip(), draft.valid_until
    broadcast.on_web, broadcast.holds = draft.on_web, holds


def keep_version(broadcast: Broadcast, group_ids: list[int]) -> None:
    """Keep the text and its groups as they stand, never to be changed. In the caller's transaction."""
    BroadcastVersion.objects.create(
        ward_id=broadcast.ward_id,
        broadcast=broadcast,
        number=broadcast.version,
        title=broadcast.title,
        body=broadcast.body,
        source_line=broadcast.source_line,
        legal_ground=broadcast.legal_ground,
        valid_until=broadcast.valid_until,
        category_id=broadcast.category_id,
        group_ids=sorted(group_ids),
        editor_id=broadcast.editor_id,
    )


def _aim(broadcast: Broadcast, group_ids: list[int]) -> None:
    Target.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast).exclude(group_id__in=group_ids).delete()
    Target.objects.bulk_create(
        [Target(ward_id=broadcast.ward_id, broadcast=broadcast, group_id=pk) for pk in group_ids],
        ignore_conflicts=True,
    )


def lock(actor: Actor, broadcast: Broadcast) -> Broadcast:
    """The locked row, if the actor may know of it. Raises Broadcast.DoesNotExist."""
    return visible_broadcasts(actor).select_for_update(of=("self",)).get(pk=broadcast.pk)


def write(*, actor: Actor, draft: Draft) -> Broadcast:
    """Keep a new draft. Raises DomainError for a text that may not be kept, gaps, groups of others."""
    require(actor, "broadcasts.write")
    holds = _guard(actor, draft)
    with transaction.atomic():
        chosen = _check(actor, draft)
        broadcast = Broadcast(ward_id=actor.ward_id, author_id=actor.id, editor_id=actor.id)
        _fill(broadcast, draft, holds)
        broadcast.save()
        keep_version(broadcast, chosen)
        _aim(broadcast, chosen)
        audit.record(actor=actor, action="broadcasts.written", target=broadcast, values={"groups": len(chosen)})
    return broadcast


def edit(*, actor: Actor, broadcast: Broadcast, draft: Draft) -> Broadcast:
    """Change a text or its groups. Whatever was approved asks for approval again. Raises DomainError."""
    require(actor, "broadcasts.write", broadcast)
    holds = _guard(actor, draft)
    with transaction.atomic():
        broadcast = lock(actor, broadcast)
        require(actor, "broadcasts.write", broadcast)
        if broadcast.status not in Broadcast.EDITABLE:
            raise DomainError(_("This broadcast has gone out. Write a new one to correct it."))
        chosen = _check(actor, draft)
        if broadcast.status != S.DRAFT:
            transitions.move(broadcast, S.DRAFT)
        _call_off_plans(broadcast)
        broadcast.approved_by, broadcast.approved_at, broadcast.approved_version = None, None, None
        broadcast.findings_accepted, broadcast.rule = False, ""
        broadcast.version += 1
        broadcast.editor_id = actor.id
        _fill(broadcast, draft, holds)
        broadcast.save()
        keep_version(broadcast, chosen)
        _aim(broadcast, chosen)
        audit.record(
            actor=actor,
            action="broadcasts.edited",
            target=broadcast,
            fields=["body"],
            values={"version": broadcast.version},
        )
    return broadcast


@transaction.atomic
def submit(*, actor: Actor, broadcast: Broadcast) -> Broadcast:
    """Ask for approval; those who may approve are told. Raises DomainError."""
    broadcast = lock(actor, broadcast)
    require(actor, "broadcasts.write", broadcast)
    transitions.move(broadcast, S.SUBMITTED)
    broadcast.submitted_at, broadcast.returned_reason = timezone.now(), ""
    broadcast.save()
    people = holders(broadcast.ward_id, *APPROVERS).exclude(pk__in=[broadcast.author_id, broadcast.editor_id])
    notify(
        ward_id=broadcast.ward_id,
        user_ids=list(people.values_list("pk", flat=True)),
        kind="broadcast_approval",
        url=reverse("broadcasts:detail", args=[broadcast.uuid]),
    )
    audit.record(actor=actor, action="broadcasts.submitted", target=broadcast)
    return broadcast


@transaction.atomic
def approve(*, actor: Actor, broadcast: Broadcast, version: int, accept_findings: bool = False) -> Broadcast:
    """Approve the very text that was looked at (`version`). Never one's own. Raises DomainError, Refused."""
    broadcast = lock(actor, broadcast)
    require(actor, "broadcasts.approve", broadcast)
    if broadcast.version != version:
        raise DomainError(_("The text was changed meanwhile. Read it again before approving."))
    if broadcast.holds and not accept_findings:
        raise DomainError(_("Look at the marks in the text and confirm that it may be posted."), field="accept")
    chosen = {
        row.group_id: row.group.name
        for row in Target.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast).select_related("group")
    }
    refuse_gaps(broadcast.title, broadcast.body, facts_of(broadcast.ward_id, chosen), chosen)
    transitions.move(broadcast, S.APPROVED)
    broadcast.approved_by_id, broadcast.approved_at = actor.id, timezone.now()
    broadcast.approved_version, broadcast.findings_accepted = version, bool(broadcast.holds)
    broadcast.save()
    audit.record(actor=actor, action="broadcasts.approved", target=broadcast, values={"version": version})
    return broadcast


@transaction.atomic
def send_back(*, actor: Actor, broadcast: Broadcast, reason: str) -> Broadcast:
    """Return a submitted text to its writer with the reason. Raises DomainError."""
    broadcast = lock(actor, broadcast)
    require(actor, "broadcasts.approve", broadcast)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    transitions.move(broadcast, S.RETURNED)
    broadcast.returned_reason = reason.strip()[:300]
    broadcast.save()
    audit.record(actor=actor, action="broadcasts.returned", target=broadcast)
    return broadcast


def _call_off_plans(broadcast: Broadcast) -> int:
    plans = Occurrence.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast, state=OccurrenceState.PLANNED)
    return plans.update(state=OccurrenceState.STOPPED)


@transaction.atomic
def stop(*, actor: Actor, broadcast: Broadcast, reason: str) -> Broadcast:
    """Stop everything that has not been posted yet; what is in flight right now can no longer be held. DomainError."""
    broadcast = lock(actor, broadcast)
    require(actor, "broadcasts.schedule", broadcast)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    return _halt(actor, broadcast, reason)


def halt(actor: Actor, broadcast_id: int, reason: str) -> None:
    """Stop a broadcast whose end was decided elsewhere, if anything of it is still to come. In the caller's
    transaction, which asked for the permission."""
    broadcast = Broadcast.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=broadcast_id)
    if S.STOPPED in Broadcast.TRANSITIONS[broadcast.status]:
        _halt(actor, broadcast, reason)


def _halt(actor: Actor, broadcast: Broadcast, reason: str) -> Broadcast:
    transitions.move(broadcast, S.STOPPED)
    broadcast.stopped_reason = reason.strip()[:300]
    broadcast.save()
    _call_off_plans(broadcast)
    running = Occurrence.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast, state=OccurrenceState.OPEN)
    running.update(state=OccurrenceState.STOPPED)
    D = Delivery.State
    left: Any = Delivery.objects.filter(
        ward_id=broadcast.ward_id,
        broadcast=broadcast,
        state__in=[D.PENDING, D.CLAIMED, D.RETRY, D.HANDED_TO, D.HELD_BACK],
    )
    count = left.update(state=D.CANCELLED, lease_token=None, lease_until=None)
    audit.record(actor=actor, action="broadcasts.stopped", target=broadcast, values={"cancelled": count})
    return broadcast


def move_draft(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Pass an unsent broadcast on, when its writer leaves the ward. Moving twice changes nothing.

    Who wrote the last words stays its editor: they still cannot approve it themselves.
    """
    row = Broadcast.objects.select_for_update().filter(ward_id=actor.ward_id, pk=holding_id).first()
    if row is None or row.author_id != from_user_id or row.status not in Broadcast.EDITABLE:
        return
    row.author_id = to_user_id
    row.save(update_fields=["author", "updated_at"])
    audit.record(actor=actor, action="broadcasts.draft_moved", target=row, reason=reason, values={"to": to_user_id})

"""The words of alarms, written and approved before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadcasts.models import Category, EmergencyText
from broadcasts.selectors.emergency import BLANKS
from broadcasts.selectors.rendering import fields_in, post_text, unsaved
from broadcasts.services import writing
from gateways.zalo.text import TEXT_LIMIT
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.content_guard import Severity
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.permissions import Actor, require

Status = EmergencyText.Status
SUBJECTS = {"fire": "security-2", "child": "notices-3", "flood": "emergencies-1", "other": "emergencies-3"}
ROOM = 260  # characters the blanks may take


@dataclass(frozen=True)
class Words:
    """An alarm and its all-clear as typed."""

    kind: str
    title: str
    body: str
    all_clear: str
    source_line: str


def _check(actor: Actor, words: Words) -> None:
    for name in ("title", "body", "all_clear", "source_line"):
        if not getattr(words, name).strip():
            raise DomainError(_("Fill this in: in an emergency nobody has the time."), field=name)
    everything = "\n".join([words.title, words.body, words.all_clear, words.source_line])
    blocked = [mark for mark in writing.findings_of(everything, actor.ward_id) if mark.severity == Severity.BLOCK]
    if blocked:
        raise DomainError(str(blocked[0].message), field="body", code="guard")
    unknown = fields_in(everything) - {*BLANKS, "so_truc_ban"}
    if unknown or fields_in(words.all_clear) - {"so_truc_ban"}:
        name = sorted(unknown or fields_in(words.all_clear) - {"so_truc_ban"})[0]
        raise DomainError(
            _(
                "%(field)s cannot be used here. The alarm knows {noi}, {gio}, {dac_diem} and {so_truc_ban}; "
                "the all-clear only {so_truc_ban}."
            )
            % {"field": "{" + name + "}"},
            field="body",
        )
    for body in (words.body, words.all_clear):
        draft = unsaved(title=words.title, body=body, source_line=words.source_line)
        if len(post_text(draft, {}, writing.LONGEST_CODE)) + ROOM > TEXT_LIMIT:
            raise DomainError(_("Too long: an alarm is read in seconds. Shorten it."), field="body")


def _put(row: EmergencyText, words: Words) -> None:
    row.kind, row.title, row.body = words.kind, words.title.strip(), words.body.strip()
    row.all_clear, row.source_line = words.all_clear.strip(), words.source_line.strip()
    row.category = Category.objects.get(key=SUBJECTS[words.kind])


def write(*, actor: Actor, words: Words) -> EmergencyText:
    """Keep the words of an alarm; a second person must approve them. Raises DomainError."""
    require(actor, "broadcasts.emergency_prepare")
    _check(actor, words)
    with transaction.atomic():
        row = EmergencyText(ward_id=actor.ward_id, author_id=actor.id)
        _put(row, words)
        row.save()
        audit.record(actor=actor, action="broadcasts.emergency_text_written", target=row)
    return row


def edit(*, actor: Actor, text: EmergencyText, words: Words) -> EmergencyText:
    """Change the words: the approval is gone, the editor becomes the writer. Raises DomainError."""
    require(actor, "broadcasts.emergency_prepare")
    _check(actor, words)
    with transaction.atomic():
        row = EmergencyText.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=text.pk)
        if row.status != Status.DRAFT:
            transitions.move(row, Status.DRAFT)
        row.author_id, row.approved_by, row.approved_at = actor.id, None, None
        _put(row, words)
        row.save()
        audit.record(actor=actor, action="broadcasts.emergency_text_changed", target=row, fields=["body"])
    return row


@transaction.atomic
def approve(*, actor: Actor, text: EmergencyText) -> EmergencyText:
    """Stand behind the words of somebody else. Raises Refused for one's own, DomainError."""
    row = EmergencyText.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=text.pk)
    require(actor, "broadcasts.emergency_prepare", row)
    if row.author_id == actor.id:
        raise Refused("broadcasts.emergency_prepare")
    transitions.move(row, Status.APPROVED)
    row.approved_by_id, row.approved_at = actor.id, timezone.now()
    row.save()
    audit.record(actor=actor, action="broadcasts.emergency_text_approved", target=row)
    return row


@transaction.atomic
def retire(*, actor: Actor, text: EmergencyText) -> EmergencyText:
    """No longer offer these words. Raises DomainError."""
    row = EmergencyText.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=text.pk)
    require(actor, "broadcasts.emergency_prepare", row)
    transitions.move(row, Status.RETIRED)
    row.save()
    audit.record(actor=actor, action="broadcasts.emergency_text_retired", target=row)
    return row

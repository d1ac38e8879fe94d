"""The chief's message of the day."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.models import DailyMessage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require


@transaction.atomic
def write_message(*, actor: Actor, text: str, until: date) -> DailyMessage:
    """Put up a message for everyone's home page; the one before comes down. DomainError when empty or past."""
    require(actor, "oversight.message")
    if not text.strip():
        raise DomainError(_("Write a sentence."), field="text")
    if until < timezone.localdate():
        raise DomainError(_("The date has already passed."), field="until")
    now = timezone.now()
    DailyMessage.objects.filter(ward_id=actor.ward_id, withdrawn_at__isnull=True).update(withdrawn_at=now)
    row = DailyMessage.objects.create(ward_id=actor.ward_id, text=text.strip(), until=until, author_id=actor.id)
    audit.record(actor=actor, action="oversight.message_written", target=row)
    return row


@transaction.atomic
def withdraw_message(*, actor: Actor) -> int:
    """Take the message down; returns how many stood."""
    require(actor, "oversight.message")
    rows = DailyMessage.objects.select_for_update().filter(ward_id=actor.ward_id, withdrawn_at__isnull=True)
    for row in rows:
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at", "updated_at"])
        audit.record(actor=actor, action="oversight.message_withdrawn", target=row)
    return len(rows)

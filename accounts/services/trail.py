"""Writes around reading the audit trail: a reader of the trail leaves a trail."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.selectors.trail import TrailRow, in_words
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Actor, require

MOST_ROWS = 20_000


@transaction.atomic
def note_reading(*, actor: Actor, narrowed_by: list[str]) -> None:
    """Record that the actor opened the trail, with the names of the filters in use, not what was typed into them."""
    require(actor, "audit.read")
    audit.record(actor=actor, action="audit.read", values={"filters": sorted(narrowed_by)})


@transaction.atomic
def export_trail(*, actor: Actor, rows: QuerySet[AuditEvent], purpose: str) -> list[TrailRow]:
    """Return the given rows of the trail in words, to be written to a file, and record the export with its purpose.

    `rows` must come from selectors.trail.trail_of. Raises DomainError beyond 20,000 rows.
    """
    require(actor, "audit.export")
    count = rows.count()
    if count > MOST_ROWS:
        raise DomainError(
            _("%(count)s lines are too many for one file. Choose fewer days.") % {"count": count}, field="purpose"
        )
    lines = in_words(rows)
    audit.record(actor=actor, action="audit.exported", reason=purpose, values={"rows": len(lines)})
    return lines


@transaction.atomic
def anchor_to_print(*, actor: Actor) -> dict[str, object]:
    """The head of the ward's chain for a printed page, with the anchors already written outside the database.

    For the ward administrator, who reads neither the trail nor tips: the number of all links, beside the lines a reader
    may see, would tell the chief that something is hidden from them.
    """
    require(actor, "audit.anchor")
    seq, digest = audit.head(actor.ward_id)
    audit.record(actor=actor, action="audit.anchor_printed", values={"seq": seq})
    try:
        kept, damaged = audit.read_anchors(actor.ward_id), ""
    except ValueError as error:
        kept, damaged = [], str(error)
    return {"seq": seq, "digest": digest, "kept": kept[-10:], "damaged": damaged, "printed_at": selectors.moment()}

"""Taking down what was posted: one removal per outlet that has it, each with its own proof.

The feed and the public page of a post stop showing it by themselves. In a group a person removes it, for Zalo has no
call for that, and another person looks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from broadcasts.models import Broadcast, Delivery, Removal
from broadcasts.policies import checkable, removable
from broadcasts.services import writing
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require, system_actor
from vikhe_portal.core.scope import ward_scope
from wards.models import Ward

Recall = Broadcast.Recall
State = Removal.State
STANDING = (*Delivery.GOOD, Delivery.State.UNKNOWN)
# Until then a removal is its holder's; after that everybody's of the group, and overdue on the pages.
PATIENCE = {Recall.PERSON: timedelta(hours=1), Recall.ALARM: timedelta(0), Recall.EXPIRED: timedelta(hours=12)}

_DEMAND = """
INSERT INTO broadcasts_removal (ward_id, delivery_id, state, holder_id, asked_at, overdue_from, note)
SELECT d.ward_id, d.id, 'open', leader.user_id, %(now)s, %(overdue)s, ''
FROM broadcasts_delivery d
LEFT JOIN groups_appointment leader ON leader.ward_id = d.ward_id AND leader.group_id = d.group_id
    AND leader.role = 'leader' AND leader.held @> %(now)s::timestamptz
WHERE d.ward_id = %(ward)s AND d.broadcast_id = %(broadcast)s AND d.state = ANY(%(standing)s)
ORDER BY d.id
ON CONFLICT (delivery_id) DO NOTHING
RETURNING holder_id
"""


def _demand(broadcast: Broadcast) -> int:
    """Ask for the removal of every post that stands, or may stand; asking twice asks nobody twice."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _DEMAND,
            {
                "now": now,
                "overdue": now + PATIENCE[Recall(broadcast.recall_kind)],
                "ward": broadcast.ward_id,
                "broadcast": broadcast.pk,
                "standing": [str(state) for state in STANDING],
            },
        )
        holders = [row[0] for row in cursor.fetchall()]
    people = sorted({pk for pk in holders if pk is not None})
    if people:
        notify(ward_id=broadcast.ward_id, user_ids=people, kind="broadcast_removal", url=reverse("broadcasts:removals"))
    return len(holders)


@transaction.atomic
def call_back(*, actor: Actor, broadcast: Broadcast, reason: str) -> Broadcast:
    """Stop what is still to be posted and have the rest taken down. Raises DomainError, Refused."""
    broadcast = writing.lock(actor, broadcast)
    require(actor, "broadcasts.schedule", broadcast)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    if broadcast.recalled_at is not None:
        raise DomainError(_("This broadcast is being taken down already."))
    if not _posts(broadcast).exists():
        raise DomainError(_("Nothing of it has been posted. Stop it instead."))
    take_down(actor, broadcast, Recall.PERSON, reason.strip())
    return broadcast


def take_down(actor: Actor, broadcast: Broadcast, kind: Broadcast.Recall, reason: str) -> int:
    """Take a locked broadcast down, inside the caller's transaction, which asked for the permission."""
    writing.halt(actor, broadcast.pk, reason)
    broadcast.refresh_from_db()
    broadcast.recalled_at, broadcast.recall_kind, broadcast.recalled_reason = timezone.now(), kind, reason[:300]
    broadcast.save(update_fields=["recalled_at", "recall_kind", "recalled_reason", "updated_at"])
    asked = _demand(broadcast)
    audit.record(actor=actor, action="broadcasts.recalled", target=broadcast, values={"kind": kind, "posts": asked})
    return asked


def _posts(broadcast: Broadcast) -> Any:
    """What stands in groups, or is on its way there right now."""
    rows = Delivery.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast)
    return rows.filter(state__in=[*STANDING, Delivery.State.SENDING])


def active_wards() -> list[int]:
    """Wards that use the portal."""
    return list(Ward.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))


def sweep_ward(*, ward_id: int) -> int:
    """Take down what is past its day; ask for what was still on its way when it was called back. Returns how many."""
    asked = 0
    standing = Delivery.objects.filter(ward_id=ward_id, broadcast=OuterRef("pk"), state__in=STANDING)
    with ward_scope(ward_id):
        rows = Broadcast.objects.select_for_update(of=("self",), skip_locked=True).filter(ward_id=ward_id)
        over = rows.filter(valid_until__lt=timezone.localdate(), recalled_at__isnull=True)
        for broadcast in over.filter(Exists(standing) | Q(status=Broadcast.Status.DELIVERING)):
            asked += take_down(system_actor(ward_id), broadcast, Recall.EXPIRED, _("The notice has expired."))
        late = standing.filter(removal__isnull=True)
        for broadcast in rows.filter(recalled_at__isnull=False).filter(Exists(late)):
            asked += _demand(broadcast)
    return asked


def _find(rows: Any, removal_id: int) -> Removal:
    row: Removal | None = rows.select_for_update(of=("self",)).select_related("delivery").filter(pk=removal_id).first()
    if row is None:
        raise DomainError(_("This is not yours to do, or somebody else was quicker. Look at it once more."))
    return row


@transaction.atomic
def say_removed(*, actor: Actor, removal_id: int, absent: bool = False) -> Removal:
    """The actor removed it (a second person is still to look), or looked and it was never there.

    Raises DomainError.
    """
    row = _find(removable(actor), removal_id)
    require(actor, "broadcasts.remove", row)
    if absent and row.delivery.state != Delivery.State.UNKNOWN:
        raise DomainError(_("This post was proven to be there. Say that you removed it, and have it checked."))
    transitions.move(row, State.ABSENT if absent else State.SAID, field="state")
    row.done_by_id, row.done_at = actor.id, timezone.now()
    row.save()
    audit.record(actor=actor, action="broadcasts.removed", target=row, values={"state": row.state})
    return row


@transaction.atomic
def check(*, actor: Actor, removal_id: int, gone: bool) -> Removal:
    """A second person looked: it is gone, or it still stands and must be removed after all. Raises DomainError."""
    row = _find(checkable(actor), removal_id)
    require(actor, "broadcasts.remove", row)
    transitions.move(row, State.GONE if gone else State.OPEN, field="state")
    if gone:
        row.checked_by_id, row.checked_at = actor.id, timezone.now()
    else:
        row.done_by, row.done_at = None, None
    row.save()
    audit.record(actor=actor, action="broadcasts.removal_checked", target=row, values={"gone": gone})
    return row


@transaction.atomic
def give_up(*, actor: Actor, removal_id: int, reason: str) -> Removal:
    """It cannot be removed (the group is gone, the sender left): why. Raises DomainError."""
    row = _find(removable(actor), removal_id)
    require(actor, "broadcasts.remove", row)
    if not reason.strip():
        raise DomainError(_("Please write the reason."), field="reason")
    transitions.move(row, State.KEPT, field="state")
    row.note, row.done_by_id, row.done_at = reason.strip()[:200], actor.id, timezone.now()
    row.save()
    audit.record(actor=actor, action="broadcasts.removal_impossible", target=row, reason=row.note)
    return row


@transaction.atomic
def move_removal(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move an open removal to another person, as a handover does. Moving twice changes nothing."""
    row = Removal.objects.select_for_update().filter(ward_id=actor.ward_id, pk=holding_id).first()
    if row is None or row.holder_id != from_user_id or row.state != State.OPEN:
        return
    row.holder_id = to_user_id
    row.save(update_fields=["holder"])
    audit.record(actor=actor, action="broadcasts.removal_moved", target=row, reason=reason, values={"to": to_user_id})

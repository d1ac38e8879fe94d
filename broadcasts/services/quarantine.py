"""After a restore or a failover nothing is sent by itself: what may have gone out already is set aside for people.

Two things tell it. The ledger carries its home (server, timeline, database), so a copy that runs elsewhere shows. And
each worker notes outside the database how far the ledger had come when it last sent; one that has gone back shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors import holders
from accounts.services import notify
from broadcasts.models import Broadcast, Delivery, LedgerHome, Occurrence, Quarantine
from broadcasts.policies import DESK
from gateways.models import ZaloChannel
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require, system_actor
from vikhe_portal.core.scope import ward_scope

Reason = Quarantine.Reason
S = Delivery.State
SPARE = 1000  # codes are made from the numbers of deliveries: those of posts that the ledger forgot stay theirs

_WHERE = """
SELECT (SELECT system_identifier::text FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
    (SELECT last_value FROM broadcasts_attempt_id_seq), (SELECT last_value FROM broadcasts_delivery_id_seq)
"""


@dataclass(frozen=True)
class Mark:
    """How far a ledger had come, and which database it was."""

    system: str
    database: int
    attempt: int
    delivery: int


def _file() -> Path:
    return Path(settings.SENDING_MARKS) / f"{connection.settings_dict['NAME']}.json"


def _read() -> Mark | None:
    try:
        return Mark(**json.loads(_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def note(attempt_id: int, delivery_id: int) -> None:
    """Remember outside the database that sends up to these numbers have begun. Before the first of them leaves."""
    mark = _read()
    if mark is not None and (mark.attempt < attempt_id or mark.delivery < delivery_id):
        ahead = Mark(mark.system, mark.database, max(mark.attempt, attempt_id), max(mark.delivery, delivery_id))
        _write(ahead)


def _write(mark: Mark) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{id(mark)}.part")
    partial.write_text(json.dumps(mark.__dict__), encoding="utf-8")
    partial.replace(file)


def look() -> bool:
    """Set everything aside when this is not the ledger that sent last; True when it is. For workers, before sending."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_WHERE)
            system, timeline, database, attempt, delivery = cursor.fetchone()
        home, mark = LedgerHome.objects.select_for_update().filter(pk=1).first(), _read()
        same_place = mark is not None and (mark.system, mark.database) == (system, database)
        reason = _judge(home, (system, timeline, database), mark if same_place else None, attempt)
        if reason is not None:
            _spare_codes(max(mark.delivery - delivery, 0) + SPARE if mark and same_place else 100 * SPARE)
            for ward_id in ZaloChannel.objects.order_by("ward_id").values_list("ward_id", flat=True).distinct():
                _set_aside(ward_id, reason)
        if home is None or reason == Reason.ELSEWHERE:
            here = {"system": system, "timeline": timeline, "database": database, "since": timezone.now()}
            LedgerHome.objects.update_or_create(pk=1, defaults=here)
    if reason is not None or not same_place:
        _write(Mark(system, database, attempt, delivery))
    return reason is None


def _judge(home: LedgerHome | None, here: tuple[str, int, int], mark: Mark | None, attempt: int) -> Reason | None:
    if home is not None and (home.system, home.timeline, home.database) != here:
        return Reason.ELSEWHERE
    # Without a home this ledger never sent, unless its own database says otherwise.
    if mark is not None and (attempt < mark.attempt or home is None):
        return Reason.OLDER
    return None


def _spare_codes(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(nextval('broadcasts_delivery_id_seq')) FROM generate_series(1, %s)", [count])


def _set_aside(ward_id: int, reason: Quarantine.Reason) -> None:
    now = timezone.now()
    with ward_scope(ward_id):
        rows = Delivery.objects.filter(ward_id=ward_id, kind=Delivery.Kind.GMF)
        count = rows.filter(state__in=[S.PENDING, S.CLAIMED, S.SENDING, S.RETRY]).update(
            state=S.UNKNOWN, unknown_since=now, lease_token=None, lease_until=None
        )
        # What was planned for a time that has passed may have gone out already: a person plans it anew.
        plans = Occurrence.objects.filter(ward_id=ward_id, state=Occurrence.State.PLANNED, planned_at__lte=now)
        waiting = Broadcast.objects.filter(ward_id=ward_id, status=Broadcast.Status.SCHEDULED)
        waiting.filter(occurrences__in=plans).update(status=Broadcast.Status.APPROVED)
        plans.update(state=Occurrence.State.MISSED)
        row, _new = Quarantine.objects.get_or_create(
            ward_id=ward_id, cleared_at__isnull=True, defaults={"reason": reason, "set_aside": count}
        )
        audit.record(
            actor=system_actor(ward_id), action="broadcasts.quarantined", target=row, values={"set_aside": count}
        )
        people = holders(ward_id, *DESK).values_list("pk", flat=True)
        notify(ward_id=ward_id, user_ids=list(people), kind="quarantine", url=reverse("broadcasts:quarantine"))


@transaction.atomic
def clear(*, actor: Actor) -> Quarantine:
    """One of two persons says that sending may begin again; the second one's word begins it. Raises DomainError."""
    require(actor, "broadcasts.decide")
    row = Quarantine.objects.select_for_update().filter(ward_id=actor.ward_id, cleared_at__isnull=True).first()
    if row is None:
        raise DomainError(_("Sending is not held back."))
    unsure = Delivery.objects.filter(ward_id=actor.ward_id, state=S.UNKNOWN, kind=Delivery.Kind.GMF)
    if unsure.exists():
        raise DomainError(_("Decide on every post nobody is sure of first."))
    now = timezone.now()
    if row.first_by_id is None:
        row.first_by_id, row.first_at = actor.id, now
    elif row.first_by_id == actor.id:
        raise DomainError(_("You have said so already. A second person must say it too."))
    else:
        row.second_by_id, row.cleared_at = actor.id, now
        enqueue_on_commit("broadcasts.dispatch")
    row.save()
    audit.record(
        actor=actor, action="broadcasts.quarantine_cleared", target=row, values={"both": row.cleared_at is not None}
    )
    return row

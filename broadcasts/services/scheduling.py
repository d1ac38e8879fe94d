"""When an approved broadcast goes out: once or again and again; and moving what is planned."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadcasts.models import Broadcast, Occurrence
from broadcasts.selectors.recurring import MOST, rule_of, times_of
from broadcasts.services.writing import lock
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require
from wards.models import WardProfile

S = Broadcast.Status
AHEAD = timedelta(days=60)
REPEATS_AHEAD = timedelta(days=366)


def _refuse_time(broadcast: Broadcast, at: datetime, now: datetime) -> None:
    profile = WardProfile.objects.filter(ward_id=broadcast.ward_id).first()
    if profile and profile.quiet_until(at):
        raise DomainError(
            _("Groups are not disturbed from %(start)s to %(end)s. Choose another time.")
            % {"start": f"{profile.quiet_from:%H:%M}", "end": f"{profile.quiet_to:%H:%M}"},
            field="at",
        )
    if at < now - timedelta(minutes=1) or at > now + AHEAD:
        raise DomainError(_("Choose a time within the next 60 days."), field="at")
    if broadcast.valid_until and timezone.localdate(at) > broadcast.valid_until:
        raise DomainError(_("By then this notice is no longer valid."), field="at")


def _times(broadcast: Broadcast, at: datetime, repeat: str, until: date | None, now: datetime) -> list[datetime]:
    """Every moment it goes out; also keeps the rule on the row. Raises DomainError."""
    if not repeat:
        broadcast.rule = ""
        return [at]
    if until is None or until > timezone.localdate(now + REPEATS_AHEAD):
        raise DomainError(_("Say until when it is repeated, at most a year."), field="until")
    if broadcast.valid_until:
        until = min(until, broadcast.valid_until)
    broadcast.rule = rule_of(repeat, at, until)
    times = times_of(broadcast.rule, at)
    if len(times) > MOST:
        raise DomainError(
            _("That is more than %(most)s times. Choose an earlier end, or repeat it less often.") % {"most": MOST},
            field="until",
        )
    if len(times) < 2:
        raise DomainError(_("Until that day it would go out only once. Choose a later day."), field="until")
    return times


@transaction.atomic
def schedule(
    *, actor: Actor, broadcast: Broadcast, at: datetime | None = None, repeat: str = "", until: date | None = None
) -> Occurrence:
    """Have an approved broadcast go out at `at`; when None now, or at the end of the quiet hours if it is night.

    With `repeat` it goes out again by an RFC 5545 rule, each time with deliveries of its own. Returns the first time.
    Raises DomainError for the past, over 60 days, or a chosen time in the quiet hours.
    """
    broadcast = lock(actor, broadcast)
    require(actor, "broadcasts.schedule", broadcast)
    now = timezone.now()
    if at is None:
        profile = WardProfile.objects.filter(ward_id=broadcast.ward_id).first()
        at = (profile.quiet_until(now) if profile else None) or now
    _refuse_time(broadcast, at, now)
    times = _times(broadcast, at, repeat, until, now)
    transitions.move(broadcast, S.SCHEDULED)
    broadcast.save()
    rows = [
        Occurrence(
            ward_id=broadcast.ward_id,
            broadcast=broadcast,
            version=broadcast.version,
            planned_at=moment,
            created_by_id=actor.id,
        )
        for moment in times
    ]
    try:
        with transaction.atomic():
            Occurrence.objects.bulk_create(rows)
    except IntegrityError as error:
        raise DomainError(_("This broadcast is planned for that time already."), field="at") from error
    audit.record(
        actor=actor,
        action="broadcasts.scheduled",
        target=broadcast,
        values={"at": at.isoformat(), "rule": broadcast.rule, "times": len(rows)},
    )
    enqueue_on_commit("broadcasts.plan")
    return rows[0]


@transaction.atomic
def move_plan(*, actor: Actor, occurrence: Occurrence, at: datetime) -> Occurrence:
    """Have one planned going-out happen at another time; of a repeated one only this time moves. Raises DomainError."""
    broadcast = lock(actor, occurrence.broadcast)
    require(actor, "broadcasts.schedule", broadcast)
    row = Occurrence.objects.select_for_update().get(ward_id=actor.ward_id, pk=occurrence.pk)
    if row.state != Occurrence.State.PLANNED:
        raise DomainError(_("This has gone out or was called off: it cannot be moved any more."))
    _refuse_time(broadcast, at, timezone.now())
    before, row.planned_at = row.planned_at, at
    try:
        with transaction.atomic():
            row.save(update_fields=["planned_at"])
    except IntegrityError as error:
        raise DomainError(_("This broadcast is planned for that time already."), field="at") from error
    audit.record(
        actor=actor,
        action="broadcasts.plan_moved",
        target=broadcast,
        values={"from": before.isoformat(), "to": at.isoformat()},
    )
    enqueue_on_commit("broadcasts.plan")
    return row

"""Writes on the duty roster: shifts laid, changed, taken over with the words of who stood before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Absence, DutyShift, Post, User
from accounts.selectors import duty, holders
from accounts.services import alerts, notify
from vikhe_portal.core import audit
from vikhe_portal.core.content_guard import Severity, check
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from wards.models import WardProfile

MOST_DAYS = 62
NOTES_KEPT = timedelta(days=7)
NOT_TAKEN = "duty_not_taken"


@transaction.atomic
def lay_roster(
    *, actor: Actor, kind: str, people: Sequence[User], first: date, last: date, begins: time, hours: int
) -> list[DutyShift]:
    """Lay shifts of `hours` from the first day to the last, the people in turn; returns them.

    Raises DomainError when somebody lacks the post or is away then, or when a shift stands there already: then nothing
    is laid.
    """
    require(actor, "duty.plan")
    if last < first or (last - first).days >= MOST_DAYS:
        raise DomainError(_("Choose a last day after the first, at most two months ahead."), field="last")
    if not people:
        raise DomainError(_("Choose who stands on duty."), field="people")
    zone = timezone.get_default_timezone()
    start = datetime.combine(first, begins, zone)
    if start + timedelta(hours=hours) <= timezone.now():
        raise DomainError(_("This time has already passed."), field="first")
    end, number, rows = datetime.combine(last + timedelta(days=1), begins, zone), 0, []
    while start < end:
        user = people[number % len(people)]
        held = DateTimeTZRange(start, start + timedelta(hours=hours))
        _check_person(actor, user, kind, held)
        rows.append(DutyShift(ward_id=actor.ward_id, user=user, kind=kind, held=held))
        start, number = start + timedelta(hours=hours), number + 1
    _refuse_overlap(actor, kind, DateTimeTZRange(rows[0].held.lower, rows[-1].held.upper))
    try:
        with transaction.atomic():
            DutyShift.objects.bulk_create(rows)
    except IntegrityError as error:  # laid by somebody else a moment ago
        raise DomainError(_("Somebody laid shifts there a moment ago. Reload the page and look again.")) from error
    audit.record(
        actor=actor,
        action="accounts.roster_laid",
        target=rows[0],
        values={"kind": kind, "from": first.isoformat(), "to": last.isoformat(), "shifts": len(rows)},
    )
    return rows


def _check_person(actor: Actor, user: User, kind: str, held: DateTimeTZRange) -> None:
    rest = DateTimeTZRange(max(held.lower, timezone.now()), held.upper)  # what has passed of it needs no post
    posts = Post.objects.filter(
        ward_id=actor.ward_id, user=user, kind__in=DutyShift.POSTS[DutyShift.Kind(kind)], held__contains=rest
    )
    words = {"person": user.get_full_name(), "when": f"{timezone.localtime(held.lower):%H:%M %d/%m/%Y}"}
    if not user.is_active or not posts.exists():
        raise DomainError(
            _("%(person)s does not hold the post for this shift at %(when)s. Appoint first, under People and posts.")
            % words,
            field="people",
        )
    if Absence.objects.filter(ward_id=actor.ward_id, user=user, away__overlap=held).exists():
        raise DomainError(_("%(person)s is away at %(when)s. Choose somebody else.") % words, field="people")


def _refuse_overlap(actor: Actor, kind: str, held: DateTimeTZRange) -> None:
    standing = (
        DutyShift.objects.filter(ward_id=actor.ward_id, kind=kind, held__overlap=held)
        .select_related("user")
        .order_by("held")
        .first()
    )
    if standing is not None:
        raise DomainError(
            _("%(person)s already stands from %(when)s. Remove that shift first, or begin after it.")
            % {
                "person": standing.user.get_full_name(),
                "when": f"{timezone.localtime(standing.held.lower):%H:%M %d/%m/%Y}",
            },
            field="first",
        )


def _locked(actor: Actor, shift: DutyShift) -> DutyShift:
    return DutyShift.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=shift.pk)


@transaction.atomic
def change_person(*, actor: Actor, shift: DutyShift, user: User, reason: str) -> DutyShift:
    """Somebody else stands this shift. DomainError once it is over, or when the other cannot stand it."""
    require(actor, "duty.plan")
    row = _locked(actor, shift)
    if row.held.upper <= timezone.now():
        raise DomainError(_("This shift is over."))
    if row.user_id == user.pk:
        raise DomainError(_("This person stands the shift already."), field="people")
    _check_person(actor, user, row.kind, row.held)
    former, row.user, row.taken_at = row.user_id, user, None
    row.save(update_fields=["user", "taken_at", "updated_at"])
    audit.record(
        actor=actor, action="accounts.shift_changed", target=row, reason=reason, values={"from": former, "to": user.pk}
    )
    notify(ward_id=actor.ward_id, user_ids=[former, user.pk], kind="duty", url=reverse("accounts:duty"))
    return row


@transaction.atomic
def remove(*, actor: Actor, shift: DutyShift) -> None:
    """Take a shift that has not begun off the roster. DomainError once it has."""
    require(actor, "duty.plan")
    row = _locked(actor, shift)
    if row.held.lower <= timezone.now():
        raise DomainError(_("This shift has begun. Change its person instead."))
    audit.record(actor=actor, action="accounts.shift_removed", target=row, values={"user": row.user_id})
    row.delete()


@transaction.atomic
def take_over(*, actor: Actor, shift: DutyShift) -> DutyShift:
    """The holder takes the shift over; who stood before is called no more. DomainError before it begins and after."""
    row = _locked(actor, shift)
    require(actor, "duty.take", row)
    now = timezone.now()
    if not row.held.lower <= now < row.held.upper:
        raise DomainError(_("This shift is not now. It is taken over when it has begun."))
    if row.taken_at is None:
        row.taken_at = now
        row.save(update_fields=["taken_at", "updated_at"])
        alerts.settle(ward_id=row.ward_id, kind=NOT_TAKEN, object_id=row.pk, user_id=actor.id)
        audit.record(actor=actor, action="accounts.shift_taken", target=row)
    return row


@transaction.atomic
def write_note(*, actor: Actor, shift: DutyShift, note: str) -> DutyShift:
    """Leave words for who takes over. They name no resident and no telephone; DomainError says what is in the way."""
    row = _locked(actor, shift)
    require(actor, "duty.take", row)
    if row.held.lower > timezone.now():
        raise DomainError(_("This shift has not begun yet."))
    note = nfc(note).strip()
    for finding in check(note):
        if finding.severity in (Severity.BLOCK, Severity.HOLD):
            raise DomainError(finding.message, field="note")
    row.note, row.note_at = note, timezone.now() if note else None
    row.save(update_fields=["note", "note_at", "updated_at"])
    audit.record(actor=actor, action="accounts.shift_note", target=row)
    return row


@transaction.atomic
def set_minutes(*, actor: Actor, minutes: int) -> WardProfile:
    """How long an alert waits for one person before it goes to the next."""
    require(actor, "duty.plan")
    row = WardProfile.objects.select_for_update().get(ward_id=actor.ward_id)
    before, row.acknowledge_minutes = row.acknowledge_minutes, minutes
    row.save(update_fields=["acknowledge_minutes", "updated_at"])
    audit.record(actor=actor, action="accounts.alert_minutes", target=row, values={"before": before, "after": minutes})
    return row


def call_to_take_over(*, ward_id: int, now: datetime | None = None) -> int:
    """Call the holder of a shift that has begun and is not taken over. For the job, in the ward's scope."""
    now = now or timezone.now()
    row = duty.standing(ward_id, now)
    if row is None or row.taken_at is not None:
        return 0
    calls = {pk: (reverse("accounts:duty"), rungs) for pk, rungs in _ladder(ward_id, [row.pk], now).items()}
    return alerts.raise_alerts(ward_id=ward_id, kind=NOT_TAKEN, calls=calls, now=now)


def _ladder(ward_id: int, ids: Collection[int], now: datetime) -> Mapping[int, alerts.Rungs]:
    """Whom a shift not taken over calls: its holder, who stood before, then up the ladder."""
    rows = DutyShift.objects.filter(ward_id=ward_id, pk__in=ids, taken_at__isnull=True, held__contains=now)
    found, reachable = {}, duty.Reachable(ward_id, now)
    for row in rows:
        former = duty.before(row)
        rungs = [{row.user_id}, {former.user_id} if former else set()]
        rungs += [reachable.by_kind[kind] for kind in duty.LADDER[1:]]
        found[row.pk] = [people & reachable.all for people in rungs if people & reachable.all]
    return found


alerts.register(NOT_TAKEN, _ladder)


def forget_notes(*, ward_id: int) -> int:
    """Delete the words left at shifts that ended seven days ago; returns how many."""
    old = DutyShift.objects.filter(ward_id=ward_id, held__endswith__lt=timezone.now() - NOTES_KEPT)
    return old.exclude(note="").update(note="", note_at=None)


def move_shift(*, actor: Actor, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Holdings: a coming shift goes to who takes over; where that person cannot stand it, it is a gap to fill."""
    row = DutyShift.objects.select_for_update(of=("self",)).filter(ward_id=actor.ward_id, pk=holding_id).first()
    if row is None or row.user_id != from_user_id or row.held.upper <= timezone.now():
        return
    user, values = User.objects.get(pk=to_user_id), {"from": from_user_id, "to": to_user_id}
    try:
        _check_person(actor, user, row.kind, row.held)
    except DomainError:
        audit.record(actor=actor, action="accounts.shift_removed", target=row, reason=reason, values=values)
        row.delete()
        planners = holders(actor.ward_id, *Post.MANAGEMENT).values_list("pk", flat=True)
        notify(ward_id=actor.ward_id, user_ids=list(planners), kind="duty_gap", url=reverse("accounts:duty"))
        return
    row.user, row.taken_at = user, None
    row.save(update_fields=["user", "taken_at", "updated_at"])
    audit.record(actor=actor, action="accounts.shift_changed", target=row, reason=reason, values=values)
    notify(ward_id=actor.ward_id, user_ids=[to_user_id], kind="duty", url=reverse("accounts:duty"))

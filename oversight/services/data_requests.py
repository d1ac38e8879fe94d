"""Writes on residents' data requests: record, confirm, extend, carry out in the roster, answer, refuse."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import Household, Person
from groups.services import residents
from oversight.models import DataRequest
from oversight.policies.data_requests import visible_requests
from tips.models import ClockPolicy
from tips.selectors import policies_of, work_calendar
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.calendar import Span, Unit, due_at, extended_due, local_date
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from wards.services import next_number

Kind, Status = DataRequest.Kind, DataRequest.Status
SERIES = "du-lieu-ca-nhan"
REPLY = "DSR_REPLY"
# Which limit each kind has; lengths, grounds and dates are rows of the policies.
POLICY = {
    Kind.SEE: "DSR_VIEW_FIX",
    Kind.CORRECT: "DSR_VIEW_FIX",
    Kind.DELETE: "DSR_DELETE",
    Kind.OBJECT: "DSR_WITHDRAW",
    Kind.WITHDRAW: "DSR_WITHDRAW",
}


def _span(policy: ClockPolicy) -> Span:
    return Span(policy.amount, Unit(policy.unit))


@transaction.atomic
def record_request(
    *,
    actor: Actor,
    household: Household,
    person: Person,
    kind: str,
    arrived: str,
    received_at: datetime,
    identity_ref: str,
) -> DataRequest:
    """Record what a resident asks; the time runs from reception by the law in force that day.

    Raises DomainError for a moment to come, one before the law, or a person who does not live in the household.
    """
    require(actor, "data_requests.list")
    if received_at > timezone.now():
        raise DomainError(_("The request cannot have arrived in the future."), field="received_at")
    residents.hold_row(ward_id=actor.ward_id, household_id=household.pk, person_id=person.pk)
    found = policies_of([REPLY, POLICY[Kind(kind)]], local_date(received_at))
    if len(found) != 2:
        raise DomainError(
            _("No time limit was in force on that day. Look at the date of reception again."), field="received_at"
        )
    calendar, year = work_calendar(), local_date(received_at).year
    reply, policy = found[REPLY], found[POLICY[Kind(kind)]]
    row = DataRequest.objects.create(
        ward_id=actor.ward_id,
        number=next_number(ward_id=actor.ward_id, series=SERIES, year=year),
        year=year,
        kind=kind,
        household=household,
        person=person,
        arrived=arrived,
        received_at=received_at,
        identity_ref=identity_ref.strip(),
        reply_policy=reply,
        reply_due_at=due_at(received_at, _span(reply), calendar),
        policy=policy,
        due_at=due_at(received_at, _span(policy), calendar),
        recorded_by_id=actor.id,
    )
    audit.record(actor=actor, action="data_requests.recorded", target=row, values={"kind": kind})
    return row


def _open(actor: Actor, pk: int) -> DataRequest:
    """The request, locked and still open; DataRequest.DoesNotExist for others' rows."""
    rows = visible_requests(actor).select_for_update(of=("self",)).select_related("policy")
    row = rows.get(pk=pk)
    require(actor, "data_requests.answer", row)
    if row.status != Status.OPEN:
        raise DomainError(_("This request is closed already."))
    return row


@transaction.atomic
def confirm(*, actor: Actor, pk: int) -> None:
    """Note that the resident was told that the request is being handled; twice is once."""
    row = _open(actor, pk)
    if row.confirmed_at is None:
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at", "updated_at"])
        audit.record(actor=actor, action="data_requests.confirmed", target=row)


@transaction.atomic
def extend(*, actor: Actor, pk: int, reason: str) -> None:
    """Extend the time once by its own length. Raises DomainError when it was extended, or is over already."""
    row = _open(actor, pk)
    if row.extended_for or not row.policy.max_extensions:
        raise DomainError(_("The law allows no further extension of this time limit."))
    if row.due_at <= timezone.now():
        raise DomainError(_("The time is over: it can no longer be extended. Answer now."))
    row.due_at = extended_due(row.due_at, _span(row.policy), work_calendar())
    row.extended_for = reason.strip()
    row.save(update_fields=["due_at", "extended_for", "updated_at"])
    audit.record(actor=actor, action="data_requests.extended", target=row)


def _of_kind(row: DataRequest, kind: str) -> None:
    if row.kind != kind:
        raise DomainError(_("The resident asked for something else."))
    if row.carried_out_at is not None:
        raise DomainError(_("This is done already. Answer the resident."))


def _done(actor: Actor, row: DataRequest) -> None:
    row.carried_out_at = timezone.now()
    row.save(update_fields=["carried_out_at", "updated_at"])
    audit.record(actor=actor, action="data_requests.carried_out", target=row)


@transaction.atomic
def correct(*, actor: Actor, pk: int, full_name: str, birth_year: int | None, phone: str) -> None:
    """Correct the person's row in the roster as asked."""
    row = _open(actor, pk)
    _of_kind(row, Kind.CORRECT)
    residents.correct_person(
        actor=actor, person_id=row.person_id or 0, full_name=full_name, birth_year=birth_year, phone=phone
    )
    _done(actor, row)


@transaction.atomic
def delete(*, actor: Actor, pk: int) -> None:
    """Delete the person's data from the roster as asked."""
    row = _open(actor, pk)
    _of_kind(row, Kind.DELETE)
    residents.forget_person(actor=actor, person_id=row.person_id or 0)
    _done(actor, row)


def _close(actor: Actor, row: DataRequest, status: str, answer: str) -> None:
    transitions.move(row, status)
    row.closed_at, row.closed_by_id, row.answer = timezone.now(), actor.id, answer.strip()
    row.closed_late = row.closed_at >= row.due_at
    row.save()


@transaction.atomic
def answer(*, actor: Actor, pk: int, text: str) -> None:
    """Close with an answer. Raises DomainError when what was asked has not been carried out in the roster."""
    row = _open(actor, pk)
    if row.kind in (Kind.CORRECT, Kind.DELETE) and row.carried_out_at is None:
        raise DomainError(_("First correct or delete the row in the roster, or refuse with a reason."))
    _close(actor, row, Status.ANSWERED, text)
    audit.record(actor=actor, action="data_requests.answered", target=row, values={"late": row.closed_late})


@transaction.atomic
def refuse(*, actor: Actor, pk: int, ground: str, text: str) -> None:
    """Close with a refusal, its ground and a reason for the resident."""
    row = _open(actor, pk)
    if row.carried_out_at is not None:
        raise DomainError(_("This is done already. Answer the resident."))
    row.ground = ground
    _close(actor, row, Status.REFUSED, text)
    audit.record(actor=actor, action="data_requests.refused", target=row, values={"ground": ground})


@transaction.atomic
def note_shown(*, actor: Actor, row: DataRequest) -> None:
    """Keep in the audit trail that somebody opened the sheet of what is kept of the person."""
    require(actor, "data_requests.answer", row)
    audit.record(actor=actor, action="data_requests.shown", target=row)

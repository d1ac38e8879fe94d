"""Suspected fakes: into the register, looked into, followed until gone; and the time a take-down may last."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import GroupReport, SuspectedFake, TakeDownTerm
from vikhe_portal.core import audit, transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc

Status = SuspectedFake.Status
LOOKED_INTO = timedelta(hours=48)  # the ward's own promise on the public page, no legal time


def term_on(asked: str, moment: datetime) -> TakeDownTerm:
    """The version of a take-down's time in force at a moment. Raises DomainError when none was loaded."""
    day = timezone.localdate(moment)
    row = TakeDownTerm.objects.filter(asked=asked, effective_from__lte=day).order_by("-effective_from").first()
    if row is None:
        raise DomainError(_("No time limit for take-downs is in force. Ask the administrator to load one."))
    return row


def enter_from_report(report: GroupReport) -> SuspectedFake:
    """Open the register's entry of a resident's report of a fake; in the transaction of the report."""
    return SuspectedFake.objects.create(ward_id=report.ward_id, report=report, due_at=report.received_at + LOOKED_INTO)


def _checked(kind: str, address: str, *, but: int = 0, ward_id: int) -> str:
    address = nfc(address).strip()
    same = SuspectedFake.objects.filter(ward_id=ward_id, kind=kind, address__iexact=address)
    if address and same.exclude(status__in=(Status.UNFOUNDED,)).exclude(pk=but).exists():
        raise DomainError(_("This address is in the register already. Look at that entry instead."), field="address")
    return address


@transaction.atomic
def enter_fake(*, actor: Actor, kind: str, address: str, note: str) -> SuspectedFake:
    """Enter what an officer found. Raises DomainError when the address stands in the register."""
    require(actor, "groups.fakes")
    now = timezone.now()
    row = SuspectedFake.objects.create(
        ward_id=actor.ward_id,
        kind=kind,
        address=_checked(kind, address, ward_id=actor.ward_id),
        note=nfc(note),
        due_at=now + LOOKED_INTO,
        changed_by=actor.user,
    )
    audit.record(actor=actor, action="groups.fake_entered", target=row, values={"kind": kind})
    return row


@transaction.atomic
def follow_up(*, actor: Actor, fake: SuspectedFake, status: str, kind: str, address: str, note: str) -> SuspectedFake:
    """Take an entry one step on: looked into, reported, gone. A confirmed fake needs its address.

    Raises DomainError when the step does not follow, or the address is missing or stands in another entry.
    """
    fake = SuspectedFake.objects.select_for_update().get(pk=fake.pk)
    require(actor, "groups.fakes", fake)
    address = _checked(kind, address, but=fake.pk, ward_id=fake.ward_id)
    before = transitions.move(fake, status)
    if status == Status.CONFIRMED and not address:
        raise DomainError(_("Enter the link, name or number of the fake: residents are warned of it."), field="address")
    fake.kind, fake.address, fake.note, fake.changed_by = kind, address, nfc(note), actor.user
    fake.save(update_fields=["status", "kind", "address", "note", "changed_by", "updated_at"])
    values = {"before": before, "status": status}
    audit.record(actor=actor, action="groups.fake_followed", target=fake, values=values)
    return fake


@transaction.atomic
def note_warning(*, actor: Actor, fake: SuspectedFake) -> SuspectedFake:
    """Note that a draft of a warning was made. Raises DomainError unless confirmed and not warned of yet."""
    fake = SuspectedFake.objects.select_for_update().get(pk=fake.pk)
    require(actor, "groups.fakes", fake)
    if fake.status not in (Status.CONFIRMED, Status.REPORTED):
        raise DomainError(_("Confirm first that it is a fake; then warn."))
    if fake.warned_at is not None:
        raise DomainError(_("A draft of the warning was made already. Look among the broadcasts."))
    fake.warned_at = timezone.now()
    fake.save(update_fields=["warned_at", "updated_at"])
    audit.record(actor=actor, action="groups.fake_warning", target=fake)
    return fake

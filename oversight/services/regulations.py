"""Writes on the regulation of the groups: publish a version, acknowledge it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Notice
from accounts.services import notify
from oversight.models import Regulation, RegulationAcknowledgement
from oversight.selectors import regulations as reads
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require, system_actor
from wards.services import next_number

SERIES = "quy-che"
# One running series for all years: a version number is never used twice.
SERIES_YEAR = 1
KIND = "regulation"
REMIND_EVERY = timedelta(days=7)


@transaction.atomic
def publish_regulation(
    *, actor: Actor, title: str, text: str, effective_on: date, changes: str = "", document_no: str = ""
) -> Regulation:
    """Publish the next version; every leader and deputy is told. Raises DomainError when a change is not explained."""
    require(actor, "regulations.publish")
    before = reads.latest(actor)
    if before is not None and not changes.strip():
        raise DomainError(_("Say what changed against the version before."), field="changes")
    if before is not None and effective_on < before.effective_on:
        raise DomainError(_("This version cannot come into force before the one it replaces."), field="effective_on")
    row = Regulation.objects.create(
        ward_id=actor.ward_id,
        version=next_number(ward_id=actor.ward_id, series=SERIES, year=SERIES_YEAR),
        title=title.strip(),
        text=text.strip(),
        changes=changes.strip(),
        document_no=document_no.strip(),
        effective_on=effective_on,
        published_by_id=actor.id,
    )
    audit.record(actor=actor, action="regulations.published", target=row, values={"version": row.version})
    bound = list(reads.bound_people(actor).values_list("pk", flat=True))
    url = reverse("oversight:regulation", args=[row.pk])
    notify(ward_id=actor.ward_id, user_ids=bound, kind=KIND, url=url)
    return row


@transaction.atomic
def remind_of_regulation(*, ward_id: int, now: datetime | None = None) -> int:
    """Tell whoever has not acknowledged the version that binds and was not told of it for a week; returns how many.

    For the job. So somebody appointed after it was published hears of it at once.
    """
    now, system = now or timezone.now(), system_actor(ward_id)
    row = reads.latest(system)
    if row is None:
        return 0
    Regulation.objects.select_for_update().get(pk=row.pk)  # two ticks at once wait for each other
    url = reverse("oversight:regulation", args=[row.pk])
    told = Notice.objects.filter(ward_id=ward_id, kind=KIND, url=url, created_at__gt=now - REMIND_EVERY)
    late = list(reads.missing(system, row).exclude(pk__in=told.values("user_id")).values_list("pk", flat=True))
    notify(ward_id=ward_id, user_ids=late, kind=KIND, url=url)
    return len(late)


@transaction.atomic
def acknowledge(*, actor: Actor, regulation: Regulation) -> RegulationAcknowledgement:
    """Note that the actor has read this version and will keep it; twice is once. Only the version that binds counts."""
    require(actor, "regulations.acknowledge", regulation)
    current = reads.latest(actor)
    if current is None or current.pk != regulation.pk:
        raise DomainError(_("There is a newer version. Read that one."))
    row, new = RegulationAcknowledgement.objects.get_or_create(
        ward_id=actor.ward_id, regulation=regulation, user_id=actor.id
    )
    if new:
        audit.record(actor=actor, action="regulations.acknowledged", target=regulation)
    return row

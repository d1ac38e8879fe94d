"""Writes on personal data: breaches and their reports, yearly checks, what time takes away, the people counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from oversight.models import BreachDuty, DataBreach, DataRequest, LevelDay, ProcessingReview, RetentionRule
from oversight.policies.privacy import visible_breaches
from oversight.selectors import privacy as reads
from tips.selectors import policies_of, work_calendar
from tips.services.forgetting import forget_pictures, forget_words
from vikhe_portal.core import audit
from vikhe_portal.core.calendar import Span, Unit, due_at, local_date
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import ward_scope
from wards.selectors import active_wards
from wards.services import next_number

SERIES = "vi-pham-du-lieu"
HARMFUL, SERIOUS = ("PDP_BREACH",), ("CYBER_INCIDENT_FIRST", "CYBER_INCIDENT_REPORT")
GONE = "–"  # in place of a text whose time is over


def _tell(actor: Actor, row: DataBreach) -> None:
    kinds = (*Post.MANAGEMENT, Post.Kind.WARD_ADMIN)
    people = [user.pk for user in holders(actor.ward_id or 0, *kinds) if user.pk != actor.id]
    url = reverse("oversight:breach", args=[row.pk])
    notify(ward_id=actor.ward_id or 0, user_ids=people, kind="data_breach", url=url)


@transaction.atomic
def record_breach(
    *,
    actor: Actor,
    discovered_at: datetime,
    nature: str,
    sensitive: bool,
    harmful: bool,
    serious: bool,
    people: int | None,
    account: str,
) -> DataBreach:
    """Record a breach; the time of each report runs from its discovery by the law in force that day.

    Raises DomainError for a moment to come or one before the law.
    """
    require(actor, "privacy.breaches")
    if discovered_at > timezone.now():
        raise DomainError(_("It cannot have been discovered in the future."), field="discovered_at")
    day = local_date(discovered_at)
    keys = [*(HARMFUL if harmful else ()), *(SERIOUS if serious else ())]
    found = policies_of(keys, day)
    if len(found) != len(keys):
        raise DomainError(
            _("No time limit was in force on that day. Look at the day of discovery again."), field="discovered_at"
        )
    row = DataBreach.objects.create(
        ward_id=actor.ward_id,
        number=next_number(ward_id=actor.ward_id, series=SERIES, year=day.year),
        year=day.year,
        discovered_at=discovered_at,
        nature=nature,
        sensitive=sensitive,
        harmful=harmful,
        serious=serious,
        people=people,
        account=account.strip(),
        recorded_by_id=actor.id,
    )
    _start(row, keys)
    audit.record(actor=actor, action="privacy.breach_recorded", target=row, values={"nature": nature})
    _tell(actor, row)
    return row


def _start(row: DataBreach, keys: Iterable[str]) -> None:
    calendar, found = work_calendar(), policies_of(list(keys), local_date(row.discovered_at))
    BreachDuty.objects.bulk_create(
        BreachDuty(
            ward_id=row.ward_id,
            breach=row,
            policy=policy,
            due_at=due_at(row.discovered_at, Span(policy.amount, Unit(policy.unit)), calendar),
        )
        for policy in found.values()
    )


def _open(actor: Actor, pk: int) -> DataBreach:
    row = visible_breaches(actor).select_for_update().get(pk=pk)
    require(actor, "privacy.breaches", row)
    if not row.is_open:
        raise DomainError(_("This breach is closed already."))
    return row


@transaction.atomic
def report_sent(*, actor: Actor, pk: int, document: str) -> BreachDuty:
    """Note that one of the reports was sent, by the number of its document. Raises DomainError the second time."""
    found = BreachDuty.objects.get(ward_id=actor.ward_id, pk=pk)
    row = _open(actor, found.breach_id)
    duty = BreachDuty.objects.select_for_update().get(ward_id=actor.ward_id, pk=pk)
    if duty.done_at:
        raise DomainError(_("This report has been noted as sent already."))
    if not document.strip():
        raise DomainError(_("Write the number of the document."), field="document")
    duty.done_at, duty.done_by_id, duty.document = timezone.now(), actor.id, document.strip()[:60]
    duty.save(update_fields=["done_at", "done_by", "document"])
    late = duty.done_at >= duty.due_at
    audit.record(
        actor=actor, action="privacy.breach_reported", target=row, values={"report": duty.policy.key, "late": late}
    )
    return duty


@transaction.atomic
def keep_account(
    *,
    actor: Actor,
    pk: int,
    people: int | None,
    serious: bool,
    harmful: bool,
    consequences: str,
    measures: str,
    minutes_ref: str,
    people_told_on: date | None,
) -> DataBreach:
    """Write down what is known by now. What turns out to be graver starts its reports; none is taken back."""
    row = _open(actor, pk)
    keys = [*(HARMFUL if harmful and not row.harmful else ()), *(SERIOUS if serious and not row.serious else ())]
    row.people, row.people_told_on = people, people_told_on
    row.serious, row.harmful = row.serious or serious, row.harmful or harmful
    row.consequences, row.measures, row.minutes_ref = consequences.strip(), measures.strip(), minutes_ref.strip()
    row.save()
    _start(row, keys)
    audit.record(
        actor=actor, action="privacy.breach_kept", target=row, values={"serious": row.serious, "harmful": row.harmful}
    )
    return row


@transaction.atomic
def close_breach(*, actor: Actor, pk: int) -> DataBreach:
    """Close it. Raises DomainError while a report, the measures or the minutes are missing."""
    require(actor, "privacy.close")
    row = _open(actor, pk)
    if BreachDuty.objects.filter(ward_id=row.ward_id, breach=row, done_at__isnull=True).exists():
        raise DomainError(_("A report has not been sent yet."))
    if not row.measures or not row.minutes_ref:
        raise DomainError(_("First write down the measures and the number of the minutes."))
    row.status, row.closed_at, row.closed_by_id = DataBreach.Status.CLOSED, timezone.now(), actor.id
    row.save(update_fields=["status", "closed_at", "closed_by", "updated_at"])
    audit.record(actor=actor, action="privacy.breach_closed", target=row)
    return row


@transaction.atomic
def record_check(*, actor: Actor, checked_on: date, file_ref: str, result: str) -> ProcessingReview:
    """Record a check of how personal data is treated. Raises DomainError for a day to come."""
    require(actor, "privacy.check")
    if checked_on > timezone.localdate():
        raise DomainError(_("The check cannot be of a day to come."), field="checked_on")
    row = ProcessingReview.objects.create(
        ward_id=actor.ward_id,
        checked_on=checked_on,
        checked_by_id=actor.id,
        file_ref=file_ref.strip(),
        result=result.strip(),
    )
    audit.record(actor=actor, action="privacy.checked", target=row)
    return row


@transaction.atomic
def note_register_taken(*, actor: Actor) -> None:
    """Keep in the audit trail that the register was taken out as a file."""
    require(actor, "privacy.register")
    audit.record(actor=actor, action="privacy.register_exported")


# --- by time ---------------------------------------------------------------------------------------------------------


def before(rule: RetentionRule, now: datetime) -> datetime:
    """What is older than this has had its time."""
    spans = {
        RetentionRule.Unit.HOURS: timedelta(hours=rule.amount),
        RetentionRule.Unit.DAYS: timedelta(days=rule.amount),
        RetentionRule.Unit.MONTHS: relativedelta(months=rule.amount),
        RetentionRule.Unit.YEARS: relativedelta(years=rule.amount),
    }
    return now - spans[RetentionRule.Unit(rule.unit)]


def apply_retention(*, ward_id: int, now: datetime | None = None) -> dict[str, int]:
    """Take from the ward's closed tips and data requests what has had its time; cases stay, people go."""
    now = now or timezone.now()
    done: dict[str, int] = {}
    for key in ("TIP_CLOSED", "TIP_TRANSFERRED", "TIP_PICTURES", "DATA_REQUEST"):
        rule = reads.retention(key, local_date(now))
        if rule is None:
            continue
        limit = before(rule, now)
        if key == "TIP_PICTURES":
            done[key] = forget_pictures(ward_id=ward_id, before=limit)
        elif key == "DATA_REQUEST":
            done[key] = _forget_requests(ward_id, limit)
        else:
            done[key] = forget_words(ward_id=ward_id, before=limit, transferred=key == "TIP_TRANSFERRED")
    return done


@transaction.atomic
def _forget_requests(ward_id: int, limit: datetime) -> int:
    rows = DataRequest.objects.filter(ward_id=ward_id, closed_at__lt=limit, person__isnull=False)
    gone = rows.update(person=None, household=None, identity_ref="", answer=GONE, extended_for="")
    if gone:
        audit.record(actor=None, ward_id=ward_id, action="data_requests.forgotten", values={"rows": gone})
    return gone


def count_people() -> None:
    """Once a day, count how many people's data the installation holds, ward by ward, and keep the sums."""
    day = timezone.localdate()
    if LevelDay.objects.filter(day=day).exists():
        return
    sums = {"basic": 0, "sensitive": 0, "wards": 0}
    for ward_id in active_wards().values_list("pk", flat=True):
        with ward_scope(ward_id):
            here = reads.counts(ward_id)
        sums = {"basic": sums["basic"] + here["basic"], "sensitive": sums["sensitive"] + here["sensitive"],
                "wards": sums["wards"] + 1}  # fmt: skip
    LevelDay.objects.update_or_create(day=day, defaults=sums)

"""Writes on the territory."""

from __future__ import annotations

import re
from datetime import date, time

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _
from vietnam_provinces import Province as OfficialProvince
from vietnam_provinces import Ward as OfficialWard

from vikhe_portal.core import audit
from vikhe_portal.core.calendar import HOLIDAYS_2026, HOLIDAYS_2027, HolidayRow
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.text import search_key
from wards.models import Neighbourhood, Province, PublicHoliday, Ward, WardProfile

_NEXT_NUMBER = """
    INSERT INTO wards_numberseries AS held (ward_id, series, year, last) VALUES (%s, %s, %s, 1)
    ON CONFLICT (ward_id, series, year) DO UPDATE SET last = held.last + 1
    RETURNING last
"""


def load_units() -> tuple[int, int]:
    """Load or refresh the 34 provinces and 3,321 wards from the published list; returns how many of each."""
    provinces = [Province(id=int(unit.code), name=unit.name) for unit in OfficialProvince.iter_all()]
    wards = [
        Ward(
            id=int(unit.code),
            name=unit.name,
            slug=unit.codename.replace("_", "-")[:80],
            province_id=int(unit.province_code),
        )
        for unit in OfficialWard.iter_all()
    ]
    Province.objects.bulk_create(
        provinces, update_conflicts=True, unique_fields=["id"], update_fields=["name"], batch_size=1000
    )
    Ward.objects.bulk_create(
        wards,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "slug", "province_id"],
        batch_size=1000,
    )
    return len(provinces), len(wards)


def load_holidays() -> int:
    """Load the decided and provisional days of 2026 and 2027 that differ from the ordinary week; returns how many.

    A day already held is left alone: somebody may have confirmed or corrected it.
    """
    rows = [
        PublicHoliday(date=row.day, kind=row.kind, name=row.name, decision=row.decision, status=row.status)
        for row in (*HOLIDAYS_2026, *HOLIDAYS_2027)
    ]
    PublicHoliday.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def save_holiday(
    *, actor: Actor, day: date, kind: str, name: str, decision: str, status: str, before: date | None = None
) -> PublicHoliday:
    """Enter a day, or correct the one listed as `before`. Raises DomainError when `day` is listed already.

    Clocks that run keep the deadline they were given; what starts later counts with the new calendar.
    """
    require(actor, "wards.calendar")
    if day != before and PublicHoliday.objects.filter(pk=day).exists():
        raise DomainError(_("This date is on the calendar already. Open it there to correct it."), field="date")
    if before is not None and before != day:
        PublicHoliday.objects.filter(pk=before).delete()
    row, made = PublicHoliday.objects.update_or_create(
        date=day, defaults={"kind": kind, "name": name, "decision": decision, "status": status}
    )
    _note(actor, "wards.holiday_added" if made and before is None else "wards.holiday_changed", row, before=before)
    return row


@transaction.atomic
def remove_holiday(*, actor: Actor, day: date) -> None:
    """Take a day off the calendar: it is again what its weekday says."""
    require(actor, "wards.calendar")
    row = PublicHoliday.objects.filter(pk=day).first()
    if row is not None:
        _note(actor, "wards.holiday_removed", row)
        row.delete()


@transaction.atomic
def import_holidays(*, actor: Actor, rows: list[HolidayRow]) -> int:
    """Save the days of a file, all or none; days listed already take the file's words. Returns how many."""
    require(actor, "wards.calendar")
    PublicHoliday.objects.bulk_create(
        [
            PublicHoliday(date=row.day, kind=row.kind, name=row.name, decision=row.decision, status=row.status)
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["kind", "name", "decision", "status"],
    )
    days = sorted(row.day.isoformat() for row in rows)
    audit.record(
        actor=actor,
        action="wards.holidays_imported",
        ward_id=actor.ward_id,
        values={"days": len(days), "first": days[0], "last": days[-1]},
    )
    return len(days)


def _note(actor: Actor, action: str, row: PublicHoliday, *, before: date | None = None) -> None:
    values = {"date": row.date.isoformat(), "kind": row.kind, "status": row.status}
    if before is not None and before != row.date:
        values["before"] = before.isoformat()
    audit.record(actor=actor, action=action, target=row, ward_id=actor.ward_id, values=values)


@transaction.atomic
def activate_ward(*, ward_id: int, demonstration: bool = False) -> Ward:
    """Let a ward use the installation; its profile starts with the strictest choices. Idempotent."""
    ward = Ward.objects.get(pk=ward_id)
    if not ward.active or ward.demonstration != demonstration:
        ward.active, ward.demonstration = True, demonstration
        ward.save(update_fields=["active", "demonstration"])
    with ward_scope(ward_id):
        WardProfile.objects.get_or_create(ward=ward)
    return ward


@transaction.atomic
def ensure_neighbourhood(
    *, actor: Actor, name: str, number: int | None = None, since: date | None = None
) -> Neighbourhood:
    """Return the actor's ward's neighbourhood of this name, made if it does not exist yet."""
    key = search_key(name)
    found = Neighbourhood.objects.filter(ward_id=actor.ward_id, key=key, exists__contains=timezone.localdate()).first()
    if found is not None:
        return found
    if number is None:
        digits = re.search(r"(\d+)\s*$", key)
        number = int(digits.group(1)) if digits else None
    row = Neighbourhood.objects.create(
        ward_id=actor.ward_id,
        name=name,
        key=key,
        number=number,
        exists=DateRange(since or timezone.localdate(), None),
    )
    audit.record(actor=actor, action="wards.neighbourhood_created", target=row)
    return row


@transaction.atomic
def set_identity_mode(*, actor: Actor, mode: str, decision: str) -> str:
    """Let the ward treat identities this way from now on. Returns the way before; the caller records the change."""
    profile = WardProfile.objects.select_for_update().get(ward_id=actor.ward_id)
    before, profile.identity_mode, profile.identity_decision = profile.identity_mode, mode, decision
    profile.save(update_fields=["identity_mode", "identity_decision", "updated_at"])
    return before


@transaction.atomic
def set_posting_limits(*, actor: Actor, quiet_from: time, quiet_to: time, weekly_budget: int) -> dict[str, str | int]:
    """Let the ward leave its groups alone at these hours and beyond this number a week. Returns the values before; the
    caller asks for the permission and records the change."""
    profile = WardProfile.objects.select_for_update().get(ward_id=actor.ward_id)
    before = profile.posting_limits()
    profile.quiet_from, profile.quiet_to, profile.weekly_budget = quiet_from, quiet_to, weekly_budget
    profile.save(update_fields=["quiet_from", "quiet_to", "weekly_budget", "updated_at"])
    return before


def next_number(*, ward_id: int, series: str, year: int | None = None) -> int:
    """Take the next number of a series; numbers restart each year, never repeat and, as a transaction that is rolled
    back gives its number back, leave no gap. One statement makes the row, locks it until commit and counts on."""
    year = year or timezone.localdate().year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [ward_id, series, year])
        (number,) = cursor.fetchone()
    return int(number)

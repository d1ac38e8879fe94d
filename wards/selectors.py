"""Reads of the territory."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood, PublicHoliday, Ward, WardProfile


def neighbourhoods(ward_id: int, on: date | None = None) -> QuerySet[Neighbourhood]:
    """The ward's neighbourhoods that exist on a day (today). Must run in the ward's scope."""
    return Neighbourhood.objects.filter(ward_id=ward_id, exists__contains=on or timezone.localdate())


def neighbourhoods_of(actor: Actor) -> QuerySet[Neighbourhood]:
    """The neighbourhoods of the actor's ward today."""
    return neighbourhoods(actor.ward_id)


def holidays() -> dict[date, str]:
    """Days that differ from the ordinary week: date → off, swap_off or swap_work."""
    return dict(PublicHoliday.objects.values_list("date", "kind"))


def holidays_of_year(year: int) -> QuerySet[PublicHoliday]:
    """The listed days of a year."""
    return PublicHoliday.objects.filter(date__year=year)


def holiday(day: date) -> PublicHoliday | None:
    """A listed day, or None."""
    return PublicHoliday.objects.filter(pk=day).first()


def holidays_on(days: list[date]) -> dict[date, PublicHoliday]:
    """Which of these days are listed."""
    return PublicHoliday.objects.in_bulk(days)


def kind_label(kind: str) -> str:
    """A kind of day in words."""
    return str(PublicHoliday.Kind(kind).label)


def status_label(status: str) -> str:
    """How certain a day is, in words."""
    return str(PublicHoliday.Status(status).label)


def calendar_years() -> set[int]:
    """Years with listed days."""
    return {first.year for first in PublicHoliday.objects.dates("date", "year")}


def active_wards() -> QuerySet[Ward]:
    """Wards that use this installation."""
    return Ward.objects.filter(active=True).select_related("province")


def identity_mode(ward_id: int) -> str:
    """How the ward treats reporters' identities; none when nothing was decided. Must run in the ward's scope."""
    mode = WardProfile.objects.filter(ward_id=ward_id).values_list("identity_mode", flat=True).first()
    return mode or WardProfile.IdentityMode.NONE


def acknowledge_minutes(ward_id: int) -> int:
    """Minutes after which an alert nobody took goes to the next person. Must run in the ward's scope."""
    minutes = WardProfile.objects.filter(ward_id=ward_id).values_list("acknowledge_minutes", flat=True).first()
    return minutes or WardProfile._meta.get_field("acknowledge_minutes").default

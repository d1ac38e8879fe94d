"""Broadcasts that go out again and again, by RFC 5545 rules; the library works out the days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice

from dateutil.rrule import rrulestr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST = 60  # goings-out of one broadcast
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REPEATS = (
    ("", gettext_lazy("Once")),
    ("daily", gettext_lazy("Every day")),
    ("weekly", gettext_lazy("Every week on that day")),
    ("fortnightly", gettext_lazy("Every second week on that day")),
    ("monthly", gettext_lazy("Every month on that date")),
    ("nth", gettext_lazy("Every month on that weekday (first, second, … last)")),
)


def rule_of(repeat: str, first: datetime, until: date) -> str:
    """The rule of a choice: from `first` on, the last time on `until` at the latest."""
    local = timezone.localtime(first)
    end = datetime.combine(until, time(23, 59, 59), local.tzinfo).astimezone(UTC)
    day = DAYS[local.weekday()]
    place = (local.day - 1) // 7 + 1
    parts = {
        "daily": "FREQ=DAILY",
        "weekly": f"FREQ=WEEKLY;BYDAY={day}",
        "fortnightly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
        # A month without that day has its last day instead of none.
        "monthly": f"FREQ=MONTHLY;BYMONTHDAY={local.day}"
        if local.day <= 28
        else f"FREQ=MONTHLY;BYMONTHDAY={','.join(str(n) for n in range(28, local.day + 1))};BYSETPOS=-1",
        "nth": f"FREQ=MONTHLY;BYDAY={place if place < 5 else -1}{day}",
    }
    return f"{parts[repeat]};UNTIL={end:%Y%m%dT%H%M%SZ}"


def times_of(rule: str, first: datetime, most: int = MOST) -> list[datetime]:
    """The moments of a rule, `first` among them, at its hour on the ward's clock; one more than `most` at the most."""
    return list(islice(rrulestr(rule, dtstart=timezone.localtime(first)), most + 1))


def in_words(rule: str, first: datetime) -> str:
    """A rule as people say it."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    local = timezone.localtime(first)
    weekday = date_format(local, "l")
    end = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    values = {
        "day": weekday,
        "number": local.day,
        "time": f"{local:%H:%M}",
        "until": f"{timezone.localtime(end):%d/%m/%Y}",
        "place": parts.get("BYDAY", "")[:-2],
    }
    if parts["FREQ"] == "DAILY":
        return _("every day at %(time)s, until %(until)s") % values
    if parts["FREQ"] == "WEEKLY" and parts.get("INTERVAL") == "2":
        return _("every second week on %(day)s at %(time)s, until %(until)s") % values
    if parts["FREQ"] == "WEEKLY":
        return _("every week on %(day)s at %(time)s, until %(until)s") % values
    if "BYMONTHDAY" in parts:
        return _("every month on the %(number)s. at %(time)s, until %(until)s") % values
    if values["place"] == "-1":
        return _("every month on the last %(day)s at %(time)s, until %(until)s") % values
    return _("every month on %(day)s number %(place)s at %(time)s, until %(until)s") % values

"""The territory: provinces, wards, neighbourhoods, the calendar and number series."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.models import TimeStamped


class Province(models.Model):
    """A province or city, by its code of the General Statistics Office."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name"]


class Ward(models.Model):
    """A ward or commune (phường, xã). The key is the official code as a number; everything a ward owns carries it."""

    id = models.IntegerField(primary_key=True)
    province = models.ForeignKey(Province, models.PROTECT, related_name="wards", verbose_name=_("province"))
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80)
    active = models.BooleanField(_("uses this portal"), default=False)
    demonstration = models.BooleanField(_("demonstration"), default=False)

    class Meta:
        ordering = ["name"]

    @property
    def code(self) -> str:
        """The official five-digit code."""
        return f"{self.id:05d}"


class WardProfile(TimeStamped):
    """What a ward has decided for itself. Each choice that needs a written decision carries its number."""

    class IdentityMode(models.TextChoices):
        NONE = "none", _("none: no identity is taken")
        SEALED_OFFLINE = "offline", _("sealed, opened on a machine without network")
        SEALED_ONLINE = "online", _("sealed, opened in the portal by two persons")

    ward = models.OneToOneField(Ward, models.CASCADE, related_name="profile", verbose_name=_("ward"))
    identity_mode = models.CharField(
        _("identity of reporters"), max_length=8, choices=IdentityMode.choices, default=IdentityMode.NONE
    )
    identity_decision = models.CharField(_("decision on identities"), max_length=120, blank=True)
    member_cap = models.PositiveIntegerField(_("members a group may have"), default=900)
    silent_days = models.PositiveSmallIntegerField(_("days without a post until a group counts as silent"), default=14)
    confirm_days = models.PositiveSmallIntegerField(_("days a counted coverage stays confirmed"), default=90)
    quiet_from = models.TimeField(_("quiet hours from"), default="21:00")
    quiet_to = models.TimeField(_("quiet hours to"), default="06:30")
    weekly_budget = models.PositiveSmallIntegerField(_("posts a group may get in a week"), default=7)
    acknowledge_minutes = models.PositiveSmallIntegerField(_("minutes until the next person is alerted"), default=15)
    duty_phone = models.CharField(_("duty telephone"), max_length=20, blank=True)
    office_address = models.CharField(_("office"), max_length=200, blank=True)
    committee_name = models.CharField(
        _("name of the committee"),
        max_length=200,
        default="Ban Chỉ đạo thực hiện phong trào Toàn dân bảo vệ an ninh Tổ quốc",
    )

    def quiet_until(self, moment: datetime) -> datetime | None:
        """The end of the quiet hours `moment` falls into, or None. Same hour for both ends: no quiet hours."""
        local = timezone.localtime(moment)
        start, end, at = self.quiet_from, self.quiet_to, local.time()
        over_night = start > end
        if not (start <= at < end or (over_night and (at >= start or at < end))):
            return None
        day = local.date() + timedelta(days=1 if over_night and at >= start else 0)
        return datetime.combine(day, end, local.tzinfo)

    def open_minutes(self) -> int:
        """Minutes of a day outside the quiet hours."""
        begin, end = (at.hour * 60 + at.minute for at in (self.quiet_from, self.quiet_to))
        return 24 * 60 - (end - begin) % (24 * 60)

    def posting_limits(self) -> dict[str, str | int]:
        """Quiet hours and weekly number as they are written down in the audit trail."""
        return {
            "quiet_from": f"{self.quiet_from:%H:%M}",
            "quiet_to": f"{self.quiet_to:%H:%M}",
            "weekly_budget": self.weekly_budget,
        }

    def next_quiet(self, moment: datetime) -> datetime | None:
        """When the quiet hours begin next after `moment`, or None when there are none."""
        if self.quiet_from == self.quiet_to:
            return None
        local = timezone.localtime(moment)
        begin = datetime.combine(local.date(), self.quiet_from, local.tzinfo)
        return begin if begin > moment else begin + timedelta(days=1)


class Neighbourhood(TimeStamped):
    """A residential group (tổ dân phố) with the days it exists."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="neighbourhoods", verbose_name=_("ward"))
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=120, help_text="name without marks, for matching")
    exists = DateRangeField(_("exists"))

    class Meta:
        ordering = ["number", "key"]
        constraints = [
            ExclusionConstraint(
                name="wards_neighbourhood_one_name",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("key", RangeOperators.EQUAL),
                    ("exists", RangeOperators.OVERLAPS),
                ],
            )
        ]


class PublicHoliday(models.Model):
    """A day that differs from the ordinary week: off, off in exchange, or worked in exchange. National, by decision."""

    class Kind(models.TextChoices):
        OFF = "off", _("day off")
        SWAP_OFF = "swap_off", _("day off in exchange")
        SWAP_WORK = "swap_work", _("working day in exchange")

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        PROVISIONAL = "provisional", _("provisional")

    date = models.DateField(_("date"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    decision = models.CharField(_("decision"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices)

    class Meta:
        ordering = ["date"]


class NumberSeries(models.Model):
    """The next number of a series (a register, a kind of document) in a year. Numbers are never used twice."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    series = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "series", "year"], name="wards_series_one")]

"""How the ward treats personal data: the register of processing, how long things are kept, breaches, the level."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tips.models import ClockPolicy
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Ward

User = settings.AUTH_USER_MODEL
Certainty = ClockPolicy.Certainty


class ProcessingActivity(models.Model):
    """One version of an entry of the register of processing: what the portal does with whose data, and why."""

    key = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveSmallIntegerField()
    label = models.CharField(_("activity"), max_length=120)
    subjects = models.CharField(_("whose data"), max_length=200)
    kept = models.CharField(_("what is kept"), max_length=400)
    sensitive = models.BooleanField(_("sensitive data"), default=False)
    purpose = models.CharField(_("what for"), max_length=300)
    basis = models.CharField(_("legal basis"), max_length=300)
    readers = models.CharField(_("who reads it"), max_length=300)
    given_to = models.CharField(_("to whom it is passed on"), max_length=300)
    protection = models.CharField(_("protection"), max_length=400)
    only_identities = models.BooleanField(default=False, help_text="only where the ward takes reporters' identities")
    public = models.BooleanField(default=True, help_text="part of the notice for residents")
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force to"), null=True, blank=True)

    class Meta:
        db_table = "oversight_processing_reference"
        ordering = ["order", "version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="oversight_processing_version")]


class RetentionRule(models.Model):
    """One version of how long a kind of data is kept, and what is left afterwards. New rules are new rows."""

    class Unit(models.TextChoices):
        HOURS = "hours", _("hours")
        DAYS = "days", _("days")
        MONTHS = "months", _("months")
        YEARS = "years", _("years")

    key = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)
    activity = models.CharField(max_length=30, help_text="key of the activity it belongs to")
    label = models.CharField(_("what"), max_length=160)
    amount = models.PositiveSmallIntegerField(_("length"))
    unit = models.CharField(_("unit"), max_length=6, choices=Unit.choices)
    since = models.CharField(_("counted from"), max_length=120)
    left = models.CharField(_("what is left"), max_length=200)
    basis = models.CharField(_("legal basis"), max_length=200)
    certainty = models.CharField(
        _("certainty"), max_length=11, choices=Certainty.choices, default=Certainty.UNCONFIRMED
    )
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force to"), null=True, blank=True)

    class Meta:
        db_table = "oversight_retention_reference"
        ordering = ["activity", "key", "version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="oversight_retention_version")]


class LevelLimit(models.Model):
    """How many people's data the system may hold before the law asks for the next level of protection."""

    class Kind(models.TextChoices):
        BASIC = "basic", _("people with basic data")
        SENSITIVE = "sensitive", _("people with sensitive data")

    kind = models.CharField(max_length=9, choices=Kind.choices)
    amount = models.PositiveIntegerField(_("number"))
    warn_percent = models.PositiveSmallIntegerField(_("warning at … per cent"), default=80)
    basis = models.CharField(_("legal basis"), max_length=200)
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force to"), null=True, blank=True)

    class Meta:
        db_table = "oversight_levellimit_reference"
        ordering = ["kind", "effective_from"]


class LevelDay(models.Model):
    """How many people's data the whole installation held on a day. Sums only; belongs to no ward."""

    day = models.DateField(primary_key=True)
    basic = models.PositiveIntegerField()
    sensitive = models.PositiveIntegerField()
    wards = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "oversight_levelday_reference"
        ordering = ["-day"]


class ProcessingReview(models.Model):
    """A check of how personal data is treated, as article 19 of the law demands, with where its paper lies."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    checked_on = models.DateField(_("checked on"))
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    file_ref = models.CharField(_("where the minutes are filed"), max_length=120)
    result = models.TextField(_("what was found and what is to be mended"), max_length=1000)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-checked_on", "-id"]


class DataBreach(TimeStamped):
    """Personal data that got lost, out, or changed. It names nobody; the minutes lie on paper."""

    class Nature(models.TextChoices):
        DISCLOSED = "disclosed", _("got to people who may not know it")
        ACCESSED = "accessed", _("somebody got in without permission")
        LOST = "lost", _("lost or destroyed")
        DEVICE = "device", _("a device or paper was lost or stolen")
        CHANGED = "changed", _("changed without permission")

    class Status(models.TextChoices):
        OPEN = "open", _("being handled")
        CLOSED = "closed", _("closed")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    number = models.PositiveIntegerField(_("number"))
    year = models.PositiveSmallIntegerField(_("year"))
    discovered_at = models.DateTimeField(_("discovered"))
    nature = models.CharField(_("what happened"), max_length=9, choices=Nature.choices)
    sensitive = models.BooleanField(_("sensitive data"), default=False)
    harmful = models.BooleanField(_("may harm security, order, life, health, honour or property"), default=True)
    serious = models.BooleanField(_("serious network security incident"), default=False)
    people = models.PositiveIntegerField(_("how many people"), null=True, blank=True)
    account = models.TextField(_("kinds of data and what happened"), max_length=2000)
    consequences = models.TextField(_("consequences"), max_length=1000, blank=True)
    measures = models.TextField(_("measures"), max_length=1000, blank=True)
    minutes_ref = models.CharField(_("number of the minutes"), max_length=60, blank=True)
    people_told_on = models.DateField(_("people told on"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=6, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-discovered_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "year", "number"], name="oversight_breach_number"),
            models.CheckConstraint(
                name="oversight_breach_closed",
                condition=Q(status="open", closed_at__isnull=True)
                | Q(status="closed", closed_at__isnull=False) & ~Q(minutes_ref="") & ~Q(measures=""),
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.status == self.Status.OPEN


class BreachDuty(models.Model):
    """One report a breach obliges to, with its clock."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    breach = WardForeignKey(DataBreach, models.CASCADE, related_name="duties")
    policy = models.ForeignKey(ClockPolicy, models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("sent"), null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    document = models.CharField(_("number of the document"), max_length=60, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "breach", "policy"], name="oversight_duty_once"),
            models.CheckConstraint(
                name="oversight_duty_documented",
                condition=Q(done_at__isnull=True, document="") | Q(done_at__isnull=False) & ~Q(document=""),
            ),
        ]
        indexes = [
            models.Index(fields=["ward", "due_at"], name="oversight_duty_open", condition=Q(done_at__isnull=True))
        ]

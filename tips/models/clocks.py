"""Clocks: versions of what the law or the ward sets, and the running time of each tip."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tips.models.tips import Tip
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.transitions import table
from wards.models import Ward


class ClockPolicy(models.Model):
    """One version of a time limit. New law is a new row with a later `effective_from`; running tips keep theirs."""

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        DAYS = "days", _("days")
        WORKING_DAYS = "working_days", _("working days")
        MONTHS = "months", _("months")

    class Nature(models.TextChoices):
        STATUTORY = "statutory", _("set by law")
        INTERNAL = "internal", _("set by the ward itself")
        TRACKING = "tracking", _("of another body, followed here")

    class Certainty(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("unconfirmed")
        CONFIRMED = "confirmed", _("confirmed by the ward with a document")

    class Start(models.TextChoices):
        RECEIVED = "received", _("reception")
        CLASSIFIED = "classified", _("classification")
        ASSIGNED = "assigned", _("assignment")
        TRANSFERRED = "transferred", _("reception by the investigating body")
        ACCEPTED = "accepted", _("acceptance for settlement")
        RESULT = "result", _("the result is known")
        PREVIOUS = "previous", _("end of the period before")
        REQUEST = "request", _("the request")

    key = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    label = models.CharField(_("time limit"), max_length=120)
    unit = models.CharField(_("unit"), max_length=12, choices=Unit.choices)
    amount = models.PositiveSmallIntegerField(_("length"))
    start = models.CharField(_("starts with"), max_length=11, choices=Start.choices)
    owner_role = models.CharField(_("owner"), max_length=20)
    warn_percent = models.PositiveSmallIntegerField(_("warning after … per cent of the time"), default=75)
    climb_minutes = models.PositiveIntegerField(_("minutes until the next superior is told"), default=240)
    extension = models.CharField(_("extension"), max_length=200, blank=True)
    extension_amount = models.PositiveSmallIntegerField(
        default=0, help_text="length of one extension in the same unit; 0: as long as the period itself"
    )
    max_extensions = models.PositiveSmallIntegerField(default=0)
    basis = models.CharField(_("legal basis"), max_length=200)
    nature = models.CharField(_("nature"), max_length=9, choices=Nature.choices)
    certainty = models.CharField(
        _("certainty"), max_length=11, choices=Certainty.choices, default=Certainty.UNCONFIRMED
    )
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("in force to"), null=True, blank=True)

    class Meta:
        db_table = "tips_clockpolicy_reference"
        ordering = ["key", "version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="tips_policy_version")]


class Clock(models.Model):
    """The running time of one limit on one tip. A queue row: ids, states and times, no words."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        WARNED = "warned", _("due soon")
        OVERDUE = "overdue", _("overdue")
        MET = "met", _("met")
        LATE = "late", _("done late")
        STOPPED = "stopped", _("no longer applies")

    TRANSITIONS = table(
        running="warned overdue met late stopped",
        warned="running overdue met late stopped",
        overdue="late stopped running",
        met="",
        late="",
        stopped="",
    )
    LIVE = (State.RUNNING, State.WARNED, State.OVERDUE)

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="clocks")
    policy = models.ForeignKey(ClockPolicy, models.PROTECT, related_name="+")
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attention_at = models.DateTimeField(null=True, help_text="when the tick must look at it next")
    rung = models.PositiveSmallIntegerField(default=0, help_text="how far up the ladder people were told")
    extensions = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "tip", "policy"],
                condition=Q(state__in=["running", "warned", "overdue"]),
                name="tips_clock_once",
            ),
            models.CheckConstraint(
                name="tips_clock_ended",
                condition=Q(state__in=["running", "warned", "overdue"], ended_at__isnull=True)
                | Q(state__in=["met", "late", "stopped"], ended_at__isnull=False, attention_at__isnull=True),
            ),
            models.CheckConstraint(name="tips_clock_order", condition=Q(warn_at__lte=models.F("due_at"))),
        ]
        indexes = [
            # The tick reads only what needs attention now.
            models.Index(fields=["attention_at"], name="tips_clock_tick", condition=Q(attention_at__isnull=False)),
            models.Index(
                fields=["ward", "tip"],
                name="tips_clock_live",
                condition=Q(state__in=["running", "warned", "overdue"]),
            ),
        ]

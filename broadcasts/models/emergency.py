"""Emergencies: words prepared and approved in peace, the runs in which they went out, who was called and answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadcasts.models.ledger import Broadcast, Category
from vikhe_portal.core.fields import WardForeignKey, WardOneToOneField
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


def default_starters() -> list[str]:
    """Posts that may start an emergency until the ward decides otherwise."""
    return ["chief", "deputy_chief", "duty_officer"]


class EmergencyRules(TimeStamped):
    """What the ward decided about emergencies: who may start one, and its two clocks."""

    ward = models.OneToOneField(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    starters = models.JSONField(_("who may start"), default=default_starters)
    confirm_minutes = models.PositiveSmallIntegerField(_("minutes in which a second person must confirm"), default=15)
    ring_minutes = models.PositiveSmallIntegerField(_("minutes until the next ring is called"), default=5)


class EmergencyText(TimeStamped):
    """An alarm and its all-clear, written by one person and approved by another before anything happens."""

    class Kind(models.TextChoices):
        FIRE = "fire", _("fire")
        CHILD = "child", _("missing child")
        FLOOD = "flood", _("storm, flood")
        OTHER = "other", _("other danger")

    class Status(models.TextChoices):
        DRAFT = "draft", _("waiting for a second person")
        APPROVED = "approved", _("approved")
        RETIRED = "retired", _("no longer used")

    TRANSITIONS = table(draft="approved retired", approved="draft retired", retired="draft")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    kind = models.CharField(_("danger"), max_length=5, choices=Kind.choices)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("subject"))
    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(_("alarm"))
    all_clear = models.TextField(_("all-clear"))
    source_line = models.CharField(_("source"), max_length=160)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("writer"))
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "title"]
        constraints = [
            models.CheckConstraint(
                name="broadcasts_emergency_four_eyes",
                condition=~Q(status="approved")
                | Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("author")),
            ),
        ]


class EmergencyRun(models.Model):
    """One alarm, or one drill. Ids and times only: the sweeper looks at these rows across wards."""

    class State(models.TextChoices):
        RUNNING = "running", _("alarm running")
        ALL_CLEAR = "clear", _("all-clear given")
        TAKEN_DOWN = "down", _("stopped and taken down")

    TRANSITIONS = table(running="clear down", clear="", down="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    text = WardForeignKey(EmergencyText, models.PROTECT, related_name="runs")
    drill = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    broadcast = WardForeignKey(Broadcast, models.PROTECT, related_name="+", null=True, blank=True)
    clear_broadcast = WardForeignKey(Broadcast, models.PROTECT, related_name="+", null=True, blank=True)
    group_ids = models.JSONField(default=list)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    confirm_by = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ring = models.PositiveSmallIntegerField(default=1)
    next_ring_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A drill has nothing that any sender or card could ever pick up.
            models.CheckConstraint(
                name="broadcasts_drill_reaches_nobody",
                condition=Q(drill=False) | Q(broadcast__isnull=True, clear_broadcast__isnull=True),
            ),
            models.CheckConstraint(
                name="broadcasts_emergency_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("started_by")),
            ),
            models.UniqueConstraint(
                fields=["ward", "text"],
                condition=Q(state="running", drill=False),
                name="broadcasts_one_running_alarm",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="broadcasts_running_alarms", condition=Q(state="running"))]


class EmergencyCall(models.Model):
    """A person called to an alarm, and when they said that they have it."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    run = WardForeignKey(EmergencyRun, models.CASCADE, related_name="calls")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    ring = models.PositiveSmallIntegerField()
    called_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "run", "user"], name="broadcasts_called_once")]


class EmergencyReview(TimeStamped):
    """What was learnt: the written part of the after-action sheet."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    run = WardOneToOneField(EmergencyRun, models.CASCADE, related_name="review")
    went_well = models.TextField(_("What went well"), blank=True)
    to_change = models.TextField(_("What to change, by whom, by when"), blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")

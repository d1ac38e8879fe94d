"""Inspections: a drawn sample of groups and tips, a sheet with a score, findings with owner and date, second visit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models import ZaloGroup
from tips.models import Tip
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Inspection(TimeStamped):
    """A planned look at some groups and how some tips were handled. `seed` lets the draw be repeated and checked."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("inspection", "planned")
        DONE = "done", pgettext_lazy("inspection", "finished")
        CANCELLED = "cancelled", pgettext_lazy("inspection", "cancelled")

    TRANSITIONS = table(planned="done cancelled", done="", cancelled="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    title = models.CharField(_("title"), max_length=200)
    planned_on = models.DateField(_("day of the inspection"))
    inspector = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("inspector"))
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.PLANNED)
    summary = models.TextField(_("summary"), max_length=2000, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-planned_on", "-id"]


class InspectionItem(TimeStamped):
    """One drawn group or tip with its sheet. Of a tip only number, kind and state are ever shown here."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    inspection = WardForeignKey(Inspection, models.CASCADE, related_name="items")
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+", null=True, blank=True)
    tip = WardForeignKey(Tip, models.PROTECT, related_name="+", null=True, blank=True)
    answers = models.JSONField(default=dict, help_text="question → true/false")
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="per cent of the questions in order")
    note = models.CharField(_("note"), max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="oversight_item_is_one_thing",
                condition=Q(group__isnull=False, tip__isnull=True) | Q(group__isnull=True, tip__isnull=False),
            ),
            models.UniqueConstraint(fields=["ward", "inspection", "group"], name="oversight_item_group_once"),
            models.UniqueConstraint(fields=["ward", "inspection", "tip"], name="oversight_item_tip_once"),
        ]


class Finding(TimeStamped):
    """What an inspection found wrong: who mends it, by when, and what the second visit saw."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding", "to be mended")
        MENDED = "mended", pgettext_lazy("finding", "mended, waiting for the second visit")
        CLOSED = "closed", pgettext_lazy("finding", "closed after the second visit")

    TRANSITIONS = table(open="mended", mended="closed open", closed="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    item = WardForeignKey(InspectionItem, models.CASCADE, related_name="findings")
    text = models.CharField(_("finding"), max_length=500)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who mends it"))
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=6, choices=Status.choices, default=Status.OPEN)
    mended_note = models.CharField(_("what was done"), max_length=500, blank=True)
    mended_at = models.DateTimeField(null=True, blank=True)
    revisited_at = models.DateTimeField(null=True, blank=True)
    revisit_note = models.CharField(_("what the second visit saw"), max_length=500, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(
                fields=["ward", "owner", "due_on"], name="oversight_finding_open", condition=~Q(status="closed")
            )
        ]

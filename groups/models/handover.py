"""The passing of an area from one officer to another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models.zalo import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class Handover(TimeStamped):
    """The passing of an area from one officer to another: access switches at `effective_at` by dates alone."""

    class Reason(models.TextChoices):
        MOVE = "move", _("moved to another area")
        TRANSFER = "transfer", _("transferred to another unit")
        RETIREMENT = "retirement", _("retired")
        LEAVE = "leave", _("on leave")
        ILLNESS = "illness", _("long illness")

    class Status(models.TextChoices):
        OPEN = "open", _("under way")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("taken back")

    LEAVING = (Reason.TRANSFER, Reason.RETIREMENT)
    TRANSITIONS = table(open="closed cancelled", closed="", cancelled="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    from_user = models.ForeignKey(User, models.PROTECT, related_name="handovers_out", verbose_name=_("hands over"))
    to_user = models.ForeignKey(User, models.PROTECT, related_name="handovers_in", verbose_name=_("takes over"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    decision_no = models.CharField(_("decision number"), max_length=60)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    effective_at = models.DateTimeField(_("effective"))
    until = models.DateTimeField(_("given back at"), null=True, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    minutes_number = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True, help_text="when a cover's work had gone back")
    credentials_revoked_at = models.DateTimeField(
        null=True, blank=True, help_text="when sessions and keys of who left the ward had ended"
    )
    undo = models.JSONField(default=dict, help_text="dates before and after the plan, to take it back")

    class Meta:
        ordering = ["-effective_at", "-id"]
        constraints = [
            models.CheckConstraint(name="groups_handover_two_people", condition=~Q(from_user=F("to_user"))),
        ]


class HandoverArea(models.Model):
    """A neighbourhood that a handover passes on."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="areas")
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "handover", "neighbourhood"], name="groups_handover_area_once")
        ]


class HandoverItem(models.Model):
    """One thing the officer held when the handover began, and whether it has moved."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    moved_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "handover", "kind", "object_id"], name="groups_handover_item_once")
        ]


class HandoverStep(models.Model):
    """A step of the handover (per group where it concerns one), with evidence and the person who did it."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=30)
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+", null=True, blank=True)
    order = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)
    raised_at = models.DateTimeField(null=True, blank=True, help_text="when the chief was told that it is overdue")
    announcement = models.UUIDField(null=True, blank=True, help_text="the broadcast that tells the group")
    announced_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, help_text="who had it drafted"
    )

    class Meta:
        ordering = ["order", "id"]

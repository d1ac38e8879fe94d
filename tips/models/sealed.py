"""What is sealed to people's keys, and the pictures that came with a tip."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SealingKey
from tips.models.tips import Tip
from vikhe_portal.core.fields import WardForeignKey
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class SealedReporter(models.Model):
    """Name and telephone of a reporter, sealed to one holder's key: whoever wrote this row cannot read it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="sealed_reporters")
    key = WardForeignKey(SealingKey, models.PROTECT, related_name="+")
    box = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "tip", "key"], name="tips_reporter_once")]


class Attachment(models.Model):
    """A picture: a pixel copy for reading, and the original as evidence, which only key holders can open."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    display = models.CharField(max_length=40, blank=True, help_text="stored name of the pixel copy")
    thumbnail = models.CharField(max_length=40, blank=True)
    original = models.CharField(max_length=40, blank=True, help_text="stored name; empty when nobody could open it")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ward", "tip", "position"], name="tips_attachment_position")]


class SealedOriginal(models.Model):
    """The key of one original file, sealed to one holder. Destroying this row destroys the file for that holder."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    attachment = WardForeignKey(Attachment, models.CASCADE, related_name="sealed_keys")
    key = WardForeignKey(SealingKey, models.PROTECT, related_name="+")
    box = models.BinaryField()


class IdentityRequest(models.Model):
    """A request to open a sealed identity: a reason, a second person's approval, a passphrase, a time limit."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="identity_requests")
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    requested_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(_("reason"), max_length=300)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name=_("approved by"))
    approved_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            # Nobody approves their own request.
            models.CheckConstraint(
                name="tips_two_persons", condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by"))
            ),
            models.CheckConstraint(
                name="tips_opened_when_approved",
                condition=Q(opened_at__isnull=True) | Q(approved_at__isnull=False, expires_at__isnull=False),
            ),
        ]


class SecurityReader(models.Model):
    """A deputy chief named by a written decision to read reports on national security."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    decision_no = models.CharField(_("decision number"), max_length=60)
    named_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "user"], condition=Q(ended_at__isnull=True), name="tips_reader_once"
            )
        ]

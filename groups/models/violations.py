"""What members did against a group's rules, and how the group answered: per membership, for twelve months."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models.zalo import Membership
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Violation(TimeStamped):
    """One breach of a group's rules by one of its members. It counts until it expires or is taken back."""

    class Kind(models.TextChoices):
        ADVERTISING = "advertising", _("advertising or spam")
        UNVERIFIED = "unverified", _("unverified or false news")
        INSULT = "insult", _("insult or quarrel")
        PERSONAL_DATA = "personal_data", _("personal data of others")
        SECRET = "secret", _("information not meant for the public")
        UNLAWFUL = "unlawful", _("content that breaks the law")
        OFF_TOPIC = "off_topic", _("outside the group's purpose")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    membership = WardForeignKey(Membership, models.CASCADE, related_name="violations")
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    rule = models.CharField(_("rule"), max_length=160, help_text="the rule of the group that was broken")
    seen_at = models.DateTimeField(_("seen"))
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("counts until"))
    reply = models.BinaryField(null=True, blank=True)
    reply_key = models.CharField(max_length=32, blank=True, help_text="binds the ciphertext to this row")
    replied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-seen_at", "-id"]
        indexes = [models.Index(fields=["ward", "membership", "expires_at"], name="groups_violation_counts")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="groups_violation_expires_after_it_began"
            )
        ]

    @property
    def counts(self) -> bool:
        """Whether it still stands against the membership."""
        return self.withdrawn_at is None and self.expires_at > timezone.now()


class ViolationStep(models.Model):
    """A step of the ladder taken for a violation: who, when, why. Steps are written once and stay."""

    class Rung(models.IntegerChoices):
        REMIND = 1, pgettext_lazy("step", "remind")
        WARN = 2, pgettext_lazy("step", "warn")
        MUTE = 3, pgettext_lazy("step", "mute")
        REMOVE = 4, pgettext_lazy("step", "remove from the group")
        REFER = 5, pgettext_lazy("step", "refer to the ward police")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    violation = WardForeignKey(Violation, models.CASCADE, related_name="steps")
    rung = models.PositiveSmallIntegerField(_("step"), choices=Rung.choices)
    reason = models.CharField(_("reason"), max_length=300)
    skipped = models.BooleanField(default=False, help_text="taken by a superior past a lower step")
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["taken_at", "id"]

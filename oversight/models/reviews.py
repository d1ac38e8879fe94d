"""Periodic reviews: figures frozen at the cut-off, narrative, signatures; and the chief's message of the day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Review(TimeStamped):
    """A report on one period. `figures` and `annexes` hold what was counted at the cut-off and by which query.

    Once signed, neither the row (a trigger refuses) nor the stored file changes.
    """

    class Kind(models.TextChoices):
        WEEK = "week", _("week")
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        HALF_YEAR = "half_year", _("half-year")
        YEAR = "year", _("year")

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("report", "draft")
        APPROVED = "approved", pgettext_lazy("report", "approved, waiting for the signature")
        SIGNED = "signed", pgettext_lazy("report", "signed")

    TRANSITIONS = table(draft="approved", approved="signed draft", signed="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    kind = models.CharField(_("kind of period"), max_length=9, choices=Kind.choices)
    start = models.DateField(_("from day"))
    end = models.DateField(_("to day"))
    cutoff_at = models.DateTimeField(_("figures counted at"))
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    figures = models.JSONField(default=list, help_text="rows of key, label, value, value before, query")
    annexes = models.JSONField(default=list, help_text="tables: title, columns, rows")
    sections = models.JSONField(default=dict, help_text="section key → text")
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    document = models.CharField(max_length=40, blank=True, help_text="name of the stored .docx")
    document_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-end", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "kind", "start"], name="oversight_review_once"),
            models.CheckConstraint(name="oversight_review_days", condition=Q(end__gte=F("start"))),
            # Signed means signed by somebody, at a time, with a number and a stored document; anything else has none.
            models.CheckConstraint(
                name="oversight_review_signed_complete",
                condition=Q(status="signed", signed_by__isnull=False, signed_at__isnull=False, number__isnull=False)
                & ~Q(document="")
                & ~Q(document_digest="")
                | ~Q(status="signed")
                & Q(signed_by__isnull=True, signed_at__isnull=True, number__isnull=True, document=""),
            ),
        ]


class DailyMessage(TimeStamped):
    """What the chief wants everyone to read first today."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    text = models.CharField(_("message"), max_length=500)
    until = models.DateField(_("shown until"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The home page: the message that still stands.
            models.Index(
                fields=["ward", "-created_at"],
                name="oversight_message_current",
                condition=Q(withdrawn_at__isnull=True),
            )
        ]

"""Directives of the committee, their parts with owners and dates, what happened, and what went to the head."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class Directive(TimeStamped):
    """A task given by the committee. Its progress is never stored: it is what its parts say."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("directive", "being carried out")
        CLOSED = "closed", pgettext_lazy("directive", "completed")
        CANCELLED = "cancelled", pgettext_lazy("directive", "withdrawn")

    TRANSITIONS = table(open="closed cancelled", closed="open", cancelled="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    number = models.PositiveIntegerField(_("number"))
    year = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("what is to be done"), max_length=5000)
    source_document = models.CharField(_("source document"), max_length=200, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-year", "-number"]
        constraints = [models.UniqueConstraint(fields=["ward", "year", "number"], name="oversight_directive_number")]


class DirectivePart(TimeStamped):
    """One leaf of a directive: what one person does by a date, for the ward, a neighbourhood or a group."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("part of a directive", "to do")
        DONE = "done", pgettext_lazy("part of a directive", "done")
        CANCELLED = "cancelled", pgettext_lazy("part of a directive", "dropped")

    TRANSITIONS = table(open="done cancelled", done="open", cancelled="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    directive = WardForeignKey(Directive, models.CASCADE, related_name="parts")
    text = models.CharField(_("part"), max_length=500)
    neighbourhood = WardForeignKey(
        Neighbourhood, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("neighbourhood")
    )
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("group"))
    assignee = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who does it"))
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN)
    proof = models.TextField(_("result and proof"), max_length=2000, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    blocked = models.BooleanField(_("held up by an obstacle"), default=False)
    reminded_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="oversight_part_done_is_proven",
                condition=Q(status="done", done_at__isnull=False, done_by__isnull=False) & ~Q(proof="")
                | ~Q(status="done") & Q(done_at__isnull=True, done_by__isnull=True),
            )
        ]
        indexes = [
            # A person's own open parts, by date.
            models.Index(fields=["ward", "assignee", "due_on"], name="oversight_part_open", condition=Q(status="open"))
        ]


class DirectiveNote(models.Model):
    """A line of a directive's history. Appended, never altered."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("progress")
        OBSTACLE = "obstacle", _("obstacle")
        REMOVED = "removed", _("obstacle removed")
        REMINDER = "reminder", _("reminder")
        DONE = "done", _("reported done")
        RETURNED = "returned", _("given back")
        MOVED = "moved", _("given to another person")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    directive = WardForeignKey(Directive, models.CASCADE, related_name="notes")
    part = WardForeignKey(DirectivePart, models.CASCADE, related_name="notes", null=True, blank=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    text = models.CharField(max_length=1000, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["ward", "directive", "-at"], name="oversight_note_story")]


class RaisedMatter(models.Model):
    """A disagreement or large problem put before the committee head, and the head's decision (plan, III.3)."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    directive = WardForeignKey(Directive, models.CASCADE, related_name="raised")
    text = models.TextField(_("what cannot be agreed"), max_length=2000)
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(auto_now_add=True)
    decision = models.TextField(_("decision"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "directive"], condition=Q(decided_at__isnull=True), name="oversight_raised_once"
            ),
            models.CheckConstraint(
                name="oversight_decision_complete",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, decision="")
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
            ),
        ]

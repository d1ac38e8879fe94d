"""A tip, what happened to it, what was said, and whom it concerns."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import ZaloGroup
from tips.models.kinds import PAPER_TRACKS, RECORD_ROUTES, Channel, DayPart, Kind, Route, Track, Urgency
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class Tip(TimeStamped):
    """A message from a resident that the ward police must answer, transfer or close with a reason. Never "rejected".

    The words are encrypted under the ward's key and bound to `uuid`; lists use the coarse columns only.
    """

    class Status(models.TextChoices):
        NEW = "new", _("new")
        ASSIGNED = "assigned", _("being handled")
        ASKED = "asked", _("waiting for the reporter")
        ESCALATED = "escalated", _("with a superior")
        TRANSFERRED = "transferred", _("transferred")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("finished and closed")
        MERGED = "merged", _("joined to another report")

    TRANSITIONS = table(
        new="assigned asked escalated transferred answered merged",
        assigned="asked escalated transferred answered merged",
        asked="assigned escalated transferred answered merged",
        escalated="assigned asked transferred answered merged",
        transferred="assigned answered",
        answered="assigned escalated transferred closed",
        closed="assigned escalated",
        merged="assigned escalated",
    )
    FINISHED = (Status.CLOSED, Status.MERGED)

    class Series(models.TextChoices):
        GENERAL = "tips", _("intake register")
        STAFF = "tips_staff", _("register of reports about staff")
        QUESTION = "tips_question", _("list of questions on procedures")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("group"))
    neighbourhood = WardForeignKey(
        Neighbourhood, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("neighbourhood")
    )
    series = models.CharField(max_length=13, choices=Series.choices, default=Series.GENERAL)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    code = models.CharField(_("code"), max_length=20)
    book_number = models.CharField(_("number in the official book"), max_length=40, blank=True)
    paper_reference = models.CharField(_("reference to the paper file"), max_length=120, blank=True)

    kind = models.CharField(_("kind of report"), max_length=8, choices=Kind.choices)
    track = models.CharField(_("legal track"), max_length=20, choices=Track.choices, blank=True, default=Track.NONE)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices, default=Urgency.NORMAL)
    route = models.CharField(_("who may know of it"), max_length=12, choices=Route.choices, default=Route.ORDINARY)
    channel = models.CharField(_("how it came"), max_length=9, choices=Channel.choices)
    status = models.CharField(_("state"), max_length=11, choices=Status.choices, default=Status.NEW)

    received_at = models.DateTimeField(_("received"), default=timezone.now)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name=_("taken in by"))
    assignee = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name=_("handled by"))
    owner_role = models.CharField(max_length=20, default="duty_officer", help_text="who answers while nobody is named")
    occurred_on = models.DateField(_("day it happened"), null=True, blank=True)
    day_part = models.CharField(_("time of day"), max_length=9, choices=DayPart.choices, blank=True)

    content = models.BinaryField(null=True)
    receipt_hash = models.CharField(max_length=64, unique=True)
    submission = models.CharField(max_length=64, help_text="keyed hash of the form's own number")

    merged_into = WardForeignKey("self", models.PROTECT, related_name="joined", null=True, blank=True)
    split_from = WardForeignKey("self", models.PROTECT, related_name="parts", null=True, blank=True)
    counted_from = models.DateTimeField(null=True, help_text="earliest reception of the reports joined to it")

    next_due_at = models.DateTimeField(_("next deadline"), null=True)
    announced_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_late = models.BooleanField(_("answered after the deadline"), default=False)
    transferred_to = models.CharField(_("transferred to"), max_length=120, blank=True)
    transferred_at = models.DateTimeField(_("transferred at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    disagreed_at = models.DateTimeField(null=True, help_text="a reporter may disagree once")
    satisfied = models.BooleanField(_("reporter satisfied"), null=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "series", "year", "number"], name="tips_number_once"),
            models.UniqueConstraint(fields=["ward", "submission"], name="tips_submission_once"),
            models.CheckConstraint(
                name="tips_closed_complete",
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="tips_transferred_complete",
                condition=~Q(status="transferred") | (Q(transferred_at__isnull=False) & ~Q(transferred_to="")),
            ),
            # An open tip has somebody who answers for it and a clock that runs.
            models.CheckConstraint(
                name="tips_open_is_owned",
                condition=Q(status__in=["closed", "merged"]) | ~Q(owner_role="") & Q(next_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="tips_merged_complete",
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="tips_not_into_itself", condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id"))
            ),
            # Reports about staff live in their own series, everything else in the general one.
            models.CheckConstraint(
                name="tips_staff_not_ordinary",
                condition=~Q(series="tips_staff") | ~Q(route="ordinary"),
            ),
            models.CheckConstraint(
                name="tips_security_is_walled",
                condition=~Q(track="national_security") | Q(route="security"),
            ),
            models.CheckConstraint(
                name="tips_paper_is_walled",
                condition=~Q(track__in=list(PAPER_TRACKS)) | ~Q(route="ordinary"),
            ),
        ]
        indexes = [
            # The queue: unfinished tips of a ward by what is due next; and the register of a year.
            models.Index(fields=["ward", "next_due_at"], name="tips_queue", condition=~Q(status="closed")),
            models.Index(fields=["ward", "-received_at"], name="tips_received"),
            models.Index(fields=["ward", "assignee", "next_due_at"], name="tips_mine", condition=~Q(status="closed")),
            models.Index(fields=["ward", "id"], name="tips_to_announce", condition=Q(announced_at__isnull=True)),
            models.Index(fields=["ward", "merged_into"], name="tips_joined", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["ward", "split_from"], name="tips_parts", condition=Q(split_from__isnull=False)),
        ]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status not in self.FINISHED

    @property
    def counts_from(self) -> datetime:
        """From when the law counts: its own reception, or an earlier one of a report joined to it."""
        return self.counted_from or self.received_at

    @property
    def is_record(self) -> bool:
        """Whether only the fact of the report is kept."""
        return self.route in RECORD_ROUTES


class TipSubject(models.Model):
    """A member of staff whom the tip concerns, or who may not handle it: to them it does not exist."""

    class Relation(models.TextChoices):
        SUBJECT = "subject", _("the report is about this person")
        RECUSED = "recused", _("may not handle it")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="subjects")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    relation = models.CharField(max_length=8, choices=Relation.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "tip", "user"], name="tips_subject_once")]
        indexes = [models.Index(fields=["ward", "user"], name="tips_subject_user")]


class TipEvent(models.Model):
    """One step in the story of a tip: who, when, what, why. Appended, never changed."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        READ = "read", _("read for the first time")
        CLASSIFIED = "classified", _("classified")
        SUBJECTS = "subjects", _("marked as concerning staff")
        ASSIGNED = "assigned", _("assigned")
        ESCALATED = "escalated", _("passed to a superior")
        TRANSFERRED = "transferred", _("transferred to the competent body")
        ASKED = "asked", _("the reporter was asked a question")
        REPLIED = "replied", _("the reporter wrote back")
        ANSWERED = "answered", _("answered")
        DISAGREED = "disagreed", _("the reporter disagreed; a superior looks again")
        CLOSED = "closed", _("finished and closed")
        REOPENED = "reopened", _("reopened")
        RECUSED = "recused", _("an officer stepped back")
        HANDED_OVER = "handed_over", _("moved with a handover")
        OVERDUE = "overdue", _("a deadline passed")
        EXTENDED = "extended", _("a deadline was extended")
        IDENTITY = "identity", _("the sealed identity was asked for or opened")
        ERASED = "erased", _("words and sealed parts were destroyed as the law demands")
        PROGRESS = "progress", _("a development outside the ward was noted")
        JOINED = "joined", _("reports were joined")
        TAKEN_OUT = "taken_out", _("a report was taken out again")
        SPLIT = "split", _("a second matter was split off")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict, help_text="states, tracks, ids and names of clocks; nothing personal")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ward", "tip", "at"], name="tips_event_story")]


class TipMessage(models.Model):
    """Something said between the ward police and the reporter, encrypted like the tip itself."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("question to the reporter")
        ANSWER = "answer", _("answer")
        REPLY = "reply", _("from the reporter")
        DISAGREEMENT = "disagreement", _("the reporter does not agree")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    tip = WardForeignKey(Tip, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()
    submission = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "submission"], condition=~Q(submission=""), name="tips_message_once"
            )
        ]

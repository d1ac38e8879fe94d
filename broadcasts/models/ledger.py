"""What is said, who approved it, to whom it goes, and the ledger of every delivery."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey, WardOneToOneField
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Category(models.Model):
    """A subject group of the plan (III.2.b) or a topic below one. The same for every ward; the tree is data."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="topics")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("subject"), max_length=120)
    order = models.PositiveSmallIntegerField(default=0)
    needs_legal_ground = models.BooleanField(default=False, help_text="wanted and missing persons")
    needs_valid_until = models.BooleanField(default=False)

    class Meta:
        db_table = "broadcasts_category_reference"
        ordering = ["order", "id"]


class Broadcast(TimeStamped):
    """A text for residents on its way from a writer through an approver to every outlet."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        RETURNED = "returned", _("returned to the writer")
        APPROVED = "approved", _("approved")
        SCHEDULED = "scheduled", _("scheduled")
        DELIVERING = "delivering", _("being delivered")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("delivered")

    class Recall(models.TextChoices):
        PERSON = "person", _("called back")
        EXPIRED = "expired", _("its time is over")
        ALARM = "alarm", _("alarm taken down")

    TRANSITIONS = table(
        draft="submitted",
        submitted="approved returned draft",
        returned="draft submitted",
        approved="scheduled draft stopped",
        scheduled="delivering draft stopped",
        delivering="done stopped scheduled",
        stopped="",
        done="",
    )
    EDITABLE = (Status.DRAFT, Status.RETURNED, Status.SUBMITTED, Status.APPROVED, Status.SCHEDULED)

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(_("text"))
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("subject"))
    source_line = models.CharField(_("source"), max_length=160)
    legal_ground = models.CharField(_("legal ground"), max_length=200, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("writer"))
    editor = models.ForeignKey(User, models.PROTECT, related_name="+", help_text="who changed the text last")
    version = models.PositiveSmallIntegerField(default=1)
    holds = models.JSONField(default=list, help_text="ids of the marks that a second person must look at")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_version = models.PositiveSmallIntegerField(null=True, blank=True)
    returned_reason = models.CharField(_("why it was returned"), max_length=300, blank=True)
    stopped_reason = models.CharField(max_length=300, blank=True)
    recalled_at = models.DateTimeField(_("taken down at"), null=True, blank=True)
    recall_kind = models.CharField(max_length=8, choices=Recall.choices, blank=True, default="")
    recalled_reason = models.CharField(_("why it was taken down"), max_length=300, blank=True, default="")
    rule = models.CharField(max_length=200, blank=True, default="", help_text="RFC 5545, when it is repeated")
    on_web = models.BooleanField(_("also in the public web feed"), default=False)
    emergency = models.BooleanField(default=False, help_text="prepared words: no quiet hours, no budget")
    findings_accepted = models.BooleanField(default=False, help_text="the approver looked at the marks in `holds`")

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Four eyes, whatever the code: nobody approves what they wrote or changed last.
            models.CheckConstraint(
                name="broadcasts_four_eyes",
                condition=Q(approved_by__isnull=True) | (~Q(approved_by=F("author")) & ~Q(approved_by=F("editor"))),
            ),
            models.CheckConstraint(
                name="broadcasts_approved_is_complete",
                condition=~Q(status__in=["approved", "scheduled", "delivering", "done"])
                | Q(approved_by__isnull=False, approved_at__isnull=False, approved_version=F("version")),
            ),
        ]
        indexes = [models.Index(fields=["ward", "status", "-id"], name="broadcasts_by_status")]


class BroadcastVersion(models.Model):
    """A text as it stood; never changed. What is posted is always the approved version."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    broadcast = WardForeignKey(Broadcast, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    body = models.TextField()
    source_line = models.CharField(max_length=160)
    legal_ground = models.CharField(max_length=200, blank=True, default="")
    valid_until = models.DateField(null=True, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", null=True, blank=True)
    group_ids = models.JSONField(default=list, help_text="groups it was meant for")
    editor = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["ward", "broadcast", "number"], name="broadcasts_version_once")]


class Target(models.Model):
    """A group chosen for a broadcast."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    broadcast = WardForeignKey(Broadcast, models.CASCADE, related_name="targets")
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "broadcast", "group"], name="broadcasts_group_once")]


class Occurrence(models.Model):
    """One going-out of a broadcast; ids and times only, for the planner sweeps it across wards."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("being delivered")
        MISSED = "missed", _("missed its time")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("delivered")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    broadcast = WardForeignKey(Broadcast, models.CASCADE, related_name="occurrences")
    version = models.PositiveSmallIntegerField()
    planned_at = models.DateTimeField(_("goes out at"))
    state = models.CharField(max_length=7, choices=State.choices, default=State.PLANNED)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "broadcast", "planned_at"], name="broadcasts_goes_once")]
        indexes = [models.Index(fields=["planned_at"], name="broadcasts_due_plans", condition=Q(state="planned"))]


class Delivery(models.Model):
    """One broadcast to one group. Ids, states and times only.

    Through the Official Account: pending → claimed → sending → sent, or retry, dead, unknown. By hand: handed_to →
    done_by or skipped.
    """

    class Kind(models.TextChoices):
        GMF = "gmf", _("posted by the Official Account")
        CARD = "card", _("posting card")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        CLAIMED = "claimed", _("taken by a worker")
        SENDING = "sending", _("being sent")
        RETRY = "retry", _("trying again soon")
        SENT = "sent", _("posted")
        UNKNOWN = "unknown", _("not known whether it was posted")
        DEAD = "dead", _("could not be posted")
        EXPIRED = "expired", _("too late")
        CANCELLED = "cancelled", _("called off")
        HANDED_TO = "handed_to", _("waiting to be posted by hand")
        DONE_BY = "done_by", _("posted by hand")
        SKIPPED = "skipped", _("left out")
        HELD_BACK = "held_back", _("held back: the group has had its posts of the week")

    TRANSITIONS = table(
        pending="claimed expired cancelled",
        claimed="pending sending expired cancelled",
        sending="sent retry dead unknown",
        retry="claimed expired cancelled",
        unknown="sent pending",
        handed_to="done_by skipped cancelled",
        dead="pending",
        sent="",
        expired="",
        cancelled="",
        done_by="",
        skipped="",
        held_back="pending handed_to expired cancelled",
    )
    OPEN = (State.PENDING, State.CLAIMED, State.SENDING, State.RETRY, State.UNKNOWN, State.HANDED_TO, State.HELD_BACK)
    GOOD = (State.SENT, State.DONE_BY)

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    occurrence = WardForeignKey(Occurrence, models.CASCADE, related_name="deliveries")
    broadcast = WardForeignKey(Broadcast, models.CASCADE, related_name="deliveries")
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    code = models.CharField(max_length=20, unique=True)
    suffix = models.PositiveSmallIntegerField(default=1, help_text="rises with each resend a person orders")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    deadline = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    remote_id = models.CharField(max_length=40, blank=True, default="")
    error_code = models.IntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    unknown_since = models.DateTimeField(null=True)
    looked = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how often the portal looked for it in the group"
    )
    looked_at = models.DateTimeField(null=True)
    holder = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    deputies_from = models.DateTimeField(help_text="a card not posted by then is the deputies' too")
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    done_at = models.DateTimeField(null=True)
    proof_kind = models.CharField(max_length=7, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "occurrence", "group"], name="broadcasts_to_group_once"),
            models.CheckConstraint(
                name="broadcasts_lease_held",
                condition=~Q(state__in=["claimed", "sending"]) | Q(lease_token__isnull=False),
            ),
            models.CheckConstraint(
                name="broadcasts_posted_by_somebody",
                condition=~Q(state="done_by") | Q(done_by__isnull=False, done_at__isnull=False),
            ),
        ]
        indexes = [
            # What a worker may claim, what a reaper must look at, what waits for people.
            models.Index(
                fields=["not_before"], name="broadcasts_claimable", condition=Q(state__in=["pending", "retry"])
            ),
            models.Index(
                fields=["lease_until"], name="broadcasts_leased", condition=Q(state__in=["claimed", "sending"])
            ),
            models.Index(
                fields=["ward", "group"],
                name="broadcasts_for_people",
                condition=Q(state__in=["unknown", "handed_to"]),
            ),
        ]

    @property
    def full_code(self) -> str:
        """The code as it stands in the post: "VK-4F7K", after a resend "VK-4F7K-2"."""
        return self.code if self.suffix == 1 else f"{self.code}-{self.suffix}"


class Attempt(models.Model):
    """The committed intent of one send. Appended before the send, never changed: no call without one."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    delivery = WardForeignKey(Delivery, models.CASCADE, related_name="tries")
    token = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    suffix = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the exact text")
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "delivery", "number"], name="broadcasts_attempt_once")]


class AttemptResult(models.Model):
    """What came of an attempt. One may be missing: then nobody knows."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    attempt = WardOneToOneField(Attempt, models.CASCADE, related_name="result")
    outcome = models.CharField(max_length=14)
    code = models.IntegerField(null=True)
    http_status = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(default=timezone.now)


class Proof(models.Model):
    """Why a card counts as posted: a cropped picture, a second person, or the short code read in the group."""

    class Kind(models.TextChoices):
        CODE = "code", _("short code read in the post")
        PERSON = "person", _("confirmed by a second person")
        PICTURE = "picture", _("cropped screenshot")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    delivery = WardForeignKey(Delivery, models.CASCADE, related_name="proofs")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    stored = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    delete_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # A picture shown before proves nothing.
            models.UniqueConstraint(fields=["ward", "digest"], condition=~Q(digest=""), name="broadcasts_proof_fresh"),
            models.UniqueConstraint(fields=["ward", "delivery", "kind", "given_by"], name="broadcasts_proof_once"),
        ]

"""What is looked into about a group: the security checklist, and reports of residents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models.zalo import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class GroupCheck(TimeStamped):
    """One attestation of a group's security checklist, with evidence; the next is due at `due_at`."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="checks")
    version = models.PositiveSmallIntegerField(default=1)
    answers = models.JSONField(default=dict, help_text="item key → true/false")
    score = models.PositiveSmallIntegerField(default=0, help_text="per cent of the items in order")
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True, help_text="a file shown before is no proof")
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["-done_at"]

    @property
    def proven(self) -> bool:
        """Whether a picture or a second person stands behind the attestation."""
        return bool(self.evidence_digest) or self.confirmed_at is not None


class GroupCount(TimeStamped):
    """Members of a group as counted on Zalo: how many, by whom, when, and how many the portal took for members then."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="counts")
    members = models.PositiveIntegerField(_("members counted on Zalo"))
    claimed = models.PositiveIntegerField(_("members by the roster"))
    counted_at = models.DateTimeField(_("counted"), default=timezone.now)
    counted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True, help_text="a file shown before is no proof")

    class Meta:
        ordering = ["-counted_at"]


class GroupReport(models.Model):
    """What a resident reports on a group's public page: a fake, or a post to take down. No identity is taken.

    An authority's request to remove a post is entered here too. How long each may last is `TakeDownTerm`. The text is
    encrypted under the ward's key.
    """

    class Kind(models.TextChoices):
        FAKE = "fake", _("a group, account or number that pretends to be official")
        POST = "post", _("a post in the group that should be removed")
        ORDER = "order", _("an authority asks to remove a post")

    class Outcome(models.TextChoices):
        REMOVED = "removed", _("taken down")
        REPORTED = "reported", _("passed on to Zalo or to a higher level")
        UNFOUNDED = "unfounded", _("looked into, nothing wrong found")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="reports")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    text = models.BinaryField()
    key = models.CharField(max_length=32, help_text="binds the ciphertext to this row")
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    basis = models.CharField(_("legal basis"), max_length=200, blank=True, help_text="of the time it is due")
    authority = models.CharField(_("who asks"), max_length=120, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            # The management team's list: reports still open, by due time.
            models.Index(
                fields=["ward", "group", "due_at"], name="groups_report_open", condition=Q(handled_at__isnull=True)
            )
        ]


class Checklist(models.Model):
    """A version of the security checklist of groups: its items are data, finished attestations keep their version."""

    version = models.PositiveSmallIntegerField(primary_key=True)
    effective_from = models.DateField()
    items = models.JSONField(help_text="list of {key, label, hint}")

    class Meta:
        db_table = "groups_checklist_reference"
        ordering = ["-version"]

"""The register of groups, accounts and numbers that pretend to be official, and how long a take-down may last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models.checks import GroupReport
from vikhe_portal.core.fields import WardOneToOneField
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class TakeDownTerm(models.Model):
    """How many hours a group's administrator has to remove a post: by who asks, with basis and first day in force."""

    class Asked(models.TextChoices):
        AUTHORITY = "authority", _("an authority asks")
        COMPLAINT = "complaint", _("a user complains with reasons")

    asked = models.CharField(max_length=9, choices=Asked.choices)
    hours = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=200)
    effective_from = models.DateField()

    class Meta:
        db_table = "groups_takedownterm_reference"
        ordering = ["asked", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["asked", "effective_from"], name="groups_takedown_version")]


class SuspectedFake(TimeStamped):
    """A suspected fake from the first report until it is gone. `address` is what the ward warns of, once confirmed."""

    class Kind(models.TextChoices):
        GROUP = "group", pgettext_lazy("fake", "Zalo group")
        ACCOUNT = "account", pgettext_lazy("fake", "account")
        PHONE = "phone", pgettext_lazy("fake", "telephone number")
        PAGE = "page", pgettext_lazy("fake", "web page")

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("fake", "to be looked into")
        CONFIRMED = "confirmed", pgettext_lazy("fake", "fake")
        REPORTED = "reported", pgettext_lazy("fake", "reported to Zalo or a higher level")
        GONE = "gone", pgettext_lazy("fake", "gone")
        UNFOUNDED = "unfounded", pgettext_lazy("fake", "not a fake")

    TRANSITIONS = table(
        open="confirmed unfounded", confirmed="reported gone unfounded", reported="gone", gone="", unfounded=""
    )

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.GROUP)
    address = models.CharField(pgettext_lazy("fake", "link, name or number"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN)
    report = WardOneToOneField(GroupReport, models.CASCADE, related_name="fake", null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, help_text="a draft of a warning was made")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["ward", "status", "due_at"], name="groups_fake_status")]

    @property
    def late(self) -> bool:
        """Whether nobody has looked into it in time."""
        return self.status == self.Status.OPEN and self.due_at < timezone.now()

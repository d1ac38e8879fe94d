"""The member list of a Zalo group as somebody copied it, until a person has said who is who."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models.households import Person
from groups.models.zalo import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class MemberList(TimeStamped):
    """One member list of a group on one day: read, matched, confirmed by a person. Its lines live 30 days at most."""

    class Status(models.TextChoices):
        OPEN = "open", _("waiting for your decision")
        CONFIRMED = "confirmed", pgettext_lazy("member list", "confirmed")
        DISCARDED = "discarded", pgettext_lazy("member list", "discarded")

    TRANSITIONS = table(open="confirmed discarded", confirmed="", discarded="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="member_lists")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    legal_basis = models.CharField(_("source and legal basis"), max_length=200)
    counts = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(_("lines destroyed"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]


class ListedMember(models.Model):
    """A line of a member list: what stood there, and who it may be. `candidates`: [person id, how, per cent]."""

    class How(models.TextChoices):
        PHONE = "phone", _("same telephone number")
        SHARED_PHONE = "shared_phone", _("telephone number shared in a household")
        NAME = "name", _("same full name in the neighbourhood")
        SHORT_NAME = "short_name", _("same family and given name in the neighbourhood")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    member_list = WardForeignKey(MemberList, models.CASCADE, related_name="lines")
    row = models.PositiveIntegerField()
    display_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=15, blank=True)
    role = models.CharField(max_length=6, blank=True)
    joined_on = models.DateField(null=True, blank=True)
    candidates = models.JSONField(default=list)
    elsewhere = models.BooleanField(default=False, help_text="the number is of a resident of another neighbourhood")
    person = WardForeignKey(Person, models.SET_NULL, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["row"]
        indexes = [models.Index(fields=["ward", "member_list", "row"], name="groups_listed_member")]


class DuplicateDecision(TimeStamped):
    """What a person said of two rows that may be one resident. `before`: what stood there, while it can be undone."""

    class Kind(models.TextChoices):
        MERGED = "merged", pgettext_lazy("duplicates", "one person, put together")
        DISTINCT = "distinct", pgettext_lazy("duplicates", "two different people")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    kept = WardForeignKey(Person, models.CASCADE, related_name="+")
    other = WardForeignKey(Person, models.CASCADE, related_name="+")
    before = models.JSONField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "kept", "other"],
                condition=models.Q(undone_at__isnull=True),
                name="groups_duplicate_decided_once",
            )
        ]

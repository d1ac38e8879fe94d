"""Zalo groups: what they serve, who leads them, who has joined, and how they are proposed."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models.households import Person
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


def public_token() -> str:
    """A token for a QR code: 80 random bits, readable alphabet."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(16))


class ZaloGroup(TimeStamped):
    """A security group on Zalo that the ward governs."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary group")
        COMMUNITY = "community", _("community")
        GMF = "gmf", _("group of the Official Account")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", pgettext_lazy("group", "active")
        ARCHIVED = "archived", _("archived")

    TRANSITIONS = table(proposed="active archived", active="archived", archived="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.ORDINARY)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PROPOSED)
    link = models.CharField(_("group link"), max_length=80, blank=True)
    link_checked_at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(_("group id at Zalo"), max_length=40, blank=True)
    token = models.CharField(max_length=16, unique=True, default=public_token, editable=False)
    member_cap = models.PositiveIntegerField(_("members it may have"), default=900)
    counted_members = models.PositiveIntegerField(_("members counted on Zalo"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)
    last_post_at = models.DateTimeField(_("last confirmed post"), null=True, blank=True)
    rules = models.TextField(_("group rules"), blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "name"], condition=~Q(status="archived"), name="groups_group_name"),
            models.UniqueConstraint(
                fields=["ward", "remote_id"], condition=~Q(remote_id=""), name="groups_group_remote"
            ),
        ]


class GroupNeighbourhood(models.Model):
    """Which neighbourhoods a group serves, with dates; one group may serve several, one neighbourhood has one group."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="serves")
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="served_by")
    held = DateTimeRangeField(_("from to"))

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="groups_one_group_each",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("neighbourhood", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            )
        ]


class Appointment(TimeStamped):
    """Who leads a group or is its deputy, with dates and decision. Never two leaders; no leader is a listed breach."""

    class Role(models.TextChoices):
        LEADER = "leader", _("leader")
        PARTY_SECRETARY = "party_secretary", _("deputy: party cell secretary")
        NEIGHBOURHOOD_HEAD = "neighbourhood_head", _("deputy: neighbourhood head")
        SECURITY_HEAD = "security_head", _("deputy: security team head")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="appointments", verbose_name=_("group"))
    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+", null=True, blank=True)
    held = DateTimeRangeField(_("held"))
    is_cover = models.BooleanField(_("temporary cover"), default=False)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="groups_one_leader",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
                condition=Q(role="leader"),
            ),
            ExclusionConstraint(
                name="groups_appointment_once",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("neighbourhood", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Membership(models.Model):
    """A person's stay in a group, as claimed at a door, in an import, or confirmed against Zalo's member list."""

    class Source(models.TextChoices):
        DOOR = "door", _("marked at the door")
        IMPORT = "import", _("from a roster file")
        MEMBER_LIST = "member_list", _("from the group's member list")
        ZALO = "zalo", _("reported by Zalo")
        PAGE = "page", _("asked on the joining page")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="memberships")
    person = WardForeignKey(Person, models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=11, choices=Source.choices)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    muted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "group", "person"], condition=Q(left_at__isnull=True), name="groups_member_once"
            )
        ]
        indexes = [models.Index(fields=["ward", "person"], name="groups_membership_person")]


class GroupProposal(TimeStamped):
    """A group as the planner proposes it, or neighbourhoods to add to a standing one, until the chief decides."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        DISCARDED = "discarded", _("discarded")

    TRANSITIONS = table(proposed="accepted discarded", accepted="", discarded="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.PROPOSED)
    small_limit = models.PositiveIntegerField(default=100, help_text="fewer households than this made it small")
    edited = models.BooleanField(default=False, help_text="changed by the chief")
    group = WardForeignKey(
        ZaloGroup, models.CASCADE, related_name="+", null=True, blank=True, help_text="the group it extends or became"
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]


class ProposedNeighbourhood(models.Model):
    """A neighbourhood inside a proposal; it stands in one proposal at a time and leaves with the decision."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    proposal = WardForeignKey(GroupProposal, models.CASCADE, related_name="neighbourhoods")
    neighbourhood = WardForeignKey(Neighbourhood, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ward", "neighbourhood"], name="groups_proposed_once")]

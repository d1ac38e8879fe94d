"""Joining a group: the versions of its rules, who accepted which, and who asked on its public page."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.models.households import Person
from groups.models.zalo import ZaloGroup
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class GroupRules(models.Model):
    """A version of a group's rules as members accept it: never changed, the newest is in force while there are any."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="rules_versions")
    version = models.PositiveSmallIntegerField(_("version of the rules"))
    text = models.TextField(_("group rules"))
    since = models.DateTimeField(_("in force since"), default=timezone.now)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["ward", "group", "version"], name="groups_rules_version")]


class RulesAcceptance(models.Model):
    """A resident accepted a version of a group's rules: when, on the page or at the door, and who recorded it."""

    class How(models.TextChoices):
        PAGE = "page", pgettext_lazy("rules accepted", "on the joining page")
        DOOR = "door", pgettext_lazy("rules accepted", "at the door")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    rules = WardForeignKey(GroupRules, models.CASCADE, related_name="acceptances")
    person = WardForeignKey(Person, models.CASCADE, related_name="acceptances")
    accepted_at = models.DateTimeField(_("accepted"), default=timezone.now)
    how = models.CharField(max_length=4, choices=How.choices)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-accepted_at"]
        constraints = [models.UniqueConstraint(fields=["ward", "rules", "person"], name="groups_rules_accepted_once")]
        indexes = [models.Index(fields=["ward", "person"], name="groups_rules_person")]


class JoinRequest(models.Model):
    """What a resident wrote on a group's joining page, until somebody says who it is; thirty days at the most.

    Name, address and telephone are erased with the decision: the roster has them.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("joining", "waiting")
        ADMITTED = "admitted", pgettext_lazy("joining", "admitted")
        REFUSED = "refused", pgettext_lazy("joining", "not admitted")
        EXPIRED = "expired", pgettext_lazy("joining", "expired")

    TRANSITIONS = table(waiting="admitted refused expired", admitted="", refused="", expired="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="join_requests")
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    rules = WardForeignKey(GroupRules, models.CASCADE, related_name="+", null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    address = models.CharField(_("house and street"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=15, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index(
                fields=["ward", "group", "asked_at"], name="groups_join_waiting", condition=models.Q(status="waiting")
            )
        ]

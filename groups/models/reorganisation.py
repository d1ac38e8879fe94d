"""Neighbourhoods split and merged: which followed which, and which household went where on that day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from groups.models.households import Household
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class Succession(TimeStamped):
    """A neighbourhood that ended and one that took over (part of) its households, by which decision, on which day."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    before = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    after = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    decision_no = models.CharField(_("decision number"), max_length=60)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["day", "id"]
        constraints = [models.UniqueConstraint(fields=["ward", "before", "after"], name="groups_succession_once")]


class HouseholdMove(models.Model):
    """A household that changed its neighbourhood by a reorganisation; with these its place on any past day is known."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    household = WardForeignKey(Household, models.CASCADE, related_name="moves")
    before = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    after = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["ward", "household", "day"], name="groups_household_move")]

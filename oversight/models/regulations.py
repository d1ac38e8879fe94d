"""Versions of the operating regulation of the groups, and who has acknowledged which."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.fields import WardForeignKey
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Regulation(models.Model):
    """One published version (plan, II.4.a). A version is never edited: a change is a new version."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), max_length=20000)
    changes = models.TextField(_("what changed"), max_length=2000, blank=True)
    document_no = models.CharField(_("document number"), max_length=60, blank=True)
    effective_on = models.DateField(_("in force from"))
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["ward", "version"], name="oversight_regulation_version")]


class RegulationAcknowledgement(models.Model):
    """A leader or deputy has read a version and will keep it."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    regulation = WardForeignKey(Regulation, models.CASCADE, related_name="acknowledgements")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "regulation", "user"], name="oversight_acknowledged_once")
        ]

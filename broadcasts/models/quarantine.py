"""Whether the ledger is the one that sent last: a restored or moved one must not send what may have gone out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wards.models import Ward

User = settings.AUTH_USER_MODEL


class LedgerHome(models.Model):
    """The server and database in which this ledger sends; one row. A copy elsewhere carries its former home along."""

    system = models.CharField(max_length=24)
    timeline = models.BigIntegerField()
    database = models.BigIntegerField()
    since = models.DateTimeField(default=timezone.now)


class Quarantine(models.Model):
    """A ward in which nothing is sent until two persons have looked through what may have gone out already."""

    class Reason(models.TextChoices):
        OLDER = "older", _("the data are older than what was sent")
        ELSEWHERE = "moved", _("the data run in another place than before")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=5, choices=Reason.choices)
    began_at = models.DateTimeField(default=timezone.now)
    set_aside = models.PositiveIntegerField(default=0)
    first_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    first_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ward"], condition=Q(cleared_at__isnull=True), name="broadcasts_quarantine_once"
            ),
            models.CheckConstraint(
                name="broadcasts_quarantine_two_persons",
                condition=Q(cleared_at__isnull=True)
                | Q(first_by__isnull=False, second_by__isnull=False) & ~Q(first_by=F("second_by")),
            ),
        ]

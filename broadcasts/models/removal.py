"""Taking down: each post that stands somewhere is a delivery in reverse, with a holder, a time and its own proof."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadcasts.models.ledger import Delivery
from vikhe_portal.core.fields import WardOneToOneField
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Removal(models.Model):
    """One post to be taken out of one outlet. Zalo offers no call for it: a person does it, a second one looks.

    Ids, states and times only; why the whole broadcast is taken down stands with the broadcast.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be removed")
        SAID = "said", _("removed, not yet checked")
        GONE = "gone", _("removed and checked")
        ABSENT = "absent", _("was not there")
        KEPT = "kept", _("cannot be removed")

    TRANSITIONS = table(open="said gone absent kept", said="open gone", gone="", absent="", kept="open")
    WAITING = (State.OPEN, State.SAID)

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    delivery = WardOneToOneField(Delivery, models.CASCADE, related_name="removal")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    holder = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    overdue_from = models.DateTimeField(help_text="not removed by then it is everybody's of the group")
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    done_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    checked_at = models.DateTimeField(null=True)
    note = models.CharField(_("why it cannot be removed"), max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="broadcasts_removed_by_somebody",
                condition=~Q(state__in=["said", "gone", "absent"]) | Q(done_by__isnull=False, done_at__isnull=False),
            ),
            # What one person says to have removed counts once another has looked.
            models.CheckConstraint(
                name="broadcasts_removal_seen_by_another",
                condition=~Q(state="gone") | Q(checked_by__isnull=False) & ~Q(checked_by=models.F("done_by")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ward", "overdue_from"], name="broadcasts_to_remove", condition=Q(state__in=["open", "said"])
            )
        ]

    @property
    def group_id(self) -> int:
        """The group it stands in."""
        return self.delivery.group_id

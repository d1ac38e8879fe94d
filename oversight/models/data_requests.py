"""What residents ask about their own data, with the time the law gives for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from groups.models import Household, Person
from tips.models import ClockPolicy
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class DataRequest(TimeStamped):
    """One request. It names nobody: the person is a row of the roster, the proof of identity lies on paper."""

    class Kind(models.TextChoices):
        SEE = "see", _("see the data")
        CORRECT = "correct", _("correct the data")
        DELETE = "delete", _("delete the data")
        OBJECT = "object", _("object to the processing")
        WITHDRAW = "withdraw", _("withdraw consent")

    class Arrived(models.TextChoices):
        IN_PERSON = "in_person", _("in person at the office")
        PAPER = "paper", _("by letter")
        PHONE = "phone", _("by telephone, identity checked afterwards")
        ONLINE = "online", _("by e-mail or official channel")

    class Status(models.TextChoices):
        OPEN = "open", _("being handled")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("request refused")

    class Ground(models.TextChoices):
        IDENTITY = "identity", _("identity was not proved")
        HARM = "harm", _("would harm security, order or another person (Law 91/2025, art. 15)")
        DUTY = "duty", _("kept by a state body under law (Law 91/2025, art. 14 and 19)")
        NOT_HELD = "not_held", _("the ward keeps no such data")

    TRANSITIONS = table(open="answered refused", answered="", refused="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    number = models.PositiveIntegerField(_("number"))
    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("request"), max_length=8, choices=Kind.choices)
    # Gone when the time a closed request is kept is over: what is left says that and when somebody asked.
    household = WardForeignKey(Household, models.PROTECT, related_name="+", null=True, blank=True)
    person = WardForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True)
    arrived = models.CharField(_("how it arrived"), max_length=9, choices=Arrived.choices)
    received_at = models.DateTimeField(_("received"))
    identity_ref = models.CharField(_("paper on which the identity was checked"), max_length=60)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.OPEN)
    reply_policy = models.ForeignKey(ClockPolicy, models.PROTECT, related_name="+")
    reply_due_at = models.DateTimeField(_("confirm by"))
    confirmed_at = models.DateTimeField(_("confirmed to the resident"), null=True, blank=True)
    policy = models.ForeignKey(ClockPolicy, models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("due"))
    extended_for = models.CharField(_("reason for the extension"), max_length=500, blank=True)
    carried_out_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    ground = models.CharField(_("ground for refusing"), max_length=8, choices=Ground.choices, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_late = models.BooleanField(default=False)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "year", "number"], name="oversight_data_request_number"),
            models.CheckConstraint(
                name="oversight_data_request_closed",
                condition=Q(status="open", closed_at__isnull=True) | ~Q(status="open") & Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="oversight_data_request_ground",
                condition=~Q(status="refused") | ~Q(ground="") & ~Q(answer=""),
            ),
            models.CheckConstraint(name="oversight_data_request_order", condition=Q(due_at__gt=F("received_at"))),
        ]
        indexes = [
            models.Index(fields=["ward", "due_at"], name="oversight_data_request_open", condition=Q(status="open"))
        ]

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.status == self.Status.OPEN

"""Where texts of other bodies come from, and each item of theirs once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadcasts.models.ledger import Broadcast, Category
from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Ward

User = settings.AUTH_USER_MODEL


class Source(TimeStamped):
    """A feed the portal reads, or a page without one that a person looks at every so many days."""

    class Kind(models.TextChoices):
        FEED = "feed", _("feed (RSS, Atom)")
        PAGE = "page", _("page without a feed")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    name = models.CharField(_("body"), max_length=120)
    url = models.URLField(_("address"), max_length=500)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("subject"))
    every_days = models.PositiveSmallIntegerField(_("look every (days)"), default=7)
    active = models.BooleanField(default=True)
    etag = models.CharField(max_length=200, blank=True, default="")
    modified = models.CharField(max_length=60, blank=True, default="")
    next_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(_("last looked at"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["ward", "url"], name="broadcasts_source_once")]
        indexes = [models.Index(fields=["next_at"], name="broadcasts_sources_due", condition=Q(active=True))]


class SourceItem(models.Model):
    """An article of another body, waiting as a draft until somebody uses it, puts it aside, or it grows old."""

    class State(models.TextChoices):
        NEW = "new", _("unread")
        USED = "used", _("made into a broadcast")
        ASIDE = "aside", _("put aside")
        EXPIRED = "expired", _("expired unread")

    TRANSITIONS = table(new="used aside expired", aside="used", used="", expired="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    source = WardForeignKey(Source, models.CASCADE, related_name="items")
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    broadcast = WardForeignKey(Broadcast, models.SET_NULL, related_name="+", null=True, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "-id"]
        constraints = [
            # Each article once in a ward, whichever source lists it.
            models.UniqueConstraint(fields=["ward", "key"], name="broadcasts_item_once"),
        ]
        indexes = [models.Index(fields=["ward", "state", "-found_at"], name="broadcasts_items_waiting")]

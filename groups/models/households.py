"""Households, their people, the files they come from, and how many of them the groups reach."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.fields import WardForeignKey, WardOneToOneField
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class Household(TimeStamped):
    """A household of a neighbourhood. `covered_by` counts its current members in current groups, kept by the writes."""

    class Gap(models.TextChoices):
        UNKNOWN = "unknown", _("not known yet")
        NO_SMARTPHONE = "no_smartphone", _("no smartphone")
        NO_ZALO = "no_zalo", _("does not use Zalo")
        DECLINES = "declines", _("does not wish to join")
        MOVED = "moved", _("has moved away")
        EMPTY_HOUSE = "empty_house", _("house stands empty")
        AWAY = "away", _("away for long")

    class Channel(models.TextChoices):
        NONE = "", _("no other channel")
        SMS = "sms", _("text message")
        LOUDSPEAKER = "loudspeaker", _("loudspeaker")
        NOTICE_BOARD = "notice_board", _("notice board")
        NEIGHBOUR = "neighbour", _("through a neighbour")
        VISIT = "visit", _("visit at home")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="households")
    code = models.CharField(_("household code"), max_length=40)
    address = models.CharField(_("address"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    house_order = models.PositiveIntegerField(default=0, help_text="number of the house, for walking a street in order")
    head_name = models.CharField(_("head of household"), max_length=120, blank=True)
    match_key = models.CharField(
        max_length=340, blank=True, help_text="head|address without marks: finds the household of a sheet without codes"
    )
    search_key = models.CharField(
        max_length=400, blank=True, help_text="head, members' names and address without marks"
    )
    sort_key = models.CharField(max_length=200, blank=True, help_text="by given name of the head")
    children = models.PositiveSmallIntegerField(_("children counted, not named"), default=0)
    people = models.PositiveSmallIntegerField(_("people"), default=0)
    covered_by = models.PositiveSmallIntegerField(_("members in groups"), default=0)
    gap = models.CharField(_("reason for the gap"), max_length=20, choices=Gap.choices, blank=True)
    gap_until = models.DateField(null=True, blank=True, help_text="a wish not to join expires")
    channel = models.CharField(_("other channel"), max_length=12, choices=Channel.choices, blank=True, default="")
    visited_at = models.DateTimeField(_("last visit"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    last_mark = models.UUIDField(null=True, blank=True, help_text="key of the last mark at a door, counted once")
    ended_at = models.DateTimeField(_("no longer a household since"), null=True, blank=True)

    class Meta:
        ordering = ["neighbourhood_id", "street", "house_order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "neighbourhood", "code"], name="groups_household_code"),
        ]
        indexes = [
            # The roster page: a neighbourhood by street, and the gap list (partial).
            models.Index(
                fields=["ward", "neighbourhood", "street", "house_order", "code"], name="groups_household_street"
            ),
            models.Index(fields=["ward", "sort_key", "id"], name="groups_household_sort"),
            models.Index(
                fields=["ward", "neighbourhood", "street"],
                name="groups_household_gaps",
                condition=Q(covered_by=0, ended_at__isnull=True),
            ),
        ]

    @property
    def covered(self) -> bool:
        """Whether at least one current member sits in a current group."""
        return self.covered_by > 0


class Person(TimeStamped):
    """A resident as far as running a group needs: name, household, year of birth for matching, telephone, Zalo."""

    class Status(models.TextChoices):
        CURRENT = "current", _("lives here")
        MOVED = "moved", _("moved away")
        DECEASED = "deceased", _("deceased")
        MERGED = "merged", _("put together with another row")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    household = WardForeignKey(Household, models.CASCADE, related_name="members", verbose_name=_("household"))
    full_name = models.CharField(_("full name"), max_length=120)
    search_key = models.CharField(max_length=120)
    sort_key = models.CharField(max_length=200)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    is_head = models.BooleanField(_("head of household"), default=False)
    phone = models.CharField(_("telephone"), max_length=15, blank=True)
    zalo_name = models.CharField(_("name on Zalo"), max_length=120, blank=True)
    uses_zalo = models.BooleanField(_("uses Zalo"), default=False)
    security_team = models.BooleanField(_("member of the security team"), default=False)
    claims_joined = models.BooleanField(
        _("said to be in the group"), default=False, help_text="becomes a membership when the group is accepted"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.CURRENT)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Meta:
        ordering = ["-is_head", "id"]
        indexes = [
            models.Index(fields=["ward", "household"], name="groups_person_household"),
            models.Index(fields=["ward", "phone"], name="groups_person_phone", condition=~Q(phone="")),
            models.Index(
                F("ward"), OpClass(F("search_key"), name="text_pattern_ops"), name="groups_person_name_prefix"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "household"],
                condition=Q(is_head=True, status="current"),
                name="groups_one_head",
            )
        ]


class RosterSource(TimeStamped):
    """A kind of file a ward hands in again and again: its column mapping is remembered by the header's fingerprint."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    name = models.CharField(_("source"), max_length=120)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "fingerprint"], name="groups_source_fingerprint")]


class RosterImport(TimeStamped):
    """One uploaded file: read, previewed, saved in one transaction, or cancelled. The upload lives 24 hours."""

    class Kind(models.TextChoices):
        ROSTER = "roster", _("roster of households")
        OFFICERS = "officers", _("officers and deputies")
        MEMBERS = "members", _("member list of a group")

    class Status(models.TextChoices):
        READING = "reading", _("being read")
        PREVIEW = "preview", _("waiting for your decision")
        SAVING = "saving", _("being saved")
        SAVED = "saved", _("saved")
        REFUSED = "refused", _("cannot be read")
        CANCELLED = "cancelled", _("cancelled")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed, nothing was saved")

    TRANSITIONS = table(
        reading="preview refused cancelled failed",
        preview="saving cancelled reading refused failed",
        saving="saved failed cancelled preview",
        saved="undone",
        refused="",
        cancelled="",
        undone="",
        failed="saving reading cancelled",
    )

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.READING)
    source = WardForeignKey(RosterSource, models.SET_NULL, related_name="imports", null=True, blank=True)
    filename = models.CharField(max_length=160)
    stored = models.CharField(max_length=40, blank=True, help_text="name of the encrypted upload, blank once destroyed")
    plan = models.CharField(max_length=40, blank=True, help_text="name of the encrypted rows to save")
    preview = models.CharField(max_length=40, blank=True, help_text="name of the encrypted differences and problems")
    destroyed_at = models.DateTimeField(_("upload destroyed"), null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    legal_basis = models.CharField(_("source and legal basis"), max_length=200, blank=True)
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    claim = models.UUIDField(null=True, blank=True, help_text="the worker that holds it now")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="when that worker last showed a sign of life")
    stop_asked = models.BooleanField(default=False)
    message = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]


class ImportChange(models.Model):
    """A row that an import made or changed, with what stood there before: for its undo, purged after some days."""

    class Table(models.TextChoices):
        HOUSEHOLD = "household", _("household")
        PERSON = "person", _("person")
        MEMBERSHIP = "membership", _("membership")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    roster_import = WardForeignKey(RosterImport, models.CASCADE, related_name="changes")
    table = models.CharField(max_length=10, choices=Table.choices)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True, blank=True, help_text="null: the import made the row")

    class Meta:
        indexes = [models.Index(fields=["ward", "roster_import", "table"], name="groups_import_change")]


class Coverage(models.Model):
    """Running counts of a neighbourhood, kept by the writes; `day` history in CoverageDay. Counts only."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    neighbourhood = WardOneToOneField(Neighbourhood, models.CASCADE, related_name="coverage")
    households = models.PositiveIntegerField(default=0)
    covered = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    other_channel = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)


class CoverageDay(models.Model):
    """Coverage of a neighbourhood at the end of a day."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    neighbourhood = WardForeignKey(Neighbourhood, models.CASCADE, related_name="coverage_days")
    day = models.DateField()
    households = models.PositiveIntegerField()
    covered = models.PositiveIntegerField()
    confirmed = models.PositiveIntegerField()
    other_channel = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    members = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "neighbourhood", "day"], name="groups_coverage_day_once")
        ]

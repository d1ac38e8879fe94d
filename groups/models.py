"""Households and people, Zalo groups and who leads them, imports, coverage, handovers."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vikhe_portal.core.fields import WardForeignKey, WardOneToOneField
from vikhe_portal.core.models import TimeStamped
from vikhe_portal.core.transitions import table
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


def public_token() -> str:
    """A token for a QR code: 80 random bits, readable alphabet."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(16))


class OfficerArea(TimeStamped):
    """An area officer's charge of one neighbourhood, with dates. One officer at any moment."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(User, models.PROTECT, related_name="areas", verbose_name=_("area officer"))
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="areas", verbose_name=_("neighbourhood"))
    held = DateTimeRangeField(_("held"))
    is_cover = models.BooleanField(_("temporary cover"), default=False)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="groups_one_area_officer",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("neighbourhood", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
                condition=Q(is_cover=False),
            )
        ]


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


class GroupCheck(TimeStamped):
    """One attestation of a group's security checklist, with evidence; the next is due at `due_at`."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="checks")
    version = models.PositiveSmallIntegerField(default=1)
    answers = models.JSONField(default=dict, help_text="item key → true/false")
    score = models.PositiveSmallIntegerField(default=0, help_text="per cent of the items in order")
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True, help_text="a file shown before is no proof")
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ["-done_at"]

    @property
    def proven(self) -> bool:
        """Whether a picture or a second person stands behind the attestation."""
        return bool(self.evidence_digest) or self.confirmed_at is not None


class Handover(TimeStamped):
    """The passing of an area from one officer to another: access switches at `effective_at` by dates alone."""

    class Reason(models.TextChoices):
        MOVE = "move", _("moved to another area")
        TRANSFER = "transfer", _("transferred to another unit")
        RETIREMENT = "retirement", _("retired")
        LEAVE = "leave", _("on leave")
        ILLNESS = "illness", _("long illness")

    class Status(models.TextChoices):
        OPEN = "open", _("under way")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("taken back")

    TRANSITIONS = table(open="closed cancelled", closed="", cancelled="")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    from_user = models.ForeignKey(User, models.PROTECT, related_name="handovers_out", verbose_name=_("hands over"))
    to_user = models.ForeignKey(User, models.PROTECT, related_name="handovers_in", verbose_name=_("takes over"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    decision_no = models.CharField(_("decision number"), max_length=60)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    effective_at = models.DateTimeField(_("effective"))
    until = models.DateTimeField(_("given back at"), null=True, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    minutes_number = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True, help_text="when a cover's work had gone back")
    undo = models.JSONField(default=dict, help_text="dates before and after the plan, to take it back")

    class Meta:
        ordering = ["-effective_at", "-id"]
        constraints = [
            models.CheckConstraint(name="groups_handover_two_people", condition=~Q(from_user=F("to_user"))),
        ]


class HandoverArea(models.Model):
    """A neighbourhood that a handover passes on."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="areas")
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "handover", "neighbourhood"], name="groups_handover_area_once")
        ]


class HandoverItem(models.Model):
    """One thing the officer held when the handover began, and whether it has moved."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    moved_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "handover", "kind", "object_id"], name="groups_handover_item_once")
        ]


class HandoverStep(models.Model):
    """A step of the handover (per group where it concerns one), with evidence and the person who did it."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    handover = WardForeignKey(Handover, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=30)
    group = WardForeignKey(ZaloGroup, models.PROTECT, related_name="+", null=True, blank=True)
    order = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    evidence = models.CharField(max_length=40, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)
    raised_at = models.DateTimeField(null=True, blank=True, help_text="when the chief was told that it is overdue")

    class Meta:
        ordering = ["order", "id"]


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


class GroupReport(models.Model):
    """What a resident reports on a group's public page: a fake, or a post to take down. No identity is taken.

    A post complained about with reasons is dealt with within 48 hours (decree 147/2024/NĐ-CP, article 36.7). The text
    is encrypted under the ward's key.
    """

    class Kind(models.TextChoices):
        FAKE = "fake", _("a group, account or number that pretends to be official")
        POST = "post", _("a post in the group that should be removed")

    class Outcome(models.TextChoices):
        REMOVED = "removed", _("taken down")
        REPORTED = "reported", _("passed on to Zalo or to a higher level")
        UNFOUNDED = "unfounded", _("looked into, nothing wrong found")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    group = WardForeignKey(ZaloGroup, models.CASCADE, related_name="reports")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    text = models.BinaryField()
    key = models.CharField(max_length=32, help_text="binds the ciphertext to this row")
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            # The management team's list: reports still open, by due time.
            models.Index(
                fields=["ward", "group", "due_at"], name="groups_report_open", condition=Q(handled_at__isnull=True)
            )
        ]


class Checklist(models.Model):
    """A version of the security checklist of groups: its items are data, finished attestations keep their version."""

    version = models.PositiveSmallIntegerField(primary_key=True)
    effective_from = models.DateField()
    items = models.JSONField(help_text="list of {key, label, hint}")

    class Meta:
        db_table = "groups_checklist_reference"
        ordering = ["-version"]

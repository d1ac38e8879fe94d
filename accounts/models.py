"""People who sign in, the posts they hold with dates, their absences, keys and notices."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Neighbourhood, Ward, WardProfile


class User(AbstractUser):
    """A member of staff, of the committee, or a civilian deputy. Residents have no accounts.

    What a person may do comes from posts, never from flags on this row.
    """

    first_name = None  # type: ignore[assignment]  # Vietnamese names are one field
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=120)
    sort_name = models.CharField(max_length=200, editable=False, default="", help_text="by given name")
    rank = models.CharField(_("rank"), max_length=40, blank=True)
    must_change_password = models.BooleanField(_("must choose a password at next sign-in"), default=True)
    active_since = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="made or switched on again; idle days count from here at the latest",
    )
    fictional = models.BooleanField(_("invented for demonstration"), default=False)

    REQUIRED_FIELDS = ["full_name"]

    def get_full_name(self) -> str:
        """Rank and name, as minutes and pages show them."""
        return f"{self.rank} {self.full_name}".strip()

    def get_short_name(self) -> str:
        """The name alone."""
        return self.full_name


class Post(TimeStamped):
    """A post held in a ward from one moment to another. Renaming or leaving never rewrites what was done before."""

    class Kind(models.TextChoices):
        COMMITTEE_HEAD = "committee_head", _("committee head")
        CHIEF = "chief", _("ward police chief, standing deputy head")
        DEPUTY_HEAD = "deputy_head", _("deputy committee head")
        COMMITTEE_MEMBER = "committee_member", _("committee member")
        DEPUTY_CHIEF = "deputy_chief", _("deputy police chief, management team")
        DUTY_OFFICER = "duty_officer", _("duty officer")
        AREA_OFFICER = "area_officer", _("area officer")
        GROUP_DEPUTY = "group_deputy", _("group deputy")
        OUTLET_KEEPER = "outlet_keeper", _("outlet keeper")
        WARD_ADMIN = "ward_admin", _("ward administrator")
        PROVINCE_VIEWER = "province_viewer", _("provincial viewer")

    class Capacity(models.TextChoices):
        PARTY_SECRETARY = "party_secretary", _("party cell secretary")
        NEIGHBOURHOOD_HEAD = "neighbourhood_head", _("neighbourhood head")
        SECURITY_HEAD = "security_head", _("security team head")

    POLICE = (Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.DUTY_OFFICER, Kind.AREA_OFFICER)
    MANAGEMENT = (Kind.CHIEF, Kind.DEPUTY_CHIEF)
    COMMITTEE = (Kind.COMMITTEE_HEAD, Kind.CHIEF, Kind.DEPUTY_HEAD, Kind.COMMITTEE_MEMBER)

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="posts", verbose_name=_("ward"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="posts", verbose_name=_("person"))
    kind = models.CharField(_("post"), max_length=20, choices=Kind.choices)
    capacity = models.CharField(_("capacity"), max_length=20, choices=Capacity.choices, blank=True)
    neighbourhood = WardForeignKey(
        Neighbourhood, models.PROTECT, related_name="posts", null=True, blank=True, verbose_name=_("neighbourhood")
    )
    title = models.CharField(_("title shown"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    phone_published = models.BooleanField(_("telephone shown to residents"), default=False)
    is_cover = models.BooleanField(_("temporary cover"), default=False)
    held = DateTimeRangeField(_("held"))
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    ended_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)

    class Meta:
        indexes = [GistIndex(fields=["ward", "held"], name="accounts_post_held")]
        constraints = [
            models.CheckConstraint(
                name="accounts_deputy_is_bound",
                condition=~Q(kind="group_deputy") | Q(neighbourhood__isnull=False) & ~Q(capacity=""),
            ),
            ExclusionConstraint(
                name="accounts_one_chief",
                expressions=[("ward", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=Q(kind="chief", is_cover=False),
            ),
            ExclusionConstraint(
                name="accounts_one_head",
                expressions=[("ward", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=Q(kind="committee_head", is_cover=False),
            ),
            ExclusionConstraint(
                name="accounts_post_once",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("capacity", RangeOperators.EQUAL),
                    ("neighbourhood", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Absence(TimeStamped):
    """Leave, training or illness: duties fall to the cover or the next in the written order meanwhile."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences")
    away = DateTimeRangeField(_("away"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)


class SealingKey(models.Model):
    """A person's key pair for sealed identities. The private key is locked by a passphrase the portal never keeps."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sealing_keys")
    public_key = models.BinaryField()
    locked_private_key = models.BinaryField(help_text="empty when the key lives on a machine without network")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "user"], condition=Q(retired_at__isnull=True), name="accounts_one_live_key"
            )
        ]


class IdentityDecision(models.Model):
    """A written decision on how the ward treats reporters' identities: entered by one person, confirmed by another."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    mode = models.CharField(_("identity of reporters"), max_length=8, choices=WardProfile.IdentityMode.choices)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    file_ref = models.CharField(_("where the paper is filed"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when the mode took effect")
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="refused or taken back")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward"],
                condition=Q(confirmed_at__isnull=True, dropped_at__isnull=True),
                name="accounts_one_identity_proposal",
            ),
            models.CheckConstraint(
                name="accounts_identity_two_persons",
                condition=Q(mode="none") | Q(confirmed_at__isnull=True) | ~Q(confirmed_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="accounts_identity_on_paper",
                condition=Q(mode="none") | ~Q(decision_no="") & Q(decision_date__isnull=False) & ~Q(file_ref=""),
            ),
        ]


class KeyInvitation(models.Model):
    """A code shown once at the office, with which one person makes a passkey on their own phone."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, help_text="keyed: the code itself is not stored")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class DutyShift(TimeStamped):
    """A turn on duty: who is called first in these hours. It begins by itself; its holder says so by taking it over."""

    class Kind(models.TextChoices):
        DUTY = "duty", _("duty officer")
        COMMAND = "command", _("commander on duty")

    # The post a person must hold to stand a shift of this kind.
    POSTS = {Kind.DUTY: (Post.Kind.DUTY_OFFICER,), Kind.COMMAND: Post.MANAGEMENT}

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind of shift"), max_length=7, choices=Kind.choices, default=Kind.DUTY)
    held = DateTimeRangeField(_("held"))
    taken_at = models.DateTimeField(null=True, blank=True, help_text="when its holder took it over")
    note = models.CharField(max_length=500, blank=True, help_text="for who takes over; deleted after seven days")
    note_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["held", "id"]
        constraints = [
            models.CheckConstraint(
                name="accounts_shift_ends", condition=Q(held__lower_inf=False, held__upper_inf=False)
            ),
            ExclusionConstraint(
                name="accounts_one_on_duty",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Alert(models.Model):
    """A call that goes to the next person until somebody has it. Ids and times only, never what it is about."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    url = models.CharField(max_length=200)
    raised_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, help_text="when the next person is told; empty once nothing more is done")
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "kind", "object_id"], name="accounts_alert_once"),
        ]
        indexes = [
            models.Index(fields=["ward", "next_at"], name="accounts_alert_due", condition=Q(next_at__isnull=False))
        ]


class Notice(models.Model):
    """A line in a person's notices: what kind of thing waits and where, never its content."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    url = models.CharField(max_length=200)
    alert = WardForeignKey(Alert, models.CASCADE, related_name="notices", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["ward", "user", "-created_at"],
                name="accounts_notice_unread",
                condition=Q(read_at__isnull=True),
            )
        ]


class SignInTrouble(models.Model):
    """Wrong passwords in a row for one typed name, whether an account of that name exists or not.

    In the database, so that neither a restart nor an emptied cache forgets an attack. `key` is a keyed hash of the
    name: what people mistype (sometimes their password) is not stored.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)
    locked_until = models.DateTimeField(null=True, blank=True)

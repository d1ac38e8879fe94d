"""The ward's connections to the outside: Official Accounts on Zalo and what they send us."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.models import TimeStamped
from wards.models import Ward


class ZaloChannel(TimeStamped):
    """An Official Account of the ward. Secrets and tokens are encrypted and bound to this row.

    `state` held is the breaker: nothing is sent until a person releases it. The bucket counts sends of the running
    minute in the database, so a flushed cache never sends too fast.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("in use")
        HELD = "held", _("held back")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    oa_id = models.CharField(_("id of the Official Account"), max_length=24)
    app_id = models.CharField(_("app id"), max_length=24)
    app_secret = models.BinaryField()
    oa_secret = models.BinaryField()
    access_token = models.BinaryField(default=bytes)
    refresh_token = models.BinaryField(default=bytes)
    access_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_issued_at = models.DateTimeField(null=True, blank=True)
    refresh_started_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    held_reason = models.CharField(max_length=120, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="unknown outcomes in a row")
    per_minute = models.PositiveIntegerField(_("posts a minute"), default=80)
    bucket_minute = models.DateTimeField(default=timezone.now)
    bucket_used = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward", "oa_id"], name="gateways_channel_once")]


class InboxEvent(models.Model):
    """One event a provider told us, stored once. Group chatter never gets here. The payload is encrypted."""

    class State(models.TextChoices):
        NEW = "new", _("waiting")
        DONE = "done", _("done")
        IGNORED = "ignored", _("nothing to do")
        FAILED = "failed", _("failed")

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.CharField(max_length=12)
    source = models.CharField(max_length=24, help_text="id of the Official Account")
    name = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=140)
    payload = models.BinaryField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    problem = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ward", "provider", "source", "dedupe_key"], name="gateways_event_once")
        ]
        indexes = [
            # The drain: what waits, oldest first.
            models.Index(fields=["ward", "id"], name="gateways_inbox_new", condition=models.Q(state="new")),
        ]

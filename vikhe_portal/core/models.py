"""The audit trail and what keeps its chain."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TimeStamped(models.Model):
    """Rows that know when they came and when they last changed."""

    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True


class AuditEvent(models.Model):
    """One action: who, when, from where, why, on what. Appended in the transaction of the change, never altered.

    Ward, actor and object are plain ids without foreign keys, so that the trail outlives everything it speaks of.
    `fields` holds names of changed fields; `values` only what is declared non-personal (states, counts, dates).
    Rows without a ward belong to the installation (sign-in failures, set-up).
    """

    ward_id = models.IntegerField(null=True, db_index=False)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)
    fields = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    source = models.CharField(max_length=12)
    request_id = models.CharField(max_length=36, blank=True)
    address = models.CharField(max_length=45, blank=True)
    # A report about staff hides its trail from everyone it must be hidden from (ids of users as a list).
    hidden_from = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["ward_id", "-at"], name="core_audit_ward_at"),
            models.Index(fields=["ward_id", "object_type", "object_id"], name="core_audit_object"),
        ]


class AuditLink(models.Model):
    """The chain over a ward's events: each link's hash covers the one before. Written by one chainer per ward."""

    ward_id = models.IntegerField(help_text="0 for the installation's own events")
    seq = models.BigIntegerField()
    event_id = models.BigIntegerField(unique=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward_id", "seq"], name="core_auditlink_seq")]


class AuditPending(models.Model):
    """Events that no link covers yet. A trigger puts them here, the chainer takes them out."""

    event_id = models.BigIntegerField(primary_key=True)
    ward_id = models.IntegerField(help_text="0 for the installation's own events")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["ward_id", "event_id"], name="core_auditpending_ward")]


class Heartbeat(models.Model):
    """When each recurring job last ran: the page and the monitor see a dead scheduler by its age."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    detail = models.CharField(max_length=200, blank=True)


class SavedView(models.Model):
    """A person's own name for a choice of filters on one list of one ward. Never words of a search: they name people.

    Ward and person are plain ids: the core stands below both.
    """

    ward_id = models.IntegerField()
    user_id = models.BigIntegerField()
    page = models.CharField(max_length=60, help_text="name of the list's address")
    name = models.CharField(_("name of the view"), max_length=40)
    query = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ward_id", "user_id", "page", "name"], name="core_savedview_name")
        ]

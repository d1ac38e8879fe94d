"""Reads of violations, from the groups an actor may know of and works with."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from groups.models import Membership, Violation, ViolationStep, ZaloGroup
from groups.policies.visibility import visible_groups
from vikhe_portal.core import crypto
from vikhe_portal.core.permissions import Actor, allows
from vikhe_portal.core.text import search_key

SHOWN_MATCHES = 30
REPLY_TEXT = "groups_violation.reply"


def highest_rung(membership: Membership) -> int:
    """The highest step that still counts against a membership; 0 when none does."""
    rungs = ViolationStep.objects.filter(
        ward_id=membership.ward_id,
        violation__membership=membership,
        violation__withdrawn_at__isnull=True,
        violation__expires_at__gt=timezone.now(),
    )
    return rungs.order_by("-rung").values_list("rung", flat=True).first() or 0


def current_members(group: ZaloGroup, typed: str) -> list[Membership]:
    """Members of the group today whose name or Zalo name carries what was typed; at most thirty."""
    key = search_key(typed)
    rows = Membership.objects.filter(ward_id=group.ward_id, group=group, left_at__isnull=True)
    found = rows.filter(person__search_key__contains=key).select_related("person__household")
    return list(found.order_by("person__sort_key", "pk")[:SHOWN_MATCHES])


def violations_of(actor: Actor, group: ZaloGroup) -> list[Violation]:
    """What counts in a group now, newest first, with its highest step; nothing for those who do not deal with it."""
    if not allows(actor, "groups.violation", group):
        return []
    rows = Violation.objects.filter(
        ward_id=actor.ward_id,
        membership__group=group,
        withdrawn_at__isnull=True,
        expires_at__gt=timezone.now(),
    )
    rows = rows.annotate(rung=Max("steps__rung")).select_related("membership__person")
    return list(rows[:30])


def violation(actor: Actor, violation_id: int) -> Violation | None:
    """One violation in a group the actor may know of, or None."""
    rows: QuerySet[Violation] = Violation.objects.filter(
        ward_id=actor.ward_id, pk=violation_id, membership__group__in=visible_groups(actor)
    )
    return rows.select_related(
        "membership__group", "membership__person__household", "recorded_by", "withdrawn_by"
    ).first()


def steps_of(row: Violation) -> list[ViolationStep]:
    """The steps taken, in order."""
    return list(ViolationStep.objects.filter(ward_id=row.ward_id, violation=row).select_related("taken_by"))


def next_rung(row: Violation) -> int:
    """The step that is due against the membership: one above the highest that counts, the last one at the end."""
    return min(highest_rung(row.membership) + 1, int(ViolationStep.Rung.REFER))


def reply_text(row: Violation) -> str:
    """What the member says to it, opened; "" when nothing was noted."""
    if not row.reply_key or row.reply is None:
        return ""
    return crypto.decrypt(bytes(row.reply), ward_id=row.ward_id, context=REPLY_TEXT, row=row.reply_key).decode()


def open_violations(ward_id: int, group_ids: Any) -> dict[int, int]:
    """Group id → violations that count now; two of one member count twice."""
    rows = Violation.objects.filter(
        ward_id=ward_id,
        membership__group_id__in=list(group_ids),
        withdrawn_at__isnull=True,
        expires_at__gt=timezone.now(),
    )
    counted: dict[int, int] = {}
    for group_id in rows.order_by().values_list("membership__group_id", flat=True):
        counted[group_id] = counted.get(group_id, 0) + 1
    return counted

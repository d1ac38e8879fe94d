"""Reads on personal data: the register, times kept, people counted, breaches and their reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Post
from groups.models import Person, Violation
from oversight.models import (
    BreachDuty,
    DataBreach,
    LevelDay,
    LevelLimit,
    ProcessingActivity,
    ProcessingReview,
    RetentionRule,
)
from oversight.policies.privacy import visible_breaches
from tips.models import ClockPolicy, Route, Tip
from tips.selectors import policies_of
from vikhe_portal.core.permissions import Actor
from wards.models import Ward, WardProfile
from wards.selectors import active_wards, identity_mode

SOON = timedelta(hours=24)
RIGHTS = ("DSR_REPLY", "DSR_VIEW_FIX", "DSR_WITHDRAW", "DSR_DELETE")
CHECK_EVERY = timedelta(days=365)


def _in_force(day: date) -> Q:
    return Q(effective_from__lte=day) & (Q(effective_to__isnull=True) | Q(effective_to__gte=day))


def activities(ward_id: int, *, public: bool = False) -> list[dict[str, Any]]:
    """The register's entries in force that apply to the ward, each with the times its data is kept."""
    day = timezone.localdate()
    rows = ProcessingActivity.objects.filter(_in_force(day))
    if public:
        rows = rows.filter(public=True)
    if identity_mode(ward_id) == WardProfile.IdentityMode.NONE:
        rows = rows.filter(only_identities=False)
    kept: dict[str, list[RetentionRule]] = {}
    for rule in RetentionRule.objects.filter(_in_force(day)):
        kept.setdefault(rule.activity, []).append(rule)
    return [{"row": row, "rules": kept.get(row.key, [])} for row in rows]


def retention(key: str, day: date) -> RetentionRule | None:
    """The rule of this key in force on a day, or None: then nothing is taken."""
    return RetentionRule.objects.filter(_in_force(day), key=key).order_by("version").last()


def counts(ward_id: int) -> dict[str, int]:
    """How many people's data the ward holds. Must run in the ward's scope.

    Basic: residents named in the roster, and people with a post. Sensitive: one person for each tip whose words are
    still kept (more may be named in one, nobody looks), and one for each membership with an unexpired violation.
    Reports off the ordinary route are left out: a count may not tell that there is one.
    """
    now = timezone.now()
    staff = Post.objects.filter(ward_id=ward_id, held__contains=now).values("user").distinct().count()
    basic = Person.objects.filter(ward_id=ward_id).exclude(full_name="").count() + staff
    ordinary = Tip.objects.filter(ward_id=ward_id, route=Route.ORDINARY, subjects__isnull=True)
    tips = ordinary.filter(content__isnull=False).count()
    broke = Violation.objects.filter(ward_id=ward_id, expires_at__gt=now).values("membership").distinct().count()
    return {"basic": basic, "sensitive": tips + broke}


def level(ward_id: int) -> list[dict[str, Any]]:
    """Each limit with what is held: the ward now, or the whole installation by its last count, whichever is more."""
    here, last = counts(ward_id), LevelDay.objects.first()
    lines = []
    for limit in LevelLimit.objects.filter(_in_force(timezone.localdate())):
        whole = getattr(last, limit.kind) if last else 0
        held = max(here[limit.kind], whole)
        percent = held * 100 // limit.amount
        tone = "bad" if held >= limit.amount else "warn" if percent >= limit.warn_percent else "good"
        lines.append(
            {"limit": limit, "here": here[limit.kind], "held": held, "percent": percent, "tone": tone, "day": last}
        )
    return lines


def level_warnings(actor: Actor) -> list[dict[str, Any]]:
    """Limits that are near or passed."""
    return [line for line in level(actor.ward_id or 0) if line["tone"] != "good"]


def reviews(actor: Actor) -> QuerySet[ProcessingReview]:
    """Checks of the ward, the latest first."""
    return ProcessingReview.objects.filter(ward_id=actor.ward_id).select_related("checked_by")


def next_check(actor: Actor) -> date | None:
    """When the next yearly check is due; None when none was ever made, so that it is due now."""
    last = reviews(actor).values_list("checked_on", flat=True).first()
    return last + CHECK_EVERY if last else None


def breaches(actor: Actor) -> QuerySet[DataBreach]:
    """Breaches of the ward with their reports, open ones first."""
    return visible_breaches(actor).prefetch_related("duties__policy").order_by("-status", "-discovered_at", "-pk")


def one_breach(actor: Actor, pk: int) -> DataBreach | None:
    """One breach, or None."""
    return visible_breaches(actor).select_related("recorded_by", "closed_by").filter(pk=pk).first()


def duties_of(row: DataBreach) -> QuerySet[BreachDuty]:
    """The reports a breach obliges to."""
    return BreachDuty.objects.filter(ward_id=row.ward_id, breach=row).select_related("policy", "done_by")


def one_duty(actor: Actor, pk: int) -> BreachDuty | None:
    """One report of an open breach of the ward, or None."""
    rows = BreachDuty.objects.filter(ward_id=actor.ward_id, breach__in=visible_breaches(actor), pk=pk)
    return rows.select_related("breach", "policy").first()


def waiting_duties(actor: Actor) -> QuerySet[BreachDuty]:
    """Reports not sent yet."""
    rows = BreachDuty.objects.filter(ward_id=actor.ward_id, breach__in=visible_breaches(actor), done_at__isnull=True)
    return rows.select_related("breach", "policy")


def tone(due: datetime, now: datetime | None = None) -> str:
    """overdue, warn or running."""
    now = now or timezone.now()
    return "overdue" if now >= due else "warn" if now >= due - SOON else "running"


def notice_of(ward_id: int) -> dict[str, Any] | None:
    """What the public notice of a ward says, or None. Must run in the ward's scope."""
    ward: Ward | None = active_wards().filter(pk=ward_id).first()
    if ward is None:
        return None
    found = policies_of(list(RIGHTS), timezone.localdate())
    limits: list[ClockPolicy] = [found[key] for key in RIGHTS if key in found]
    profile = WardProfile.objects.filter(ward_id=ward_id).first() or WardProfile()
    return {
        "ward": ward,
        "profile": profile,
        "activities": activities(ward_id, public=True),
        "limits": limits,
        "anonymous": profile.identity_mode == WardProfile.IdentityMode.NONE,
    }

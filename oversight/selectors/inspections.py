"""Reads of inspections: sheets with their questions, findings; of a tip number, kind and state only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import ZaloGroup
from oversight.models import Finding, Inspection, InspectionItem
from oversight.policies.rooms import reads_all, visible_findings, visible_inspections
from oversight.selectors.counting import committee_eyes
from tips.models import Tip
from tips.policies import visible_tips
from vikhe_portal.core.permissions import Actor

GROUP_QUESTIONS: dict[str, Any] = {
    "leader": _("The leader is the area officer and answers in the group"),
    "deputies": _("All three deputies are in the group and know their task"),
    "settings": _("Only leader and deputies can change name, picture and members"),
    "posts": _("Posts of the last 14 days keep to the six subjects"),
    "rules": _("The rules are pinned and members know how to report"),
}
TIP_QUESTIONS: dict[str, Any] = {
    "register": _("It stands in the register with its number and time"),
    "deadline": _("Every step was within its time limit"),
    "answer": _("The reporter has received an answer"),
}


@dataclass(frozen=True)
class Drawn:
    """A drawn item as everyone sees it: a group by name, a tip by code, kind and state."""

    item: InspectionItem
    label: str
    detail: str
    questions: list[dict[str, Any]]


def questions_of(item: InspectionItem) -> dict[str, Any]:
    """Question key → words, by what the item is."""
    return GROUP_QUESTIONS if item.group_id else TIP_QUESTIONS


def inspections(actor: Actor) -> QuerySet[Inspection]:
    """Inspections the actor may know of, with how far they are."""
    return (
        visible_inspections(actor)
        .select_related("inspector")
        .annotate(
            items_all=Count("items", distinct=True),
            items_done=Count("items", filter=Q(items__checked_at__isnull=False), distinct=True),
            findings_open=Count(
                "items__findings", filter=~Q(items__findings__status=Finding.Status.CLOSED), distinct=True
            ),
        )
        .order_by("-planned_on", "-id")  # counting groups the rows, which drops the order of the model
    )


def inspection(actor: Actor, pk: int) -> Inspection | None:
    """One inspection, or None."""
    return inspections(actor).select_related("planned_by").filter(pk=pk).first()


def items(actor: Actor, row: Inspection) -> list[Drawn]:
    """The drawn items; whoever only has findings sees only the items these belong to. No words of a tip are loaded."""
    rows = (
        InspectionItem.objects.filter(ward_id=actor.ward_id, inspection=row)
        .select_related("group", "tip")
        .only(
            "ward_id",
            "inspection_id",
            "answers",
            "score",
            "note",
            "checked_at",
            "group__name",
            "tip__code",
            "tip__kind",
            "tip__status",
        )
    )
    if not reads_all(actor):
        rows = rows.filter(findings__owner_id=actor.id).distinct()
    return [drawn(one) for one in rows]


def drawn(item: InspectionItem) -> Drawn:
    """One item in words."""
    questions = [
        {"key": key, "label": label, "answer": item.answers.get(key)} for key, label in questions_of(item).items()
    ]
    if item.group is not None:
        return Drawn(item, item.group.name, "", questions)
    if item.tip is None:  # the database holds that it is one of the two
        raise ValueError("an inspection item is a group or a tip")
    kind, state = item.tip.get_kind_display(), item.tip.get_status_display()
    return Drawn(item, item.tip.code, f"{kind} · {state}", questions)


def item(actor: Actor, pk: int) -> InspectionItem | None:
    """One item, or None."""
    rows = InspectionItem.objects.filter(ward_id=actor.ward_id, inspection__in=visible_inspections(actor), pk=pk)
    return rows.select_related("inspection", "group", "tip").first()


def findings(actor: Actor, row: Inspection) -> QuerySet[Finding]:
    """Findings of an inspection the actor may know of."""
    return (
        visible_findings(actor)
        .filter(item__inspection=row)
        .select_related("owner", "item__group", "item__tip", "item__inspection")
    )


def finding(actor: Actor, pk: int) -> Finding | None:
    """One finding, or None."""
    return visible_findings(actor).select_related("item__inspection").filter(pk=pk).first()


def open_findings(actor: Actor) -> QuerySet[Finding]:
    """Findings not closed yet that the actor may know of."""
    return visible_findings(actor).exclude(status=Finding.Status.CLOSED)


def late_findings(actor: Actor) -> QuerySet[Finding]:
    """Findings still to be mended past their date."""
    return visible_findings(actor).filter(status=Finding.Status.OPEN, due_on__lt=timezone.localdate())


def groups_to_draw(ward_id: int) -> list[int]:
    """Active groups a sample is drawn from, in a fixed order."""
    rows = ZaloGroup.objects.filter(ward_id=ward_id, status=ZaloGroup.Status.ACTIVE)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def tips_to_draw(ward_id: int, days: int) -> list[int]:
    """Ordinary tips of the last days a sample is drawn from: what a committee member may know of, never on staff."""
    since = timezone.now() - timedelta(days=days)
    rows: QuerySet[Tip] = visible_tips(committee_eyes(ward_id)).filter(received_at__gte=since)
    return list(rows.order_by("pk").values_list("pk", flat=True))

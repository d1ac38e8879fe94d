"""What oversight offers to the rest of the portal: menu, figures, charts, today's work, holdings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oversight.models import Directive, DirectivePart, Finding, Inspection, RaisedMatter, Review
from oversight.policies.rooms import Kind
from oversight.selectors import data_requests, directives, inspections, places, regulations
from oversight.services import directives as directive_services
from oversight.services import inspections as inspection_services
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import Figure, Series, TodayEntry
from vikhe_portal.core.holdings import Holding, Provider
from vikhe_portal.core.permissions import Actor

navigation.register(navigation.Entry(_("Dashboard"), "oversight:dashboard", "chart-bar", "oversight.dashboard", 5))
navigation.register(navigation.Entry(_("Today"), "oversight:home", "home", "oversight.today", 4))
navigation.register(navigation.Entry(_("Province"), "oversight:province", "map", "oversight.province", 6))
navigation.register(navigation.Entry(_("Reports"), "oversight:reviews", "report", "reviews.list", 80))
navigation.register(navigation.Entry(_("Directives"), "oversight:directives", "flag", "directives.list", 81))
navigation.register(
    navigation.Entry(_("Inspections"), "oversight:inspections", "clipboard-check", "inspections.list", 82)
)

navigation.register(navigation.Entry(_("Regulation"), "oversight:regulations", "book-2", "regulations.list", 83))

navigation.register(
    navigation.Entry(_("Data requests"), "oversight:data-requests", "user-shield", "data_requests.list", 84)
)

figures.register_series(
    Series(
        "coverage_trend", _("Households reached, day by day"), "coverage", "coverage.view", places.coverage_trend, 10
    )
)
figures.register_series(
    Series("tips_flow", _("Tips received and answered"), "tips", "tips.list", places.tips_by_week, 20)
)

figures.register(
    Figure(
        "directive_parts_open",
        _("Parts of directives still to do"),
        "oversight",
        "directives.list",
        lambda actor, period: directives.open_parts(actor).count(),
        lambda actor, period: f"{reverse('oversight:parts')}?state=open",
        order=80,
        now=True,
    )
)
figures.register(
    Figure(
        "directive_parts_overdue",
        _("Parts of directives past their date"),
        "oversight",
        "directives.list",
        lambda actor, period: directives.late_parts(actor).count(),
        lambda actor, period: f"{reverse('oversight:parts')}?state=late",
        good="down",
        order=81,
        now=True,
    )
)
figures.register(
    Figure(
        "findings_open",
        _("Findings of inspections not closed"),
        "oversight",
        "inspections.list",
        lambda actor, period: inspections.open_findings(actor).count(),
        lambda actor, period: f"{reverse('oversight:findings')}?state=open",
        order=82,
        now=True,
    )
)
figures.register(
    Figure(
        "findings_overdue",
        _("Findings not mended in time"),
        "oversight",
        "inspections.list",
        lambda actor, period: inspections.late_findings(actor).count(),
        lambda actor, period: f"{reverse('oversight:findings')}?state=late",
        good="down",
        order=83,
        now=True,
    )
)


figures.register(
    Figure(
        "regulation_unacknowledged",
        _("Leaders and deputies who have not acknowledged the regulation"),
        "oversight",
        "regulations.follow",
        lambda actor, period: regulations.missing_now(actor),
        lambda actor, period: _regulation_url(actor),
        good="down",
        order=84,
        now=True,
    )
)


figures.register(
    Figure(
        "data_requests_late",
        _("Residents' data requests past their time"),
        "oversight",
        "data_requests.list",
        lambda actor, period: data_requests.late_requests(actor).count(),
        lambda actor, period: f"{reverse('oversight:data-requests')}?state=late",
        good="down",
        order=85,
        now=True,
    )
)


def _waiting_requests(actor: Actor) -> list[dict[str, Any]]:
    found = []
    for row in data_requests.open_requests(actor)[:20]:
        due = data_requests.next_due(row)
        tone = {"overdue": "danger", "warn": "warning", "running": "info"}[data_requests.tone(due)]
        url = reverse("oversight:data-request", args=[row.pk])
        label = f"{row.number}/{row.year} {row.get_kind_display()}"
        found.append({"label": label, "url": url, "due": due, "tone": tone})
    return found


figures.register_today(
    TodayEntry(
        "data_requests", _("Residents' data requests"), "user-shield", "data_requests.answer", _waiting_requests, 66
    )
)


def _regulation_url(actor: Actor) -> str:
    row = regulations.latest(actor)
    return reverse("oversight:regulation", args=[row.pk]) if row else ""


def _own_regulation(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": one["title"],
            "url": reverse("oversight:regulation", args=[one["pk"]]),
            "due": _evening(one["effective_on"]),
            "tone": _tone(one["effective_on"]),
        }
        for one in regulations.waiting_for(actor)
    ]


figures.register_today(
    TodayEntry("regulation", _("Regulation to acknowledge"), "book-2", "regulations.acknowledge", _own_regulation, 65)
)


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(17, 0), timezone.get_default_timezone())


def _tone(day: date) -> str:
    return "danger" if day < timezone.localdate() else "warning"


def _own_parts(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": part["text"],
            "url": reverse("oversight:directive", args=[part["directive_id"]]),
            "due": _evening(part["due_on"]),
            "tone": _tone(part["due_on"]),
        }
        for part in directives.own_parts_due(actor)
    ]


def _own_findings(actor: Actor) -> list[dict[str, Any]]:
    rows = inspections.open_findings(actor).filter(owner_id=actor.id, status=Finding.Status.OPEN)
    return [
        {
            "label": row.text,
            "url": reverse("oversight:inspection", args=[row.item.inspection_id]),
            "due": _evening(row.due_on),
            "tone": _tone(row.due_on),
        }
        for row in rows.select_related("item")[:20]
    ]


def _visits(actor: Actor) -> list[dict[str, Any]]:
    planned = Inspection.objects.filter(
        ward_id=actor.ward_id, inspector_id=actor.id, status=Inspection.Status.PLANNED
    ).order_by("planned_on")
    mended = Finding.objects.filter(
        ward_id=actor.ward_id, item__inspection__inspector_id=actor.id, status=Finding.Status.MENDED
    ).select_related("item")
    items = [
        {
            "label": row.title,
            "url": reverse("oversight:inspection", args=[row.pk]),
            "due": _evening(row.planned_on),
            "tone": _tone(row.planned_on),
        }
        for row in planned[:10]
    ]
    return items + [
        {
            "label": row.text,
            "url": reverse("oversight:inspection", args=[row.item.inspection_id]),
            "due": None,
            "tone": "info",
        }
        for row in mended[:10]
    ]


def _waiting_reviews(actor: Actor) -> list[dict[str, Any]]:
    wanted = Q(pk__in=[])
    if actor.has(Kind.CHIEF):
        wanted |= Q(status=Review.Status.DRAFT)
    if actor.has(Kind.COMMITTEE_HEAD):
        wanted |= Q(status=Review.Status.APPROVED)
    rows = Review.objects.filter(wanted, ward_id=actor.ward_id).only("kind", "start", "end", "status")
    return [
        {
            "label": f"{row.get_kind_display()} {row.start:%d/%m/%Y} – {row.end:%d/%m/%Y}",
            "url": reverse("oversight:review", args=[row.pk]),
            "due": None,
            "tone": "info",
        }
        for row in rows[:10]
    ]


def _raised(actor: Actor) -> list[dict[str, Any]]:
    rows = RaisedMatter.objects.filter(ward_id=actor.ward_id, decided_at__isnull=True).select_related("directive")
    return [
        {
            "label": row.directive.title,
            "url": reverse("oversight:directive", args=[row.directive_id]),
            "due": None,
            "tone": "warning",
        }
        for row in rows[:10]
    ]


figures.register_today(TodayEntry("directives", _("My parts of directives"), "flag", "directives.list", _own_parts, 60))
figures.register_today(
    TodayEntry("findings", _("Findings to mend"), "clipboard-x", "inspections.list", _own_findings, 61)
)
figures.register_today(
    TodayEntry("visits", _("Inspections and second visits"), "clipboard-check", "inspections.plan", _visits, 62)
)
figures.register_today(
    TodayEntry("reviews", _("Reports waiting for you"), "report", "reviews.list", _waiting_reviews, 63)
)
figures.register_today(
    TodayEntry("raised", _("Questions waiting for your decision"), "gavel", "directives.decide", _raised, 64)
)


def _wanted(neighbourhood_ids: Iterable[int] | None) -> set[int] | None:
    return None if neighbourhood_ids is None else set(neighbourhood_ids)


def _held_parts(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    rows = DirectivePart.objects.filter(
        ward_id=actor.ward_id,
        assignee_id=user_id,
        status=DirectivePart.Status.OPEN,
        directive__status=Directive.Status.OPEN,
    )
    wanted = _wanted(neighbourhood_ids)
    if wanted is not None:
        rows = rows.filter(neighbourhood_id__in=wanted)
    return [
        Holding("directives.part", row.pk, row.text[:120], (row.neighbourhood_id,) if row.neighbourhood_id else ())
        for row in rows
    ]


def _held_directives(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    if neighbourhood_ids is not None:  # the whole ward's: they go with the post, not with an area
        return []
    rows = Directive.objects.filter(ward_id=actor.ward_id, owner_id=user_id, status=Directive.Status.OPEN)
    return [Holding("directives.owner", row.pk, f"{row.number}/{row.year} {row.title}"[:120]) for row in rows]


def _held_findings(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    rows = Finding.objects.filter(ward_id=actor.ward_id, owner_id=user_id).exclude(status=Finding.Status.CLOSED)
    wanted = _wanted(neighbourhood_ids)
    if wanted is not None:
        rows = rows.filter(item__group__serves__neighbourhood_id__in=wanted).distinct()
    return [Holding("inspections.finding", row.pk, row.text[:120]) for row in rows]


def _held_inspections(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    if neighbourhood_ids is not None:
        return []
    waiting = Q(status=Inspection.Status.PLANNED) | Q(items__findings__status__in=["open", "mended"])
    rows = Inspection.objects.filter(waiting, ward_id=actor.ward_id, inspector_id=user_id)
    rows = rows.exclude(status=Inspection.Status.CANCELLED).distinct()
    return [Holding("inspections.inspection", row.pk, row.title[:120]) for row in rows]


for _provider in (
    Provider("directives.part", _("Parts of directives"), _held_parts, directive_services.move_part, 60),
    Provider("directives.owner", _("Directives in charge"), _held_directives, directive_services.move_directive, 61),
    Provider("inspections.finding", _("Findings to mend"), _held_findings, inspection_services.move_finding, 62),
    Provider(
        "inspections.inspection", _("Inspections to make"), _held_inspections, inspection_services.move_inspection, 63
    ),
):
    holdings.register(_provider)

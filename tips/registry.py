"""What tips offer to the rest of the portal: menu, figures, today's work, holdings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from gateways.services.inbox import register_direct
from groups.services.reorganisation import follow
from tips.models import Kind, Tip
from tips.policies import DESK, readable_tips, visible_tips
from tips.services.direct import answer_direct
from tips.services.handling import move_with_handover
from tips.services.places import follow_neighbourhood
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import Figure, Period, Series, TodayEntry
from vikhe_portal.core.holdings import Holding, Provider
from vikhe_portal.core.permissions import Actor

navigation.register(navigation.Entry(_("Tips"), "tips:queue", "message-report", "tips.list", 40))
navigation.register(navigation.Entry(_("My tips"), "tips:mine", "user-check", "tips.mine", 41))

follow(follow_neighbourhood)
register_direct(answer_direct)


def _bounds(period: Period) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    start = datetime.combine(period.start, time.min, zone)
    return start, datetime.combine(period.end + timedelta(days=1), time.min, zone)


def received_in(actor: Actor, period: Period) -> QuerySet[Tip]:
    """Tips received in the period that the actor may know of."""
    start, end = _bounds(period)
    return visible_tips(actor).filter(received_at__gte=start, received_at__lt=end)


def answered_in(actor: Actor, period: Period) -> QuerySet[Tip]:
    """Tips answered in the period that the actor may know of."""
    start, end = _bounds(period)
    return visible_tips(actor).filter(answered_at__gte=start, answered_at__lt=end)


def _open(actor: Actor) -> QuerySet[Tip]:
    return visible_tips(actor).exclude(status__in=Tip.FINISHED)


def _queue(**parameters: Any) -> str:
    return f"{reverse('tips:queue')}?{urlencode(parameters)}"


def _dates(name: str, period: Period) -> dict[str, str]:
    return {f"{name}_after": period.start.isoformat(), f"{name}_before": period.end.isoformat(), "state": "all"}


def _in_time(actor: Actor, period: Period) -> tuple[int, int]:
    rows = answered_in(actor, period).order_by()
    counted = rows.aggregate(all=Count("pk"), in_time=Count("pk", filter=Q(answered_late=False)))
    return counted["in_time"], counted["all"]


def _received(actor: Actor, period: Period) -> dict[str, int]:
    """Kind → tips received in the period. One statement per request for all the figures that ask."""

    def find() -> dict[str, int]:
        rows = received_in(actor, period).order_by().values_list("kind").annotate(number=Count("pk"))
        return dict(rows.values_list("kind", "number"))

    return actor.remember(f"tips received {period.start} {period.end}", find)


def _waiting(actor: Actor) -> dict[str, int]:
    """Open tips and those past a deadline, in one statement per request."""
    late = Count("pk", filter=Q(next_due_at__lte=timezone.now()))
    return actor.remember("tips open", lambda: _open(actor).order_by().aggregate(all=Count("pk"), late=late))


def _kind_count(kind: str) -> Callable[[Actor, Period], int]:
    return lambda actor, period: _received(actor, period).get(kind, 0)


def _kind_rows(kind: str) -> Callable[[Actor, Period], str]:
    return lambda actor, period: _queue(**_dates("received", period), kind=kind)


figures.register(
    Figure(
        "tips_received",
        _("Tips received"),
        "tips",
        "tips.list",
        lambda actor, period: sum(_received(actor, period).values()),
        lambda actor, period: _queue(**_dates("received", period)),
        order=30,
    )
)
figures.register(
    Figure(
        "tips_open",
        _("Open tips"),
        "tips",
        "tips.list",
        lambda actor, period: _waiting(actor)["all"],
        lambda actor, period: _queue(state="open"),
        order=31,
        now=True,
    )
)
figures.register(
    Figure(
        "tips_overdue",
        _("Tips past a deadline"),
        "tips",
        "tips.list",
        lambda actor, period: _waiting(actor)["late"],
        lambda actor, period: _queue(state="overdue"),
        good="down",
        order=32,
        now=True,
    )
)
figures.register(
    Figure(
        "tips_answered_in_time",
        _("Answered in time"),
        "tips",
        "tips.list",
        _in_time,
        lambda actor, period: _queue(**_dates("answered", period), punctual="yes"),
        kind="percent",
        good="up",
        order=33,
    )
)
for _order, _kind in enumerate(Kind.values):
    figures.register(
        Figure(
            f"tips_kind_{_kind}",
            Kind(_kind).label,
            "tips_by_kind",
            "tips.list",
            _kind_count(_kind),
            _kind_rows(_kind),
            order=40 + _order,
        )
    )


def _by_kind(actor: Actor, period: Period) -> dict[str, Any]:
    """The kinds of the period as bars; one query. Who shows it hides small numbers (core.figures)."""
    counts = _received(actor, period)
    return {
        "type": "bar",
        "horizontal": True,
        "labels": [str(label) for label in Kind.labels],
        "series": [
            {"label": str(_("Tips received")), "data": [counts.get(kind, 0) for kind in Kind.values], "tone": "brand"}
        ],
    }


figures.register_series(
    Series("tips_by_kind", _("Tips received by kind"), "tips_by_kind", "tips.list", _by_kind, order=40)
)


def _new_items(actor: Actor) -> list[dict[str, Any]]:
    rows = readable_tips(actor) if actor.has(*DESK) else readable_tips(actor).filter(assignee_id=actor.id)
    fresh = rows.filter(status=Tip.Status.NEW).order_by("next_due_at").only("uuid", "code", "kind", "next_due_at")
    return [
        {
            "label": f"{tip.code} · {tip.get_kind_display()}",
            "url": reverse("tips:detail", args=[tip.uuid]),
            "due": tip.next_due_at,
            "tone": _tone(tip.next_due_at),
        }
        for tip in fresh[:20]
    ]


def _near_items(actor: Actor) -> list[dict[str, Any]]:
    soon = timezone.now() + timedelta(hours=24)
    rows = visible_tips(actor).exclude(status__in=[*Tip.FINISHED, Tip.Status.NEW]).filter(next_due_at__lte=soon)
    if not actor.has(*DESK, Post.Kind.COMMITTEE_HEAD):
        rows = rows.filter(assignee_id=actor.id)
    elif actor.has(Post.Kind.COMMITTEE_HEAD) and not actor.has(*DESK):
        rows = rows.filter(owner_role=Post.Kind.COMMITTEE_HEAD)
    return [
        {
            "label": f"{tip.code} · {tip.get_status_display()}",
            "url": reverse("tips:detail", args=[tip.uuid]),
            "due": tip.next_due_at,
            "tone": _tone(tip.next_due_at),
        }
        for tip in rows.order_by("next_due_at").only("uuid", "code", "status", "next_due_at")[:20]
    ]


def _tone(due: datetime | None) -> str:
    return "danger" if due is not None and due <= timezone.now() else "warning"


figures.register_today(TodayEntry("tips_new", _("New tips"), "message-report", "tips.mine", _new_items, 20))
figures.register_today(TodayEntry("tips_near", _("Tips near their deadline"), "clock", "tips.list", _near_items, 21))


def _held(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    rows = visible_tips(actor).filter(assignee_id=user_id).exclude(status__in=Tip.FINISHED)
    if neighbourhood_ids is not None:
        rows = rows.filter(neighbourhood_id__in=list(neighbourhood_ids))
    return [
        Holding(
            "tips.open",
            tip.pk,
            tip.code,
            (tip.neighbourhood_id,) if tip.neighbourhood_id else (),
            sensitive=tip.route != "ordinary",
            overdue=tip.next_due_at is not None and tip.next_due_at <= timezone.now(),
        )
        for tip in rows.order_by("next_due_at").only("id", "code", "neighbourhood_id", "route")
    ]


holdings.register(Provider("tips.open", _("Open tips"), _held, move_with_handover, order=30))

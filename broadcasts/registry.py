"""What broadcasts offer to the rest of the portal: menu, figures, today's work, holdings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadcasts import selectors
from broadcasts.models import Broadcast, Delivery, Removal
from broadcasts.policies import postable_deliveries, visible_broadcasts, visible_deliveries
from broadcasts.selectors import emergency, removing
from broadcasts.services.cards import move_card
from broadcasts.services.removing import move_removal
from broadcasts.services.writing import move_draft
from groups.models import GroupNeighbourhood
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import Figure, Period, TodayEntry
from vikhe_portal.core.holdings import Holding, Provider
from vikhe_portal.core.permissions import Actor

navigation.register(navigation.Entry(_("Posting cards"), "broadcasts:cards", "send", "broadcasts.post", 15))
navigation.register(
    navigation.Entry(_("Emergencies"), "broadcasts:emergencies", "alert-triangle", "broadcasts.emergency", 51)
)
navigation.register(navigation.Entry(_("Broadcasts"), "broadcasts:list", "speakerphone", "broadcasts.list", 50))


def sent_in(actor: Actor, period: Period) -> QuerySet[Delivery]:
    """Posts made in the period that the actor may know of."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(period.start, time.min, zone)
    end = datetime.combine(period.end + timedelta(days=1), time.min, zone)
    return visible_deliveries(actor).filter(state__in=Delivery.GOOD, sent_at__gte=start, sent_at__lt=end)


def _rows(**parameters: Any) -> str:
    return f"{reverse('broadcasts:deliveries')}?{urlencode(parameters)}"


figures.register(
    Figure(
        "broadcasts_sent",
        _("Posts in groups"),
        "broadcasts",
        "broadcasts.list",
        lambda actor, period: sent_in(actor, period).count(),
        lambda actor, period: _rows(state="posted", after=period.start.isoformat(), before=period.end.isoformat()),
        good="up",
        order=20,
    )
)
figures.register(
    Figure(
        "deliveries_open",
        _("Posts still to be made"),
        "broadcasts",
        "broadcasts.list",
        lambda actor, period: visible_deliveries(actor).filter(state__in=Delivery.OPEN).count(),
        lambda actor, period: _rows(state="open"),
        good="down",
        order=21,
        now=True,
    )
)
figures.register(
    Figure(
        "cards_overdue",
        _("Posting cards overdue"),
        "broadcasts",
        "broadcasts.list",
        lambda actor, period: selectors.overdue_cards(actor).count(),
        lambda actor, period: _rows(state="overdue"),
        good="down",
        order=22,
        now=True,
    )
)
figures.register(
    Figure(
        "deliveries_unknown",
        _("Posts nobody is sure of"),
        "broadcasts",
        "broadcasts.list",
        lambda actor, period: visible_deliveries(actor).filter(state=Delivery.State.UNKNOWN).count(),
        lambda actor, period: _rows(state="unknown"),
        good="down",
        order=23,
        now=True,
    )
)


def _card_items(actor: Actor) -> list[dict[str, Any]]:
    rows = postable_deliveries(actor).select_related("broadcast", "group").order_by("not_before")[:20]
    now = timezone.now()
    return [
        {
            "label": f"{row.broadcast.title} · {row.group.name}",
            "url": reverse("broadcasts:card", args=[row.pk]),
            "due": row.deputies_from,
            "tone": "danger" if row.deputies_from <= now else "warning",
        }
        for row in rows
    ]


def _approval_items(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": row.title,
            "url": reverse("broadcasts:detail", args=[row.uuid]),
            "due": None,
            "tone": "warning",
        }
        for row in selectors.approvals_waiting(actor)[:20]
    ]


def _removal_items(actor: Actor) -> list[dict[str, Any]]:
    now = timezone.now()
    rows = [*removing.to_remove(actor)[:20], *removing.to_check(actor)[:20]]
    return [
        {
            "label": f"{row.delivery.broadcast.title} · {row.delivery.group.name}",
            "url": reverse("broadcasts:removal", args=[row.pk]),
            "due": row.overdue_from,
            "tone": "danger" if row.overdue_from <= now else "warning",
        }
        for row in rows
    ]


def _unknown_items(actor: Actor) -> list[dict[str, Any]]:
    rows = visible_deliveries(actor).filter(state=Delivery.State.UNKNOWN).select_related("broadcast", "group")
    return [
        {
            "label": f"{row.broadcast.title} · {row.group.name}",
            "url": reverse("broadcasts:unknown"),
            "due": row.unknown_since,
            "tone": "danger",
        }
        for row in rows.order_by("unknown_since")[:20]
    ]


def _quarantine_items(actor: Actor) -> list[dict[str, Any]]:
    row = selectors.quarantine_of(actor)
    url = reverse("broadcasts:quarantine")
    return [{"label": row.get_reason_display(), "url": url, "due": row.began_at, "tone": "danger"}] if row else []


def _call_items(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": call.run.text.title + (f" · {_('drill')}" if call.run.drill else ""),
            "url": reverse("broadcasts:emergency-run", args=[call.run_id]),
            "due": call.called_at,
            "tone": "danger",
        }
        for call in emergency.calls_waiting(actor)[:20]
    ]


figures.register_today(
    TodayEntry("calls", _("Emergency calls to answer"), "alert-triangle", "broadcasts.emergency", _call_items, 1)
)
figures.register_today(TodayEntry("cards", _("Cards to post"), "send", "broadcasts.post", _card_items, 15))
figures.register_today(TodayEntry("removals", _("Posts to remove"), "eraser", "broadcasts.remove", _removal_items, 14))
figures.register_today(
    TodayEntry("approvals", _("Broadcasts waiting for approval"), "checks", "broadcasts.approve", _approval_items, 16)
)
figures.register_today(
    TodayEntry("quarantine", _("Sending held back"), "lock", "broadcasts.decide", _quarantine_items, 2)
)
figures.register_today(
    TodayEntry("unknown", _("Posts nobody is sure of"), "help-circle", "broadcasts.decide", _unknown_items, 17)
)


def _groups_of(actor: Actor, neighbourhood_ids: Iterable[int]) -> QuerySet[Any]:
    serving = GroupNeighbourhood.objects.filter(
        ward_id=actor.ward_id, neighbourhood_id__in=list(neighbourhood_ids), held__contains=timezone.now()
    )
    return serving.values("group_id")


def _held_cards(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    rows = Delivery.objects.filter(ward_id=actor.ward_id, holder_id=user_id, state=Delivery.State.HANDED_TO)
    if neighbourhood_ids is not None:
        rows = rows.filter(group_id__in=_groups_of(actor, neighbourhood_ids))
    return [
        Holding("broadcasts.cards", row.pk, f"{row.broadcast.title} · {row.group.name}"[:200])
        for row in rows.select_related("broadcast", "group").order_by("id")
    ]


def _held_removals(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    rows = Removal.objects.filter(ward_id=actor.ward_id, holder_id=user_id, state=Removal.State.OPEN)
    if neighbourhood_ids is not None:
        rows = rows.filter(delivery__group_id__in=_groups_of(actor, neighbourhood_ids))
    return [
        Holding("broadcasts.removals", row.pk, f"{row.delivery.broadcast.title} · {row.delivery.group.name}"[:200])
        for row in rows.select_related("delivery__broadcast", "delivery__group").order_by("id")
    ]


def _held_drafts(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    if neighbourhood_ids is not None:
        return []  # a text belongs to its writer, not to a place: it moves only when the writer leaves the ward
    rows = visible_broadcasts(actor).filter(author_id=user_id, status__in=Broadcast.EDITABLE)
    return [Holding("broadcasts.drafts", row.pk, row.title) for row in rows.order_by("id")]


holdings.register(Provider("broadcasts.cards", _("Posting cards"), _held_cards, move_card, order=40))
holdings.register(Provider("broadcasts.removals", _("Posts to remove"), _held_removals, move_removal, order=42))
holdings.register(Provider("broadcasts.drafts", _("Broadcasts not yet sent"), _held_drafts, move_draft, order=41))

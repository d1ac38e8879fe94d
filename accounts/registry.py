"""What the accounts app registers: menu entries, the top bar's facts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import DutyShift
from accounts.selectors import duty
from accounts.services.duty import move_shift
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import TodayEntry
from vikhe_portal.core.holdings import Holding, Provider
from vikhe_portal.core.permissions import Actor

navigation.register(navigation.Entry(_("People and posts"), "accounts:staff", "users-group", "accounts.staff", 90))
navigation.register(navigation.Entry(_("Who can see what"), "accounts:rights", "shield-check", "accounts.rights", 95))
navigation.register(
    navigation.Entry(_("Reporters' identities"), "accounts:identities", "lock-access", "accounts.identities", 96)
)
navigation.register(
    navigation.Entry(_("My key for identities"), "accounts:sealing-key", "key", "accounts.sealing_key", 96)
)
navigation.register(navigation.Entry(_("Who looked at what"), "accounts:trail", "history", "audit.read", 96))
navigation.register(navigation.Entry(_("Anchor of the trail"), "accounts:trail-anchor", "anchor", "audit.anchor", 97))

navigation.register(navigation.Entry(_("Duty roster"), "accounts:duty", "calendar-time", "duty.view", 45))


def _shifts_to_take(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": str(_("Take over your shift")),
            "url": reverse("accounts:duty"),
            "due": row.held.lower,
            "tone": "danger",
        }
        for row in duty.waiting_for(actor)
    ]


def _hours_without(actor: Actor) -> list[dict[str, Any]]:
    """The next hours nobody stands, for a ward that keeps a roster."""
    now = timezone.now()
    if not duty.has_roster(actor.ward_id):
        return []
    return [
        {"label": str(_("Nobody on duty from")), "url": reverse("accounts:duty"), "due": start, "tone": "warning"}
        for start, _end in duty.gaps(actor.ward_id, now, now + timedelta(days=2))
    ]


def _held_shifts(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    if neighbourhood_ids is not None:  # they go with the post, not with an area
        return []
    rows = DutyShift.objects.filter(ward_id=actor.ward_id, user_id=user_id, held__endswith__gt=timezone.now())
    return [
        Holding(
            "accounts.shift", row.pk, f"{row.get_kind_display()} {timezone.localtime(row.held.lower):%H:%M %d/%m/%Y}"
        )
        for row in rows
    ]


figures.register_today(TodayEntry("shift", _("On duty"), "calendar-time", "duty.take", _shifts_to_take, 1))
figures.register_today(TodayEntry("duty_gaps", _("Duty roster"), "calendar-off", "duty.plan", _hours_without, 2))
holdings.register(Provider("accounts.shift", _("Coming shifts"), _held_shifts, move_shift, 90))


def top_bar(request: HttpRequest) -> dict[str, Any]:
    """Unread notices and the person's title, for every page."""
    actor = request.actor  # type: ignore[attr-defined]  # set by the scope middleware
    return {
        "unread_count": selectors.unread_notices(actor).count(),
        "actor_title": selectors.title_of(actor),
        "idle_seconds": request.idle_seconds,  # type: ignore[attr-defined]  # set by the scope middleware
        "came_by_key": any(
            one.get("type") == "webauthn" for one in request.session.get("account_authentication_methods", [])
        ),
    }


navigation.extras.append(top_bar)

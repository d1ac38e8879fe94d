"""What the care for personal data offers to the rest of the portal: menu, a figure, today's work."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oversight.selectors import privacy
from vikhe_portal.core import figures, navigation
from vikhe_portal.core.figures import TodayEntry
from vikhe_portal.core.permissions import Actor

navigation.register(
    navigation.Entry(_("Personal data"), "oversight:privacy-register", "shield-lock", "privacy.register", 85)
)
navigation.register(navigation.Entry(_("Data breaches"), "oversight:breaches", "alert-octagon", "privacy.breaches", 86))


def _duties(actor: Actor) -> list[dict[str, Any]]:
    tones = {"overdue": "danger", "warn": "warning", "running": "info"}
    return [
        {
            "label": f"{duty.breach.number}/{duty.breach.year} {duty.policy.label}",
            "url": reverse("oversight:breach", args=[duty.breach_id]),
            "due": duty.due_at,
            "tone": tones[privacy.tone(duty.due_at)],
        }
        for duty in privacy.waiting_duties(actor)[:20]
    ]


def _level(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "label": gettext("%(kind)s: %(percent)s per cent of the level's limit")
            % {"kind": line["limit"].get_kind_display(), "percent": line["percent"]},
            "url": reverse("oversight:privacy-register"),
            "due": None,
            "tone": "danger" if line["tone"] == "bad" else "warning",
        }
        for line in privacy.level_warnings(actor)
    ]


figures.register_today(
    TodayEntry("breaches", _("Reports on data breaches"), "alert-octagon", "privacy.breaches", _duties, 3)
)
figures.register_today(
    TodayEntry("level", _("The system's level of protection"), "shield-lock", "privacy.register", _level, 67)
)

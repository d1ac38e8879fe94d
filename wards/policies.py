"""Who may correct the calendar of working days."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.permissions import Actor, rule


@rule("wards.calendar", _("Correct the calendar of holidays and working days"))
def can_correct_calendar(actor: Actor, obj: Any) -> bool:
    """The chief, who answers for the deadlines, and the ward administrator, who types in what was decided."""
    return actor.has("chief", "ward_admin")

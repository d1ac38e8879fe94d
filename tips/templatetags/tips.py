"""Clocks in words and tones: colour never stands alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from tips.models import Clock, ClockPolicy, Tip
from vikhe_portal.core.calendar import last_day

register = template.Library()


def _span(delta: timedelta) -> str:
    minutes = int(delta.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return _("%(count)s days") % {"count": minutes // (24 * 60)}
    if minutes >= 90:
        return _("%(count)s hours") % {"count": minutes // 60}
    return _("%(count)s minutes") % {"count": max(minutes, 1)}


@register.filter
def time_left(due: datetime | None) -> str:
    """How long until a deadline, in words; or by how long it has passed."""
    if due is None:
        return ""
    left = due - timezone.now()
    if left.total_seconds() <= 0:
        return _("%(span)s overdue") % {"span": _span(-left)}
    return _("%(span)s left") % {"span": _span(left)}


@register.filter
def clock_tone(clock: Clock) -> str:
    """running, warn, overdue or done: what the clock badge shows."""
    if clock.state in (Clock.State.MET, Clock.State.LATE, Clock.State.STOPPED):
        return "done"
    now = timezone.now()
    if now >= clock.due_at:
        return "overdue"
    return "warn" if now >= clock.warn_at else "running"


@register.filter
def clock_words(clock: Clock) -> str:
    """The clock's state in words: time left, or how it ended."""
    if clock.state not in Clock.LIVE:
        return str(clock.get_state_display())
    return time_left(clock.due_at)


@register.filter
def due_words(clock: Clock) -> str:
    """The deadline as people say it: the hour, or the end of the last day."""
    if clock.policy.unit in (ClockPolicy.Unit.MINUTES, ClockPolicy.Unit.HOURS):
        return timezone.localtime(clock.due_at).strftime("%H:%M %d/%m/%Y")
    return _("end of %(day)s") % {"day": last_day(clock.due_at).strftime("%d/%m/%Y")}


@register.filter
def next_clock(tip: Tip) -> Clock | None:
    """The running clock that is due next (rows of the queue bring theirs along)."""
    running = [clock for clock in tip.running if clock.due_at == tip.next_due_at]  # type: ignore[attr-defined]  # prefetched
    return running[0] if running else (tip.running[0] if tip.running else None)  # type: ignore[attr-defined]


@register.filter
def status_tone(tip: Tip) -> str:
    """The tone of a tip's state."""
    return {"new": "brand", "asked": "info", "escalated": "warn", "answered": "good", "closed": "", "merged": ""}.get(
        tip.status, "info"
    )

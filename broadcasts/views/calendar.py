"""The editorial calendar by week and month, and moving what is planned on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadcasts import forms
from broadcasts.selectors import calendar
from broadcasts.services import scheduling
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage, TemplatePage


def _day(text: str) -> date:
    """A day of an address; today when it is none, or far away."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs((day - today).days) < 3660 else today


class CalendarView(TemplatePage):
    """A month, or a week (?xem=tuan), around a day (?ngay=2026-11-24)."""

    permission = "broadcasts.list"
    template_name = "broadcasts/calendar.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The days, the subjects, what waits for a time."""
        day = _day(self.request.GET.get("ngay", ""))
        by_week = self.request.GET.get("xem") == "tuan"
        dates = calendar.week_days(day) if by_week else calendar.month_days(day.year, day.month)
        first = day.replace(day=1)
        before = day - timedelta(days=7) if by_week else (first - timedelta(days=1)).replace(day=1)
        after = day + timedelta(days=7) if by_week else (first + timedelta(days=31)).replace(day=1)
        here = reverse("broadcasts:calendar")
        mode = "&xem=tuan" if by_week else ""
        return {
            "day": day,
            "by_week": by_week,
            "first": dates[0],
            "last": dates[-1],
            "days": calendar.days(self.actor, dates, 0 if by_week else day.month),
            "subjects": calendar.subjects(self.actor),
            "unplanned": calendar.unplanned(self.actor),
            "before": f"{here}?ngay={before}{mode}",
            "after": f"{here}?ngay={after}{mode}",
            "tabs": [
                {"label": _("Month"), "url": f"{here}?ngay={day}", "active": not by_week},
                {"label": _("Week"), "url": f"{here}?ngay={day}&xem=tuan", "active": by_week},
            ],
        }


class MovePlanView(FormPage):
    """Another time for one planned going-out: by the form, or a day from dragging with the hour kept."""

    permission = "broadcasts.schedule"
    form_class = forms.MovePlanForm
    template_name = "broadcasts/move_plan.html"
    title = gettext_lazy("Move to another time")

    @cached_property
    def plan(self) -> Any:
        """The going-out of the address."""
        row = self.found(calendar.plan(self.actor, self.kwargs["pk"]))
        require(self.actor, self.permission, row.broadcast)
        return row

    def get_form_kwargs(self) -> dict[str, Any]:
        """The time as it stands."""
        return {"initial": {"at": timezone.localtime(self.plan.planned_at)}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """What it is about."""
        return {"plan": self.plan, "back": self.success_url(self.plan)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A day alone (dragged on the calendar) keeps the hour; a refusal then leads back with its reason."""
        day = request.POST.get("day", "")
        if not day:
            return super().post(request, *args, **kwargs)
        at = datetime.combine(_day(day), timezone.localtime(self.plan.planned_at).timetz())
        return self._moved(scheduling.move_plan(actor=self.actor, occurrence=self.plan, at=at))

    def _moved(self, row: Any) -> HttpResponseBase:
        time = f"{timezone.localtime(row.planned_at):%H:%M %d/%m/%Y}"
        messages.success(self.request, _("It goes out at %(time)s now.") % {"time": time})
        return redirect(self.success_url(row))

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        row = scheduling.move_plan(actor=self.actor, occurrence=self.plan, at=form.cleaned_data["at"])
        return self._moved(row)

    def success_url(self, result: Any) -> str:
        """The calendar where it stands now."""
        return f"{reverse('broadcasts:calendar')}?ngay={timezone.localdate(result.planned_at)}"

    def error_url(self) -> str:
        """The calendar as it was."""
        return self.success_url(self.plan)

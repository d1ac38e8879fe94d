"""The calendar of holidays and working days: one year, one day, a file with preview."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikhe_portal.core.calendar import DayKind, HolidayRow, HolidayStatus, parse_holidays_csv
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage
from wards import selectors, services
from wards.forms import CalendarFileForm, DayForm


def _day(text: str) -> Any:
    """The listed day of an address or form; 404 when there is none."""
    try:
        row = selectors.holiday(date.fromisoformat(text))
    except ValueError:
        row = None
    if row is None:
        raise Http404
    return row


def _year_url(year: int) -> str:
    return f"{reverse('wards:calendar')}?nam={year}"


class CalendarView(TemplatePage):
    """The days of a year that are not what their weekday says."""

    permission = "wards.calendar"
    template_name = "wards/calendar.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The year's days, and the years that have any."""
        asked, today = self.request.GET.get("nam", ""), timezone.localdate()
        year = int(asked) if asked.isascii() and asked.isdigit() and 2020 <= int(asked[:5]) <= 2099 else today.year
        days = list(selectors.holidays_of_year(year))
        years = sorted({*selectors.calendar_years(), today.year, today.year + 1, year})
        return {
            "year": year,
            "days": days,
            "provisional": sum(row.status == HolidayStatus.PROVISIONAL for row in days),
            "tabs": [{"label": one, "url": _year_url(one), "active": one == year} for one in years],
        }


class DayView(FormPage):
    """Enter or correct a day; `?ngay=` names the one to correct."""

    permission = "wards.calendar"
    form_class = DayForm
    template_name = "wards/calendar_day.html"
    success_message = gettext_lazy("Saved. Deadlines that start from now on count with it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The day as it stands."""
        asked = self.request.GET.get("ngay")
        self.row = _day(asked) if asked else None
        if self.row is None:
            return {"initial": {"kind": DayKind.OFF.value, "status": HolidayStatus.PROVISIONAL.value}}
        return {"initial": {name: getattr(self.row, name) for name in ("date", "kind", "name", "decision", "status")}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The day and the way back."""
        return {"row": self.row, "back": _year_url(self.row.date.year if self.row else timezone.localdate().year)}

    def carry_out(self, form: DayForm) -> date:
        """One service call."""
        values = dict(form.cleaned_data)
        day = values.pop("date")
        services.save_holiday(actor=self.actor, day=day, before=self.row.date if self.row else None, **values)
        return day

    def success_url(self, result: date) -> str:
        """The year."""
        return _year_url(result.year)


class DayRemoveView(PortalView):
    """Take a day off the calendar."""

    permission = "wards.calendar"

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Remove; the day is again what its weekday says."""
        day = request.POST.get("day", "")
        if not day:  # nothing named, nothing removed
            return redirect("wards:calendar")
        row = _day(day)
        services.remove_holiday(actor=self.actor, day=row.date)
        messages.success(request, _("Removed. The day is again what its weekday says."))
        return redirect(_year_url(row.date.year))


class CalendarImportView(FormPage):
    """A file of days: shown first, saved when it is confirmed; nothing is saved from a file with a mistake."""

    permission = "wards.calendar"
    form_class = CalendarFileForm
    template_name = "wards/calendar_import.html"
    success_message = gettext_lazy("The days of the file are saved.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The preview, once a file was read."""
        return getattr(self, "preview", {}) | {"back": reverse("wards:calendar")}

    def carry_out(self, form: CalendarFileForm) -> Any:
        """Show the lines; save them when these very lines were shown and confirmed."""
        content = form.content()
        rows, mistakes = parse_holidays_csv(content)
        if not mistakes and not rows:
            form.add_error("file", _("The file holds no day."))
            return self.page(form, status=422)
        if mistakes or not form.cleaned_data["text"]:
            self.preview = {"rows": self._lines(rows), "mistakes": mistakes, "read": not mistakes}
            again = CalendarFileForm(initial={"text": content.decode("utf-8-sig", "replace")})
            return self.page(again, status=422 if mistakes else 200)
        services.import_holidays(actor=self.actor, rows=rows)
        return rows

    def _lines(self, rows: list[HolidayRow]) -> list[dict[str, Any]]:
        held = selectors.holidays_on([row.day for row in rows])
        return [
            {
                "row": row,
                "kind": selectors.kind_label(row.kind),
                "status": selectors.status_label(row.status),
                "before": held.get(row.day),
            }
            for row in rows
        ]

    def success_url(self, result: list[HolidayRow]) -> str:
        """The year of the first day."""
        return _year_url(min(row.day for row in result).year)

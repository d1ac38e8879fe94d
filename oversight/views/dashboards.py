"""Home, dashboard, charts as files, province, message of the day."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.forms.rooms import MessageForm
from oversight.policies.rooms import READERS, Kind
from oversight.selectors import counting, home, periods, places, province
from oversight.services import messages as message_services
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.spreadsheets import Sheet, csv_bytes
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage

# Their day's work is supervision: the dashboard is their home.
SUPERVISORS = (Kind.COMMITTEE_HEAD, Kind.DEPUTY_HEAD, Kind.COMMITTEE_MEMBER)


class HomeView(TemplatePage):
    """The work of today; supervisors, provincial viewers and administrators are led to their own first page."""

    permission = "accounts.home"
    template_name = "oversight/home.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the day's work, or lead on."""
        actor = self.actor
        works = allows(actor, "oversight.today")
        if not works and actor.has(*SUPERVISORS) and "viec" not in request.GET:
            return redirect("oversight:dashboard")
        if not works and actor.kinds == {Kind.PROVINCE_VIEWER}:
            return redirect("oversight:province")
        if not works and actor.kinds == {Kind.WARD_ADMIN}:
            return redirect("accounts:staff")
        return super().get(request, *args, **kwargs)

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Work, message, and a few figures for those who have a dashboard."""
        work = home.work_of_today(self.actor)
        return {
            "work": work,
            "waiting": sum(len(one.items) for one in work),
            "late": sum(1 for one in work for item in one.items if item["tone"] in ("danger", "bad")),
            "message": home.message_of_the_day(self.actor),
        }


class DashboardView(TemplatePage):
    """Figures, charts and neighbourhoods of a period, each within what the actor may know of."""

    permission = "oversight.dashboard"
    template_name = "oversight/dashboard.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Count for the period in the address."""
        shown = periods.shown(self.request.GET)
        counted = counting.count(self.actor, shown.period, shown.before)
        rows = places.places(self.actor, shown.as_of)
        return {
            "shown": shown,
            "choices": periods.CHOICES,
            "groups": counting.by_group(counted),
            "behind": [one for one in counted if one.tone == "bad"],
            "charts": counting.charts(self.actor, shown.period),
            "places": rows,
            "totals": places.totals(rows),
            "whole_ward": self.actor.has(*READERS, Kind.DUTY_OFFICER),
            "message": home.message_of_the_day(self.actor),
            "waiting": sum(len(one.items) for one in home.work_of_today(self.actor)),
        }


class ChartFileView(PortalView):
    """The numbers of one chart as a file that opens in a spreadsheet."""

    permission = "oversight.dashboard"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Send the file."""
        shown = periods.shown(request.GET)
        chart = self.found(counting.chart(self.actor, key, shown.period))
        columns = ["", *(one["label"] for one in chart["data"]["series"])]
        content = csv_bytes(Sheet(title=str(chart["title"]), columns=columns, rows=chart["rows"]))
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{key}-{shown.period.end:%Y%m%d}.csv"'
        return response


class ProvinceView(TemplatePage):
    """Counts of the province's wards."""

    permission = "oversight.province"
    template_name = "oversight/province.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Rows and sums."""
        rows, totals = province.wards_of_province(self.actor)
        return {"rows": rows, "totals": totals}


class MessageView(FormPage):
    """Write the message of the day, or take it down."""

    permission = "oversight.message"
    form_class = MessageForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("Everyone sees the message on their first page from now on.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Message of the day"),
            "lead": _("Stands on everybody's first page in this ward. No names, no content of tips."),
            "label": _("Put up the message"),
            "back": reverse("oversight:home"),
            "standing": home.message_of_the_day(self.actor),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take down, or carry out the form."""
        if "withdraw" in request.POST:
            message_services.withdraw_message(actor=self.actor)
            messages.success(request, _("The message is taken down."))
            return redirect("oversight:home")
        return super().post(request, *args, **kwargs)

    def carry_out(self, form: Any) -> Any:
        """Put up."""
        return message_services.write_message(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """Home."""
        return reverse("oversight:home")

"""The households no group reaches, street by street, to take along on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from groups.filters import HouseholdFilter
from groups.forms.rosters import GapNamesForm
from groups.selectors import rosters as selectors
from groups.services import exports
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage


class GapListView(FormPage):
    """The list without names for everyone who sees the roster; with names it is an export and says what for."""

    permission = "rosters.list"
    form_class = GapNamesForm
    template_name = "groups/rosters/gaps.html"

    def rows(self) -> Any:
        """What the roster page was narrowed to."""
        rows = selectors.households_for_list(self.actor)
        return HouseholdFilter(self.request.GET or None, queryset=rows, request=self.request).qs

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Streets with their households."""
        return self.listed(selectors.gap_streets(self.actor, self.rows()))

    def listed(self, places: list[dict[str, Any]]) -> dict[str, Any]:
        """The places, how many households they hold, and the filter to go back to."""
        number = sum(place["number"] for place in places)
        return {"places": places, "number": number, "query": self.request.GET.urlencode()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """With names, for those who may export."""
        require(self.actor, "rosters.export")
        return super().post(request, *args, **kwargs)

    def carry_out(self, form: GapNamesForm) -> HttpResponse:
        """Record the purpose and show the page with names."""
        places = exports.print_gaps(actor=self.actor, rows=self.rows(), purpose=form.cleaned_data["purpose"])
        return render(self.request, self.template_name, {"view": self, "named": True, **self.listed(places)})

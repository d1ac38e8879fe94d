"""Doors of the roster pages: list, one household, marks, telephone numbers, export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from groups.filters import HouseholdFilter
from groups.forms.rosters import ExportForm, ReasonForm
from groups.selectors import rosters as selectors
from groups.selectors.coverage import CoverageTotals, coverage_totals
from groups.selectors.joining import accepted_by, rules_at
from groups.services import exports
from groups.services import rosters as services
from groups.views.household_lines import Lines
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.paging import OncePaginator
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import FilteredListView, FormPage, PortalView, SavedViewsMixin, TemplatePage

TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


def row_context(actor: Any, household: Any) -> dict[str, Any]:
    """The household and why there is a gap, in the words this actor may read."""
    return {"household": household, "gap_text": selectors.gap_words(actor, household)}


def place_of(request: HttpRequest, name: str = "neighbourhood") -> int | None:
    """The neighbourhood the page is narrowed to, from the address or the form."""
    return number_of(request.GET.get(name) or request.POST.get(name) or "")


def number_of(value: str) -> int | None:
    """An id sent by a page, or None."""
    return int(value) if value.isdecimal() and len(value) < 19 else None


class HouseholdListView(SavedViewsMixin, FilteredListView):
    """The roster page, the coverage figure on top."""

    permission = "rosters.list"
    views_page = "groups:households"
    filterset_class = HouseholdFilter
    template_name = "groups/rosters/household_list.html"
    results_template_name = "groups/rosters/_household_results.html"

    def get_queryset(self) -> Any:
        """The actor's households."""
        return selectors.households_for_page(self.actor)

    def get_paginator(self, *args: Any, **kwargs: Any) -> OncePaginator:
        """With the kept count, where the list is narrowed by nothing else than what is counted."""
        return OncePaginator(*args, known=self.kept_count(), **kwargs)

    def kept_count(self) -> int | None:
        """How many households the list has, from the kept coverage; None when only looking through them can tell."""
        form = self.filterset.form
        chosen = {name: value for name, value in form.cleaned_data.items() if value} if form.is_bound else {}
        if form.errors or set(chosen) - {"neighbourhood", "joined", "order"}:
            return None
        totals = self.totals
        kept = {"": totals.households, "yes": totals.covered, "no": totals.uncovered}.get(chosen.get("joined", ""))
        return kept or None  # before the first count of a ward, and where nothing is left, the list itself is asked

    @cached_property
    def totals(self) -> CoverageTotals:
        """The coverage of what is looked at."""
        return coverage_totals(self.actor, place_of(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows with words, and the coverage of what is looked at."""
        context = super().get_context_data(**kwargs)
        place, query = place_of(self.request), self.request.GET.get("q", "")
        lines = Lines(self.request, place=place or "", query=query)
        return {
            **context,
            "rows": [lines.line(household) for household in context["object_list"]],
            "totals": self.totals,
            "place": place or "",
            "url": self.request.path,
        }


class HouseholdView(TemplatePage):
    """One household: people, state, history."""

    permission = "rosters.list"
    template_name = "groups/rosters/household.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The household with its people and what happened."""
        household = self.found(selectors.one_household(self.actor, kwargs["pk"]))
        accepted = accepted_by(household, household.people_now)
        for person in household.people_now:
            person.accepted = accepted.get(person.pk)
        return {
            **row_context(self.actor, household),
            "rules": rules_at(household),
            "history": selectors.history(self.actor, household),
            "gaps": services.Gap.choices,
            "channels": services.Channel.choices,
        }


class HouseholdActionView(PortalView):
    """One tap on a row: joined, left, reason, channel, nobody at home. Answers with the row and the new figure."""

    permission = "rosters.mark"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Call the one service the button names."""
        self.found(selectors.one_household(self.actor, pk))
        carry_out = self.action(request, pk)
        if carry_out is None:
            return HttpResponse(status=400)
        try:
            carry_out()
        except DomainError as refusal:
            if not request.htmx:  # type: ignore[attr-defined]  # set by django_htmx
                raise
            return render(request, "groups/rosters/_refusal.html", {"text": refusal.message}, status=422)
        if not request.htmx:  # type: ignore[attr-defined]  # set by django_htmx
            return HttpResponseRedirect(self.back(request, pk))  # an address, never the name of a page
        place = place_of(request, "place")
        context = {
            "rows": [Lines(request, place=place or "").line(selectors.one_line(self.actor, pk))],
            "totals": coverage_totals(self.actor, place),
            "swap": True,
        }
        return render(request, "groups/rosters/_household_marked.html", context)

    def action(self, request: HttpRequest, pk: int) -> Callable[[], Any] | None:
        """The service call the pressed button stands for."""
        data = request.POST
        common: dict[str, Any] = {"actor": self.actor, "household_id": pk}
        rules_id = number_of(data.get("rules", ""))
        if "join" in data:
            return lambda: services.mark_joined(**common, person_id=number_of(data["join"]), rules_id=rules_id)
        if "accepted" in data:
            person_id = number_of(data["accepted"]) or 0
            return lambda: services.mark_accepted(**common, person_id=person_id, rules_id=rules_id)
        if "left" in data:
            return lambda: services.mark_left(**common, person_id=number_of(data["left"]) or 0)
        if "gap" in data:
            return lambda: services.note_gap(**common, gap=data["gap"])
        if "channel" in data:
            return lambda: services.choose_channel(**common, channel=data["channel"])
        if "visit" in data:
            return lambda: services.record_visit(**common)
        return None

    def back(self, request: HttpRequest, pk: int) -> str:
        """Where the button stood, if it was on our own pages."""
        target = request.POST.get("next", "")
        if target and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            return target
        return reverse("groups:household", args=[pk])

    def error_url(self) -> str:
        """A refused mark leads back to the household."""
        return reverse("groups:household", args=[self.kwargs["pk"]])


class PhoneView(FormPage):
    """Show one telephone number for a stated reason; the look is recorded."""

    permission = "rosters.unmask"
    form_class = ReasonForm
    template_name = "groups/rosters/phone.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Whose number it is."""
        return {"person": self.found(selectors.one_person(self.actor, kwargs["pk"], kwargs["person_id"]))}

    def carry_out(self, form: ReasonForm) -> HttpResponse:
        """Record the reason and show the number once."""
        person = self.get_context(**self.kwargs)["person"]
        phone = services.unmask_phone(actor=self.actor, person=person, reason=form.cleaned_data["reason"])
        return render(self.request, self.template_name, {"view": self, "person": person, "phone": phone})


class ExportView(FormPage):
    """The filtered list as a file, with the purpose recorded."""

    permission = "rosters.export"
    form_class = ExportForm
    template_name = "groups/rosters/export.html"

    def rows(self) -> Any:
        """Exactly what the filter shows."""
        rows = selectors.households_for_list(self.actor)
        return HouseholdFilter(self.request.GET or None, queryset=rows, request=self.request).qs

    def get_form_kwargs(self) -> dict[str, Any]:
        """Full numbers only for those who may see them."""
        return {"may_unmask": allows(self.actor, "rosters.unmask")}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """How many rows it will be."""
        return {"number": self.rows().count(), "query": self.request.GET.urlencode()}

    def carry_out(self, form: ExportForm) -> HttpResponse:
        """Make the file."""
        kind = form.cleaned_data["kind"]
        content = exports.export_households(
            actor=self.actor,
            rows=self.rows(),
            kind=kind,
            purpose=form.cleaned_data["purpose"],
            phones=form.cleaned_data.get("phones", False),
        )
        response = HttpResponse(content, content_type=TYPES[kind])
        name = f"{_('households')}-{timezone.localdate():%Y%m%d}.{kind}".replace(" ", "-")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

"""Neighbourhoods today and on a past day; merging and splitting them with a preview."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.forms.reorganisation import MergeForm, SplitForm
from groups.selectors import reorganisation as selectors
from groups.services import reorganisation as services
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import FormPage, TemplatePage


class PlacesView(TemplatePage):
    """The neighbourhoods with their coverage on a day, on the map of that day or on today's."""

    permission = "groups.places"
    template_name = "groups/governance/places.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Lines of the day asked for, both ways."""
        today = timezone.localdate()
        asked = parse_date(self.request.GET.get("on", "") or "-")
        day = min(asked, today) if asked else today
        todays_map = self.request.GET.get("map") == "today"
        show = selectors.on_todays_map if todays_map else selectors.on_map_of_the_day
        lines = show(self.actor, day)
        return {
            "day": day,
            "today": today,
            "todays_map": todays_map,
            "lines": lines,
            "households": sum(line.households for line in lines),
            "covered": sum(line.covered for line in lines),
            "places": selectors.places_today(self.actor),
            "changes": selectors.changes(self.actor),
        }


def seal_of(typed: QueryDict) -> str:
    """A digest of what was typed: only what was previewed is carried out, not what was changed after it."""
    fields = [(name, typed.getlist(name)) for name in sorted(typed) if name not in ("confirmed", "csrfmiddlewaretoken")]
    return hashlib.sha256(repr(fields).encode()).hexdigest()


class Reorganise(FormPage):
    """First press: the preview, which is the real work rolled back. Second press: carried out."""

    permission = "groups.reorganise"
    template_name = "groups/governance/reorganise.html"
    title: Any = ""
    lead: Any = ""
    work: Any = None
    seal = ""

    def what(self, form: Any) -> dict[str, Any]:
        """Arguments of the work."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Preview, or carry out when it was seen."""
        form = self.get_form(request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        work = type(self).work
        self.seal = seal_of(request.POST)
        try:
            if request.POST.get("confirmed") == self.seal:
                work(actor=self.actor, **self.what(form))
                messages.success(request, _("The neighbourhoods are reorganised."))
                return redirect(reverse("groups:places"))
            self.outcome = services.preview(work, actor=self.actor, **self.what(form))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.page(form, status=422)
        return self.page(form)

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Title, and the outcome once it was asked for."""
        return {"title": self.title, "lead": self.lead, "outcome": getattr(self, "outcome", None), "seal": self.seal}


class MergeView(Reorganise):
    """Several become one."""

    form_class = MergeForm
    title = gettext_lazy("Merge neighbourhoods")
    work = services.merge

    def get_form_kwargs(self) -> dict[str, Any]:
        """Neighbourhoods of the ward."""
        return {"actor": self.actor}

    def what(self, form: MergeForm) -> dict[str, Any]:
        """See services.merge."""
        data = form.cleaned_data
        return {
            "neighbourhood_ids": [place.pk for place in data["neighbourhoods"]],
            "main_id": data["main"].pk,
            "name": data["name"],
            "decision_no": data["decision_no"],
        }


class SplitView(Reorganise):
    """One becomes two."""

    form_class = SplitForm
    title = gettext_lazy("Split a neighbourhood")
    work = services.split

    def place(self) -> Any:
        """The neighbourhood, or 404."""
        return self.found(selectors.place(self.actor, self.kwargs["place"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """Its streets."""
        place = self.place()
        self.lead = place.name
        return {"streets": selectors.streets_of(self.actor, place.pk)}

    def what(self, form: SplitForm) -> dict[str, Any]:
        """See services.split."""
        return {"neighbourhood_id": self.kwargs["place"], **form.cleaned_data}

"""Doors of the walk from house to house."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from groups.selectors import rosters as selectors
from groups.selectors.coverage import coverage_totals
from groups.selectors.joining import rules_at
from groups.services import rosters as services
from groups.views.rosters import HouseholdActionView, number_of, row_context
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import TemplatePage


class WalksView(TemplatePage):
    """Which streets are still to walk."""

    permission = "rosters.visit"
    template_name = "groups/rosters/walks.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Streets by neighbourhood, with what is left."""
        places: dict[str, list[dict[str, Any]]] = {}
        for walk in selectors.walks(self.actor):
            if walk["street"]:
                query = urlencode({"street": str(walk["street"])})
                walk["url"] = f"{reverse('groups:door', args=[walk['neighbourhood_id']])}?{query}"
                places.setdefault(walk["neighbourhood__name"], []).append(walk)
        shown = [(name, sum(walk["open"] for walk in streets), streets) for name, streets in places.items()]
        return {"places": shown, "totals": coverage_totals(self.actor)}


class DoorView(TemplatePage):
    """One house on the screen, large buttons, then the next."""

    permission = "rosters.visit"
    template_name = "groups/rosters/door.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The next house of the street that is worth a knock."""
        self.found(selectors.place_to_walk(self.actor, kwargs["place"]))
        street = self.request.GET.get("street", "")[:120]
        after = number_of(self.request.GET.get("after", ""))
        household, left = selectors.next_door(self.actor, kwargs["place"], street, after)
        context = {"left": left, "street": street, "place": kwargs["place"], "gaps": services.Gap.choices}
        if household is None:
            return context
        skip = f"{self.request.path}?{urlencode({'street': street, 'after': str(household.pk)})}"
        return {**context, **row_context(self.actor, household), "skip": skip, "rules": rules_at(household)}


class DoorActionView(HouseholdActionView):
    """A button at a door: note it, go to the next house. Sent again over a bad line, the same press counts once."""

    permission = "rosters.visit"

    def post(self, request: HttpRequest, pk: int, place: int) -> HttpResponseBase:  # type: ignore[override]  # further part
        """Carry out once and show the next house; to the script that keeps presses, say what became of this one."""
        household = self.found(selectors.one_household(self.actor, pk))
        query = urlencode({"street": household.street, "after": pk})
        target = f"{reverse('groups:door', args=[place])}?{query}"
        mark, kept = self.action(request, pk), "key" in request.POST
        try:
            stands = mark is not None and services.mark_once(
                actor=self.actor,
                household_id=pk,
                version=number_of(request.POST.get("version", "")),
                key=key_of(request.POST.get("key", "")),
                mark=mark,
            )
        except DomainError as refusal:
            if not kept:
                raise
            return JsonResponse({"text": str(refusal.message), "next": target})
        if not kept:
            return redirect(target)
        text = "" if stands else _("%(house)s was marked by somebody else meanwhile: look at it again.")
        return JsonResponse({"text": text and text % {"house": household.address or household.code}, "next": target})


def key_of(value: str) -> UUID | None:
    """The key a phone gave a press, or None."""
    try:
        return UUID(value)
    except ValueError:
        return None

"""Door of the mark for many households at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.filters import HouseholdFilter
from groups.selectors import rosters as selectors
from groups.services import bulk
from groups.views.rosters import number_of
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import PortalView


class BulkView(PortalView):
    """The whole list of a filter with a tick each, and one mark for those ticked."""

    permission = "rosters.mark"

    def rows(self) -> Any:
        """The households of the filter in the address, to be marked by this person."""
        rows = selectors.households_to_mark(self.actor)
        return HouseholdFilter(self.request.GET or None, queryset=rows, request=self.request).qs

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list as it is now."""
        return self.page(chosen=None)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Mark what was shown, or show what is there now and say why not."""
        chosen = [pk for text in request.POST.getlist("chosen") if (pk := number_of(text)) is not None]
        what, _colon, value = request.POST.get("mark", "").partition(":")
        try:
            counts = bulk.mark_many(
                actor=self.actor,
                rows=self.rows(),
                digest=request.POST.get("digest", ""),
                chosen=chosen,
                what=what,
                value=value,
            )
        except DomainError as refusal:
            return self.page(chosen=set(chosen), refusal=str(refusal.message), status=422)
        number = counts["marked"]
        text = ngettext("%(number)s household noted.", "%(number)s households noted.", number) % {"number": number}
        if counts["left"]:
            text += " " + _("%(number)s stay as they are: joined already, or otherwise noted at the door.") % {
                "number": counts["left"]
            }
        messages.success(request, text)
        return redirect(f"{reverse('groups:households')}?{request.GET.urlencode()}")

    def page(self, *, chosen: set[int] | None, refusal: str = "", status: int = 200) -> HttpResponse:
        """The list; everything is ticked at first, after a refusal what was ticked and still stands there."""
        rows = list(self.rows()[: bulk.MOST + 1])
        too_many = len(rows) > bulk.MOST
        shown = [] if too_many else rows
        places: dict[str, list[Any]] = {}
        for row in shown:
            row.ticked = chosen is None or row.pk in chosen
            places.setdefault(f"{row.neighbourhood.name} · {row.street or '–'}", []).append(row)
        seen = number_of(self.request.GET.get("seen", ""))
        context = {
            "view": self,
            "places": list(places.items()),
            "number": len(shown),
            "too_many": too_many,
            "most": bulk.MOST,
            "seen": seen if seen is not None and not too_many and seen != len(shown) else None,
            "digest": selectors.list_digest(shown),
            "marked": self.request.POST.get("mark", ""),
            "gaps": bulk.GAPS,
            "channels": bulk.CHANNELS,
            "refusal": refusal,
            "back": f"{reverse('groups:households')}?{self.request.GET.urlencode()}",
        }
        return render(self.request, "groups/rosters/bulk.html", context, status=status)

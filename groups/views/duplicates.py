"""Doors of duplicates: the pairs with their reasons, what to do with each, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.selectors import duplicates as selectors
from groups.services import duplicates as services
from groups.views.rosters import number_of
from vikhe_portal.core.views import ButtonView, TemplatePage


class DuplicatesView(TemplatePage):
    """Rows that may be one person, side by side."""

    permission = "rosters.merge"
    template_name = "groups/rosters/duplicates.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Pairs to decide and what was decided lately."""
        return {"pairs": selectors.suggestions(self.actor), "decisions": selectors.decisions(self.actor)[:20]}

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Keep the left one, keep the right one, or leave them apart."""
        ids = [number_of(request.POST.get(name, "")) or 0 for name in ("first", "second")]
        self.found(selectors.pair(self.actor, *ids))
        what = request.POST.get("keep", "")
        if what in ("first", "second"):
            kept, other = ids if what == "first" else reversed(ids)
            services.merge(actor=self.actor, kept_id=kept, other_id=other)
            messages.success(request, _("Put together. You can take it back for seven days, below."))
        else:
            services.keep_apart(actor=self.actor, first_id=ids[0], second_id=ids[1])
            messages.success(request, _("Noted: two different people. They are not suggested again."))
        return redirect("groups:duplicates")


class UndoView(ButtonView):
    """Take a decision back."""

    permission = "rosters.merge"

    message = gettext_lazy("Taken back: both stand on the roster as before.")

    def find(self) -> Any:
        """A decision that can still be taken back."""
        return selectors.decisions(self.actor).filter(pk=self.kwargs["decision_id"]).first()

    def act(self, row: Any) -> None:
        """Undo it."""
        services.undo(actor=self.actor, decision_id=row.pk)

    def error_url(self) -> str:
        """Back to the pairs."""
        return reverse("groups:duplicates")

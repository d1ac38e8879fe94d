"""Sending held back after a restore: what it means, what is still to be decided, and the word of two persons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from broadcasts import selectors
from broadcasts.services import quarantine
from vikhe_portal.core.views import TemplatePage


class QuarantineView(TemplatePage):
    """The page, and its one button."""

    permission = "broadcasts.decide"
    template_name = "broadcasts/quarantine.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """How it stands."""
        row = selectors.quarantine_of(self.actor)
        mine = row is not None and row.first_by_id == self.actor.id
        return {"row": row, "mine": mine, "unsure": selectors.unsure_count(self.actor)}

    def post(self, request: HttpRequest) -> HttpResponse:
        """One service call."""
        row = quarantine.clear(actor=self.actor)
        done = row.cleared_at is not None
        said = _("Sending begins again.") if done else _("Noted. A second person must say it too.")
        messages.success(request, said)
        return redirect("broadcasts:quarantine")

"""What is held back because a group has had its posts of the week."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from broadcasts import selectors
from broadcasts.selectors.limits import held_back
from broadcasts.services import limits
from vikhe_portal.core.views import PortalView, TemplatePage


class HeldView(TemplatePage):
    """Posts held back, by group, with when there is room again."""

    permission = "broadcasts.let_out"
    template_name = "broadcasts/held.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The list."""
        return {"rows": held_back(self.actor)}


class LetOutView(PortalView):
    """Post one all the same."""

    permission = "broadcasts.let_out"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One service call."""
        row = self.found(selectors.delivery(self.actor, pk))
        limits.let_out(actor=self.actor, delivery_id=row.pk)
        messages.success(request, _("It is posted in %(group)s now.") % {"group": row.group.name})
        return redirect("broadcasts:held")

    def error_url(self) -> str:
        """The list."""
        return reverse("broadcasts:held")

"""When groups are left alone, and what is held back because a group has had its posts of the week."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from broadcasts import forms, selectors
from broadcasts.selectors.limits import held_back, limits_history, limits_of
from broadcasts.services import limits
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


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


class LimitsView(FormPage):
    """Quiet hours and the weekly number, with who changed them."""

    permission = "broadcasts.set_limits"
    form_class = forms.LimitsForm
    template_name = "broadcasts/limits.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """The rules as they stand."""
        row = limits_of(self.actor)
        return {"initial": {name: getattr(row, name) for name in ("quiet_from", "quiet_to", "weekly_budget")}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Changes so far."""
        return {"history": limits_history(self.actor)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        changed = limits.set_limits(actor=self.actor, **form.cleaned_data)
        words = _("Saved. It holds for everything that has not gone out yet.") if changed else _("Nothing was changed.")
        messages.success(self.request, words)

    def success_url(self, result: Any) -> str:
        """The same page, with the change in its history."""
        return reverse("broadcasts:limits")

"""Posting cards on the phone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadcasts import forms, selectors
from broadcasts.selectors.removing import to_remove
from broadcasts.services import cards
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import FormPage, TemplatePage


class CardsView(TemplatePage):
    """Cards waiting for the actor."""

    permission = "broadcasts.post"
    template_name = "broadcasts/cards.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The list."""
        removals = to_remove(self.actor).count() if allows(self.actor, "broadcasts.remove") else 0
        return {"cards": selectors.cards_for(self.actor), "removals": removals}


class CardView(FormPage):
    """One card: copy, open the group, post, say so."""

    permission = "broadcasts.post"
    form_class: Any = forms.PostedForm
    template_name = "broadcasts/card.html"

    @cached_property
    def card(self) -> Any:
        """The card of the address, or None when it is no longer waiting."""
        return selectors.card(self.actor, self.kwargs["pk"])

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A card somebody has posted meanwhile says who did it."""
        if allows(request.actor, self.permission) and self.card is None:
            row = self.found(selectors.delivery(self.actor, kwargs["pk"]))
            who = row.done_by.get_full_name() if row.done_by else ""
            said = (
                _("%(who)s has noted this post already.") % {"who": who} if who else _("This card is no longer open.")
            )
            messages.info(request, said)
            return redirect("broadcasts:cards")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Those who may have seen it."""
        return {"team": self.card.team}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The card."""
        return {"card": self.card}

    def carry_out(self, form: Any) -> HttpResponse:
        """One service call."""
        data = form.cleaned_data
        done = cards.mark_posted(
            actor=self.actor,
            delivery_id=self.kwargs["pk"],
            kind=data["kind"],
            code=data["code"],
            witness_id=int(data["witness"] or 0),
        )
        said = _("Thank you. It is noted as posted.") if done else _("Somebody has noted this post already.")
        messages.success(self.request, said)
        return redirect("broadcasts:cards")


class LeaveOutView(CardView):
    """This group does not get it."""

    form_class = forms.ReasonForm
    template_name = "broadcasts/leave_out.html"
    success_message = gettext_lazy("Noted: this group is left out.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Nothing further."""
        return {}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return cards.leave_out(actor=self.actor, delivery_id=self.kwargs["pk"], reason=form.cleaned_data["reason"])

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("broadcasts:cards")

"""Taking down: the order for a whole broadcast, and the removals on the phone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadcasts import forms
from broadcasts.selectors import removing as selectors
from broadcasts.services import removing
from broadcasts.views.writing import Step
from vikhe_portal.core.permissions import allows, require
from vikhe_portal.core.views import FormPage, TemplatePage


class CallBackView(Step):
    """Take down what is posted, everywhere."""

    permission = "broadcasts.schedule"
    form_class = forms.ReasonForm
    title = gettext_lazy("Take it down everywhere")
    lead = gettext_lazy(
        "Nothing more is posted. The web feed drops it at once; each group that has it gets a card to remove it, and "
        "a second person checks that it is gone."
    )
    tone = "btn-danger"
    success_message = gettext_lazy("It is being taken down. The group leaders have been told.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return removing.call_back(actor=self.actor, broadcast=self.broadcast, reason=form.cleaned_data["reason"])


class RemovalsView(TemplatePage):
    """What the actor is to remove, and what others say to have removed."""

    permission = "broadcasts.remove"
    template_name = "broadcasts/removals.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Both lists."""
        return {"to_remove": selectors.to_remove(self.actor), "to_check": selectors.to_check(self.actor)}


class RemovalView(FormPage):
    """One post: find it by its code, remove it, say so; or look whether it is gone, as the second person."""

    permission = "broadcasts.remove"
    template_name = "broadcasts/removal.html"
    success_message = gettext_lazy("Thank you. It is noted.")

    @cached_property
    def removal(self) -> Any:
        """The removal of the address."""
        row = self.found(selectors.removal(self.actor, self.kwargs["pk"]))
        require(self.actor, self.permission, row)
        return row

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """One that is settled says so."""
        if allows(request.actor, self.permission) and self.removal.state not in selectors.WAITING:
            messages.info(request, _("This post needs nothing more: %(state)s.") % {"state": self.state})
            return redirect("broadcasts:removals")
        return super().dispatch(request, *args, **kwargs)

    @property
    def state(self) -> str:
        """Its state in words."""
        return str(self.removal.get_state_display())

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """What is asked of this person now; that it was never there, only of a post nobody was sure of."""
        if self.removal.state == "said":
            return forms.GoneForm(data)
        return forms.RemovedForm(data, unsure=self.removal.delivery.state == "unknown")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The post."""
        row = self.removal
        said = row.state == "said"
        mine = said and row.done_by_id == self.actor.id
        return {"removal": row, "said": said, "mine": mine, "text": selectors.words_of(row)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        number, data = self.removal.pk, form.cleaned_data
        if "gone" in data:
            return removing.check(actor=self.actor, removal_id=number, gone=data["gone"] == "yes")
        if data["how"] == "kept":
            return removing.give_up(actor=self.actor, removal_id=number, reason=data["reason"])
        return removing.say_removed(actor=self.actor, removal_id=number, absent=data["how"] == "absent")

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("broadcasts:removals")

"""Doors of admission: who asks to join a group, and who that is in the roster."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.selectors import joining as selectors
from groups.services import joining as services
from groups.views.rosters import number_of
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import PortalView, TemplatePage


class WaitingView(TemplatePage):
    """The open requests of one group, each with who it may be."""

    permission = "groups.join"
    template_name = "groups/governance/joining.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Requests, oldest first."""
        group = self.found(selectors.group_to_join(self.actor, kwargs["pk"]))
        return {"group": group, "rows": selectors.waiting(self.actor, group)}


class AnswerView(PortalView):
    """One request: it is this person, or nobody of ours."""

    permission = "groups.join"

    def post(self, request: HttpRequest, join_id: int) -> HttpResponseBase:
        """Admit or turn away."""
        self.found(selectors.request_to_answer(self.actor, join_id))
        if "nobody" in request.POST:
            services.refuse_request(actor=self.actor, request_id=join_id)
            messages.success(request, _("Noted; what was written is erased."))
            return redirect(self.error_url())
        person_id = number_of(request.POST.get("person", ""))
        if person_id is None:
            raise DomainError(_("Choose who it is, or “nobody of ours”."))
        membership = services.admit(actor=self.actor, request_id=join_id, person_id=person_id)
        name = membership.person.full_name
        messages.success(request, _("%(name)s is a member now. Approve the same name in Zalo.") % {"name": name})
        return redirect(self.error_url())

    def error_url(self) -> str:
        """Back to the group's requests."""
        row = selectors.request_to_answer(self.actor, self.kwargs["join_id"])
        return reverse("groups:group-joining", args=[row.group_id]) if row else reverse("groups:group-list")

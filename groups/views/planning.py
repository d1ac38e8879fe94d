"""The planner's page: what is proposed, why, and the chief's changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.forms.governance import NameForm, ProposeForm
from groups.selectors import planning as selectors
from groups.services import planning as services
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import PortalView, TemplatePage


class PlanView(TemplatePage):
    """The open proposals with their reasons, and the balance per officer."""

    permission = "groups.plan"
    template_name = "groups/governance/plan.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Proposals, neighbourhoods not yet planned, load."""
        shown = selectors.proposals(self.actor)
        return {
            "proposals": shown,
            "unplanned": selectors.unplanned(self.actor),
            "balance": selectors.balance(self.actor, shown),
            "form": ProposeForm(),
            "warned": sum(1 for one in shown if one.warnings),
        }


def _ids(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal()]


class PlanActionView(PortalView):
    """One change of the plan."""

    permission = "groups.plan"

    def error_url(self) -> str:
        """Back to the plan."""
        return reverse("groups:plan")

    def post(self, request: HttpRequest, action: str) -> HttpResponse:
        """Carry out the change the address names."""
        change = {
            "de-xuat": self._propose,
            "lam-lai": self._start_over,
            "doi-ten": self._rename,
            "chuyen": self._move,
            "ghep": self._join,
            "tach": self._split,
            "chap-nhan": self._accept,
        }.get(action)
        self.found(change)
        assert change is not None  # found() has answered 404
        return change(request) or redirect("groups:plan")

    def _propose(self, request: HttpRequest, *, start_over: bool = False) -> None:
        form = ProposeForm(request.POST)
        if not form.is_valid():
            raise DomainError(_("Write a number of households between 1 and 1000."))
        made = services.propose(actor=self.actor, small_limit=form.cleaned_data["small_limit"], start_over=start_over)
        if made:
            text = ngettext("%(count)s group is proposed.", "%(count)s groups are proposed.", made)
            messages.success(request, text % {"count": made})
        else:
            messages.info(request, _("Every neighbourhood has its group or its proposal: nothing to add."))

    def _start_over(self, request: HttpRequest) -> None:
        self._propose(request, start_over=True)

    def _rename(self, request: HttpRequest) -> None:
        form = NameForm(request.POST)
        if not form.is_valid():
            raise DomainError(_("Give the group a name."))
        services.rename_proposal(actor=self.actor, proposal_id=self._proposal(request), name=form.cleaned_data["name"])

    def _move(self, request: HttpRequest) -> None:
        target = request.POST.get("target", "")
        services.move_neighbourhoods(
            actor=self.actor,
            neighbourhood_ids=_ids(request.POST.getlist("neighbourhood")),
            proposal_id=int(target) if target.isdecimal() else None,
        )

    def _join(self, request: HttpRequest) -> None:
        services.join_proposals(actor=self.actor, proposal_ids=_ids(request.POST.getlist("proposal")))

    def _split(self, request: HttpRequest) -> None:
        services.split_proposal(actor=self.actor, proposal_id=self._proposal(request))

    def _accept(self, request: HttpRequest) -> HttpResponse:
        chosen = _ids(request.POST.getlist("proposal"))
        made = services.accept(actor=self.actor, proposal_ids=chosen or None)
        text = ngettext("%(count)s group stands now.", "%(count)s groups stand now.", len(made))
        messages.success(request, text % {"count": len(made)})
        return redirect("groups:group-list")

    def _proposal(self, request: HttpRequest) -> int:
        ids = _ids([request.POST.get("proposal", "")])
        return ids[0] if ids else 0

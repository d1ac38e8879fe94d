"""The assignment board: officers × neighbourhoods, and plans to move some from one officer to another."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from groups.forms.governance import AssignForm, MoveForm
from groups.selectors import handover as selectors
from groups.services import appointments, handover
from vikhe_portal.core.views import FormPage, TemplatePage


class BoardView(TemplatePage):
    """Every officer with neighbourhoods and workload."""

    permission = "groups.assign"
    template_name = "groups/handover/board.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Columns of the board, and handovers under way."""
        columns = selectors.board(self.actor)
        return {
            "columns": columns,
            "most": max([column.households for column in columns] or [1]),
            "open": selectors.handovers(self.actor).filter(status="open"),
        }


class AssignView(FormPage):
    """Give neighbourhoods without an officer to one."""

    permission = "groups.assign"
    form_class = AssignForm
    template_name = "groups/handover/assign_form.html"
    success_message = gettext_lazy("The neighbourhoods are assigned. Access is open from now on.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was ticked on the board."""
        return {"actor": self.actor, "initial": {"neighbourhoods": self.request.GET.getlist("n")}}

    def carry_out(self, form: AssignForm) -> Any:
        """One service call."""
        data = form.cleaned_data
        return appointments.assign_area(
            actor=self.actor,
            user=data["to_user"],
            neighbourhood_ids=[place.pk for place in data["neighbourhoods"]],
            decision_no=data["decision_no"],
        )

    def success_url(self, result: Any) -> str:
        """The board."""
        return reverse("groups:board")


class MoveView(FormPage):
    """Plan a move, see what it triggers, confirm."""

    permission = "groups.assign"
    form_class = MoveForm
    template_name = "groups/handover/move_form.html"
    success_message = gettext_lazy("The handover is planned. Access switches by itself at the time you set.")

    def giver(self) -> Any:
        """The officer who hands over, or 404."""
        return self.found(selectors.officer(self.actor, self.kwargs["user_id"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was ticked on the board."""
        return {
            "actor": self.actor,
            "from_user_id": self.giver().pk,
            "initial": {"neighbourhoods": self.request.GET.getlist("n")},
        }

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Who hands over."""
        return {"giver": self.giver()}

    def carry_out(self, form: MoveForm) -> Any:
        """Show the preview until it is confirmed, then one service call."""
        data = form.cleaned_data
        plan = {
            "from_user": self.giver(),
            "to_user": data["to_user"],
            "neighbourhood_ids": [place.pk for place in data["neighbourhoods"]],
            "reason": data["reason"],
            "decision_no": data["decision_no"],
            "decision_date": data["decision_date"],
            "effective_at": data["effective_at"],
            "until": data["until"],
        }
        if "confirm" in self.request.POST:
            return handover.plan_move(actor=self.actor, **plan)
        handover.check_move(actor=self.actor, **plan)
        return self.preview(form, plan["from_user"], plan["neighbourhood_ids"])

    def preview(self, form: MoveForm, giver: Any, ids: list[int]) -> HttpResponse:
        """The same form, with everything it would trigger and a button to confirm."""
        data = form.cleaned_data
        shown = selectors.preview(
            self.actor,
            from_user_id=giver.pk,
            to_user_id=data["to_user"].pk,
            neighbourhood_ids=ids,
            at=data["effective_at"] or timezone.now(),
            reason=data["reason"],
        )
        sent = [(name, value) for name, values in self.request.POST.lists() if name in form.fields for value in values]
        context = {
            "view": self,
            "form": form,
            "preview": shown,
            "taker": data["to_user"],
            "giver": giver,
            "sent": sent,
        }
        return render(self.request, self.template_name, context)

    def success_url(self, result: Any) -> str:
        """The handover's page."""
        return reverse("groups:handover", args=[result.pk])

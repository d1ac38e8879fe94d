"""Emergencies: start, answer, confirm, end, learn; and the words prepared for them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from broadcasts import forms
from broadcasts.selectors import emergency as selectors
from broadcasts.services import emergency, emergency_texts
from vikhe_portal.core.permissions import allows, require
from vikhe_portal.core.views import ButtonView, FormPage, TemplatePage


class BoardView(TemplatePage):
    """What runs, what can be started, what was."""

    permission = "broadcasts.emergency"
    template_name = "broadcasts/emergency_board.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Running alarms first."""
        rows = list(selectors.runs(self.actor)[:30])
        may_prepare = allows(self.actor, "broadcasts.emergency_prepare")
        may_start = allows(self.actor, "broadcasts.emergency_start")
        return {
            "running": [row for row in rows if row.state == "running"],
            "past": [row for row in rows if row.state != "running"],
            "texts": list(selectors.texts(self.actor)) if may_prepare or may_start else [],
            "samples": list(selectors.SAMPLES) if may_prepare else [],
            "may_prepare": may_prepare,
            "may_start": may_start,
        }


class RulesView(FormPage):
    """Who may start an emergency, and the two clocks."""

    permission = "broadcasts.emergency_prepare"
    form_class: Any = forms.EmergencyRulesForm
    template_name = "broadcasts/emergency_form.html"
    title = gettext_lazy("Rules of emergencies")
    success_message = gettext_lazy("Saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The rules as they stand."""
        row = selectors.rules_of(self.actor.ward_id)
        names = ("starters", "confirm_minutes", "ring_minutes")
        return {"initial": {name: getattr(row, name) for name in names}}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return emergency.set_rules(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The board."""
        return reverse("broadcasts:emergencies")


class TextCreateView(RulesView):
    """Words of an alarm, perhaps from a sample."""

    form_class = forms.EmergencyTextForm
    title = gettext_lazy("Prepare an alarm")
    success_message = gettext_lazy("Saved. A second person of the management team must approve these words.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The sample of the address."""
        kind = self.request.GET.get("mau", "")
        return {"initial": {"kind": kind, **selectors.SAMPLES.get(kind, {})}}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return emergency_texts.write(actor=self.actor, words=form.words())


class TextEditView(TextCreateView):
    """Change the words; they must be approved again."""

    title = gettext_lazy("Change the alarm")

    @cached_property
    def text(self) -> Any:
        """The words of the address."""
        return self.found(selectors.text(self.actor, self.kwargs["pk"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """The words as they stand."""
        names = ("kind", "title", "body", "all_clear", "source_line")
        return {"initial": {name: getattr(self.text, name) for name in names}}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return emergency_texts.edit(actor=self.actor, text=self.text, words=form.words())


class TextStep(ButtonView):
    """One decision on prepared words."""

    permission = "broadcasts.emergency_prepare"

    def find(self) -> Any:
        """The words of the address."""
        return selectors.text(self.actor, self.kwargs["pk"])

    def error_url(self) -> str:
        """The board."""
        return reverse("broadcasts:emergencies")


class TextApproveView(TextStep):
    """Stand behind somebody else's words."""

    message = gettext_lazy("Approved. It can be started from now on.")

    def act(self, row: Any) -> None:
        """One service call."""
        emergency_texts.approve(actor=self.actor, text=row)


class TextRetireView(TextStep):
    """No longer offer these words."""

    message = gettext_lazy("No longer offered.")

    def act(self, row: Any) -> None:
        """One service call."""
        emergency_texts.retire(actor=self.actor, text=row)


class StartView(FormPage):
    """Fill in two blanks and sound the alarm, or hold a drill."""

    permission = "broadcasts.emergency_start"
    form_class = forms.EmergencyStartForm
    template_name = "broadcasts/emergency_start.html"

    @cached_property
    def text(self) -> Any:
        """The words of the address."""
        return self.found(selectors.text(self.actor, self.kwargs["pk"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """The blanks of these words."""
        return {"actor": self.actor, "text": self.text}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The words and the clocks."""
        return {"text": self.text, "rules": selectors.rules_of(self.actor.ward_id)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return emergency.start(
            actor=self.actor,
            text=self.text,
            drill=data["mode"] == "drill",
            group_ids=[int(pk) for pk in data["groups"]],
            blanks=form.answers(),
            legal_ground=data.get("legal_ground", ""),
        )

    def success_url(self, result: Any) -> str:
        """The alarm."""
        return reverse("broadcasts:emergency-run", args=[result.pk])


class RunView(TemplatePage):
    """One alarm: answer first, then how it goes."""

    permission = "broadcasts.emergency"
    template_name = "broadcasts/emergency_run.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The alarm, its figures and what the actor may do."""
        row = self.found(selectors.run(self.actor, kwargs["pk"]))
        running = row.state == "running"
        may_start = allows(self.actor, "broadcasts.emergency_start")
        may_confirm = allows(self.actor, "broadcasts.emergency_confirm", row)
        return {
            "run": row,
            "running": running,
            "sheet": selectors.sheet(row),
            "call": selectors.own_call(self.actor, row),
            "own_cards": list(selectors.own_cards(self.actor, row)),
            "may_start": may_start,
            "may_confirm": running and may_confirm and row.confirmed_at is None,
            "may_end": running and allows(self.actor, "broadcasts.emergency_stop", row),
            "sees_names": allows(self.actor, "broadcasts.write"),
        }


class ProgressView(RunView):
    """The moving part."""

    template_name = "broadcasts/_emergency_progress.html"


class RunStep(ButtonView):
    """One tap on an alarm."""

    permission = "broadcasts.emergency"

    def find(self) -> Any:
        """The alarm of the address."""
        return selectors.run(self.actor, self.kwargs["pk"])

    def error_url(self) -> str:
        """The alarm."""
        return reverse("broadcasts:emergency-run", args=[self.kwargs["pk"]])


class AcknowledgeView(RunStep):
    """I have it."""

    message = gettext_lazy("Noted: you have it.")

    def act(self, row: Any) -> None:
        """One service call."""
        emergency.acknowledge(actor=self.actor, run=row)


class ConfirmView(RunStep):
    """A second person stands behind it."""

    permission = "broadcasts.emergency_confirm"
    message = gettext_lazy("Confirmed. The alarm stands.")

    def act(self, row: Any) -> None:
        """One service call."""
        emergency.confirm(actor=self.actor, run=row)


class AllClearView(RunStep):
    """The danger is over."""

    permission = "broadcasts.emergency_start"
    message = gettext_lazy("All-clear given. Groups that have the alarm get it now.")

    def act(self, row: Any) -> None:
        """One service call."""
        emergency.all_clear(actor=self.actor, run=row)


class RunForm(FormPage):
    """A form about one alarm."""

    template_name = "broadcasts/emergency_form.html"
    title: Any = ""

    @cached_property
    def run(self) -> Any:
        """The alarm of the address."""
        row = self.found(selectors.run(self.actor, self.kwargs["pk"]))
        require(self.actor, self.permission, row)
        return row

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The alarm."""
        return {"run": self.run}

    def success_url(self, result: Any) -> str:
        """The alarm."""
        return reverse("broadcasts:emergency-run", args=[self.run.pk])


class TakeDownView(RunForm):
    """Stop and remove."""

    permission = "broadcasts.emergency_stop"
    form_class = forms.ReasonForm
    title = gettext_lazy("Stop and take down")
    tone = "btn-danger"
    success_message = gettext_lazy("Stopped. Everybody called has been told to remove the post.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return emergency.take_down(actor=self.actor, run=self.run, reason=form.cleaned_data["reason"])


class ReviewView(RunForm):
    """What was learnt."""

    permission = "broadcasts.emergency_start"
    form_class = forms.ReviewForm
    title = gettext_lazy("After-action sheet")
    success_message = gettext_lazy("Saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was written so far."""
        row = selectors.sheet(self.run).review
        return {"initial": {"went_well": row.went_well, "to_change": row.to_change} if row else {}}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return emergency.review(actor=self.actor, run=self.run, **form.cleaned_data)

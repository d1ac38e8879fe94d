"""Pages for what happens to a matter outside the ward, and for extending a limit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tips.forms import staff
from tips.services import progress
from tips.views.actions import TipStep


class ProgressView(TipStep):
    """Acceptance, extension, suspension, result: noted with its document."""

    permission = "tips.transfer"
    form_class = staff.ProgressForm
    title, label = _("Note a development"), _("Note it down")
    lead = _("What another body did, or the acceptance for settlement. It sets the time limits that follow.")
    success_message = _("Noted; the time limits that follow run.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """What may be noted now."""
        return {**super().get_form_kwargs(), "steps": progress.steps_for(self.tip)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return progress.note_progress(actor=self.actor, tip=self.tip, step=data["step"], document=data["document"])


class ExtendView(TipStep):
    """Extend a time limit once more, as far as the law lets one."""

    permission = "tips.transfer"
    form_class = staff.ExtendForm
    title, label = _("Extend a time limit"), _("Extend")
    success_message = _("Extended.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The limits that may be extended."""
        return {**super().get_form_kwargs(), "clocks": progress.extendable(self.tip)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return progress.extend(actor=self.actor, tip=self.tip, clock_id=data["clock"], document=data["document"])

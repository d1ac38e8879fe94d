"""The steps of a tip as pages: one form, one service call."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.selectors import police_of
from tips import selectors
from tips.forms import staff
from tips.services import deciding, handling, identity, intake, receipts
from tips.services.clocks import any_overdue
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage, PortalView


class EntryView(FormPage):
    """An officer enters a report and gets the receipt code to hand over."""

    permission = "tips.enter"
    template_name = "tips/entry.html"
    form_class = staff.EntryForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whether the ward takes identities; a number of its own, so that sending twice enters once."""
        return {
            "actor": self.actor,
            "identity": selectors.takes_identity(self.actor.ward_id or 0),
            "initial": {"submission": receipts.new_submission(), "channel": "phone", "kind": "crime"},
        }

    def carry_out(self, form: Any) -> HttpResponse:
        """Store, and show the code once."""
        tip, code = intake.enter_tip(
            actor=self.actor,
            channel=form.cleaned_data["channel"],
            report=form.report(),
            reporter=form.reporter(),
            uploads=form.cleaned_data["pictures"],
            submission=form.cleaned_data["submission"],
            book_number=form.cleaned_data["book_number"],
        )
        return render(self.request, "tips/entry_done.html", {"tip": tip, "receipt_code": receipts.grouped(code)})


class TipStep(FormPage):
    """One step of one tip. What one may not read does not exist; what one may not do is refused."""

    template_name = "tips/action.html"
    title: Any = ""
    lead: Any = ""
    label: Any = ""
    tone = "btn-primary"
    icon = "check"
    leaves = False  # the tip may no longer exist to the actor afterwards

    @cached_property
    def tip(self) -> Any:
        """The tip of the address."""
        tip = self.found(selectors.readable_tip(self.actor, self.kwargs["uuid"]))
        require(self.actor, self.permission, tip)
        return tip

    def get_form_kwargs(self) -> dict[str, Any]:
        """Forms know who acts on what."""
        return {"actor": self.actor, "tip": self.tip}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Words of the page."""
        return {"tip": self.tip, "title": self.title, "lead": self.lead, "label": self.label}

    def error_url(self) -> str:
        """Back to the tip, or to the queue when it is gone."""
        return self.success_url(None)

    def success_url(self, result: Any) -> str:
        """The tip, as long as it exists to the actor."""
        if selectors.find_tip(self.actor, self.kwargs["uuid"]) is None:
            return reverse("tips:queue")
        return reverse("tips:detail", args=[self.kwargs["uuid"]])


class ClassifyView(TipStep):
    """The legal track."""

    permission = "tips.classify"
    form_class = staff.ClassifyForm
    title, label = _("Classify"), _("Classify")
    lead = _("Choose by the facts. The track sets the time limits; nothing is ever rejected.")
    success_message = _("Classified; the time limits run.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return deciding.classify(
            actor=self.actor,
            tip=self.tip,
            track=data["track"],
            kind=data["kind"],
            urgency=data["urgency"],
            reason=data["reason"],
            paper_reference=data["paper_reference"],
            book_number=data["book_number"],
        )


class AssignView(TipStep):
    """Give it to an officer."""

    permission = "tips.assign"
    form_class = staff.AssignForm
    title, label = _("Assign"), _("Assign")
    success_message = _("Assigned.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return handling.assign(actor=self.actor, tip=self.tip, to=data["to"], reason=data["reason"])


class EscalateView(TipStep):
    """Pass it up."""

    permission = "tips.handle"
    form_class = staff.EscalateForm
    title, label = _("Pass to a superior"), _("Pass up")
    success_message = _("Passed to the superior.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return handling.escalate(actor=self.actor, tip=self.tip, to=data["to"], reason=data["reason"])


class LateStep(TipStep):
    """A step that asks why when a deadline has passed."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Whether it is late."""
        return {**super().get_form_kwargs(), "overdue": any_overdue(self.tip)}


class TransferView(LateStep):
    """Hand it to the competent body."""

    permission = "tips.transfer"
    form_class = staff.TransferForm
    title, label = _("Transfer to the competent body"), _("Transfer")
    success_message = _("Transferred.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return handling.transfer(
            actor=self.actor,
            tip=self.tip,
            to=data["to"],
            reason=data["reason"],
            late_reason=data.get("late_reason", ""),
        )


class AnswerView(LateStep):
    """Answer the reporter."""

    @property
    def lead(self) -> Any:
        """Who else reads it."""
        count = len(selectors.joined_to(self.actor, self.tip))
        if not count:
            return ""
        return ngettext(
            "%(count)s more reporter reads this answer: another report is joined to this one. Write nothing that tells "
            "one of the other.",
            "%(count)s more reporters read this answer: other reports are joined to this one. Write nothing that tells "
            "one of the other.",
            count,
        ) % {"count": count}

    permission = "tips.handle"
    form_class = staff.AnswerForm
    title, label = _("Answer the reporter"), _("Send the answer")
    success_message = _("Answered. The reporter reads it with the receipt code.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return handling.answer(
            actor=self.actor, tip=self.tip, text=data["text"], late_reason=data.get("late_reason", "")
        )


class AskView(TipStep):
    """Ask the reporter."""

    permission = "tips.handle"
    form_class = staff.AskForm
    title, label = _("Ask the reporter"), _("Send the question")
    success_message = _("Asked. The reporter finds the question with the receipt code.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return handling.ask_reporter(actor=self.actor, tip=self.tip, text=form.cleaned_data["text"])


class CloseView(TipStep):
    """Close it."""

    permission = "tips.close"
    form_class = staff.ReasonForm
    title, label = _("Close the tip"), _("Close the tip")
    success_message = _("Closed.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return handling.close(actor=self.actor, tip=self.tip, reason=form.cleaned_data["reason"])


class ReopenView(TipStep):
    """Take it up again."""

    permission = "tips.close"
    form_class = staff.ReasonForm
    title, label = _("Take up again"), _("Take up again")
    success_message = _("The tip is being handled again.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return handling.reopen(actor=self.actor, tip=self.tip, reason=form.cleaned_data["reason"])


class RecuseView(TipStep):
    """Step back."""

    permission = "tips.recuse"
    form_class = staff.ReasonForm
    title, label, tone = _("Step back from this tip"), _("Step back"), "btn-danger"
    lead = _("After this you will no longer see the tip anywhere. Somebody else takes it over.")
    success_message = _("You have stepped back. The tip is with the desk.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return deciding.recuse(actor=self.actor, tip=self.tip, reason=form.cleaned_data["reason"])


class SubjectsView(TipStep):
    """Raise the wall around a report about colleagues."""

    permission = "tips.subjects"
    form_class = staff.SubjectsForm
    title, label, tone = _("The report concerns a colleague"), _("Raise the wall"), "btn-danger"
    lead = _(
        "The report then goes to the chief alone (about the chief or a deputy: a record for the committee head, the "
        "province decides). Name and telephone of the reporter are destroyed. You will not see it any more."
    )
    success_message = _("Done. The report goes its own way now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The ward's police."""
        return {**super().get_form_kwargs(), "staff": police_of(self.actor)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return deciding.name_subjects(actor=self.actor, tip=self.tip, users=list(data["users"]), reason=data["reason"])


class ForwardView(TipStep):
    """Note that a report on national security was forwarded."""

    permission = "tips.transfer"
    form_class = staff.PaperForm
    title, label = _("Note the forwarding"), _("Keep the reference only")
    lead = _("Words and pictures are destroyed here; only the reference of the receipt stays.")
    success_message = _("Noted. Only the reference is kept.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return deciding.forward_security(actor=self.actor, tip=self.tip, reference=form.cleaned_data["reference"])


class IdentityRequestView(TipStep):
    """Ask for the sealed identity to be opened."""

    permission = "tips.identity"
    form_class = staff.ReasonForm
    title, label = _("Ask for the identity to be opened"), _("Ask")
    lead = _("A second person decides. The request, the decision and the opening stay in the story of the tip.")
    success_message = _("Asked. A second person decides.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return identity.request_identity(actor=self.actor, tip=self.tip, reason=form.cleaned_data["reason"])


class IdentityDecisionView(PortalView):
    """The second person's decision."""

    permission = "tips.identity_approve"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Approve or refuse; what one may not know of does not exist."""
        self.found(selectors.identity_request(self.actor, kwargs["uuid"], kwargs["ask"]))
        identity.approve_identity(actor=self.actor, uuid=kwargs["ask"], approve="approve" in request.POST)
        messages.success(request, str(_("Decided.")))
        return redirect("tips:detail", uuid=kwargs["uuid"])

    def error_url(self) -> str:
        """Back to the tip."""
        return reverse("tips:detail", args=[self.kwargs["uuid"]])


class IdentityOpenView(TipStep):
    """Open it with the passphrase of one's own key: shown once, on this page only."""

    permission = "tips.read"
    form_class = staff.PassphraseForm
    title, label = _("Open the sealed identity"), _("Open")
    lead = _("Shown once on the next page. Every opening is written down.")

    def carry_out(self, form: Any) -> HttpResponse:
        """One service call; the name is rendered into this answer and nowhere else."""
        reporter = identity.open_identity(
            actor=self.actor, uuid=self.kwargs["ask"], passphrase=form.cleaned_data["passphrase"]
        )
        return render(self.request, "tips/identity.html", {"tip": self.tip, "reporter": reporter})


class IdentityTakeView(PortalView):
    """Carry the sealed identity to the machine without network: the file is as sealed as the row."""

    permission = "tips.read"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The file."""
        self.found(selectors.identity_request(self.actor, kwargs["uuid"], kwargs["ask"]))
        sealed = identity.take_identity(actor=self.actor, uuid=kwargs["ask"])
        response = HttpResponse(json.dumps(sealed, indent=1), content_type="application/json")
        response.headers["Content-Disposition"] = f'attachment; filename="danh-tinh-{sealed["tip"]}.json"'
        return response

    def error_url(self) -> str:
        """Back to the tip."""
        return reverse("tips:detail", args=[self.kwargs["uuid"]])

"""Violations of a group's rules: record, answer step by step, note the reply, take back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from groups.forms.governance import ReasonForm
from groups.forms.violations import ReplyForm, StepTakenForm, ViolationForm
from groups.selectors import violations as selectors
from groups.services import violations as services
from groups.views.groups import OneGroup
from vikhe_portal.core import files
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage, PortalView


class RecordView(FormPage, OneGroup):
    """Record what a member did."""

    permission = "groups.violation"
    form_class = ViolationForm
    template_name = "groups/governance/violation_form.html"
    success_message = _("The violation is recorded. Now take the step that is due.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The group whose members can be named."""
        group = self.group()
        require(self.actor, self.permission, group)
        return {"group": group}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group."""
        return {"group": self.group()}

    def carry_out(self, form: ViolationForm) -> Any:
        """One service call."""
        data = dict(form.cleaned_data)
        picture = data.pop("picture", None)
        data.pop("name")
        return services.record_violation(
            actor=self.actor, group=form.group, picture=picture.read() if picture else None, **data
        )

    def success_url(self, result: Any) -> str:
        """The violation, where the step is taken."""
        return reverse("groups:violation", args=[result.pk])


class OneViolation(FormPage):
    """A page about one violation in a group the actor works with."""

    permission = "groups.violation"
    template_name = "groups/governance/violation.html"

    def violation(self) -> Any:
        """The violation, or 404."""
        row = self.found(selectors.violation(self.actor, self.kwargs["violation_id"]))
        require(self.actor, "groups.violation", row.membership.group)
        return row

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The violation with what was done about it."""
        row = self.violation()
        return {
            "violation": row,
            "group": row.membership.group,
            "member": row.membership.person,
            "steps": selectors.steps_of(row),
            "reply": selectors.reply_text(row),
        }

    def success_url(self, result: Any) -> str:
        """Back to the violation."""
        return reverse("groups:violation", args=[self.kwargs["violation_id"]])


class ViolationView(OneViolation):
    """One violation; the next step is taken here."""

    form_class = StepTakenForm
    success_message = _("The step is recorded.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The step that is due stands chosen."""
        return {"initial": {"rung": selectors.next_rung(self.violation())}}

    def carry_out(self, form: StepTakenForm) -> Any:
        """One service call."""
        return services.take_step(actor=self.actor, violation=self.violation(), **form.cleaned_data)


class ReplyView(OneViolation):
    """Note what the member says to it."""

    form_class = ReplyForm
    template_name = "groups/governance/violation_action.html"
    success_message = _("The reply is kept.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """With the page's title."""
        return {**super().get_context(**kwargs), "title": _("The member's reply"), "label": _("Keep the reply")}

    def carry_out(self, form: ReplyForm) -> Any:
        """One service call."""
        return services.note_reply(actor=self.actor, violation=self.violation(), **form.cleaned_data)


class WithdrawView(OneViolation):
    """Take a violation back."""

    permission = "groups.violation_skip"
    form_class = ReasonForm
    template_name = "groups/governance/violation_action.html"
    success_message = _("The violation is taken back and counts no longer.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """With the page's title."""
        return {**super().get_context(**kwargs), "title": _("Take the violation back"), "label": _("Take back")}

    def carry_out(self, form: ReasonForm) -> Any:
        """One service call."""
        return services.withdraw(actor=self.actor, violation=self.violation(), reason=form.cleaned_data["reason"])


class ViolationPictureView(PortalView):
    """The proof picture of a violation."""

    permission = "groups.violation"

    def get(self, request: HttpRequest, violation_id: int) -> HttpResponse:
        """The stored copy, without metadata."""
        row = self.found(selectors.violation(self.actor, violation_id))
        require(self.actor, self.permission, row.membership.group)
        self.found(row.evidence or None)
        return HttpResponse(files.read(row.evidence, ward_id=row.ward_id), content_type="image/jpeg")

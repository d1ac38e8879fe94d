"""Directives: lists, one directive, its parts, the question to the head."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.list import MultipleObjectMixin

from oversight.forms.rooms import DirectiveForm, PartForm, ProgressForm
from oversight.selectors import directives as reads
from oversight.services import directives as services
from oversight.views.forms import ObjectForm
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage

STATES = {"open": reads.open_parts, "late": reads.late_parts}


class DirectiveListView(MultipleObjectMixin, TemplatePage):
    """Directives the actor may know of, with progress."""

    permission = "directives.list"
    template_name = "oversight/directive_list.html"
    paginate_by = 30

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page, running ones or all."""
        rows = reads.directives(self.actor)
        everything = self.request.GET.get("state") == "all"
        if not everything:
            rows = rows.filter(status="open")
        paginator, page, shown, _is = self.paginate_queryset(rows, self.paginate_by)
        here = reverse("oversight:directives")
        tabs = [
            {"url": here, "label": _("Being carried out"), "active": not everything},
            {"url": f"{here}?state=all", "label": _("All"), "active": everything},
        ]
        return {"directives": shown, "page_obj": page, "paginator": paginator, "tabs": tabs}


class PartListView(MultipleObjectMixin, TemplatePage):
    """Open parts, or those past their date: the rows behind the figures."""

    permission = "directives.list"
    template_name = "oversight/part_list.html"
    paginate_by = 50

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page."""
        state = self.request.GET.get("state")
        state = state if state in STATES else "open"
        rows = STATES[state](self.actor).select_related("directive", "assignee", "neighbourhood", "group")
        paginator, page, shown, _is = self.paginate_queryset(rows, self.paginate_by)
        here = reverse("oversight:parts")
        tabs = [
            {"url": f"{here}?state=open", "label": _("To do"), "active": state == "open"},
            {"url": f"{here}?state=late", "label": _("Past their date"), "active": state == "late"},
        ]
        return {"parts": shown, "page_obj": page, "paginator": paginator, "tabs": tabs}


class DirectiveCreateView(FormPage):
    """Issue a directive."""

    permission = "directives.manage"
    form_class = DirectiveForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("The directive is issued. Give out its parts now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The actor."""
        return {"actor": self.actor}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {"title": _("New directive"), "label": _("Issue"), "back": reverse("oversight:directives")}

    def carry_out(self, form: Any) -> Any:
        """Issue."""
        data = form.cleaned_data
        return services.issue_directive(
            actor=self.actor,
            title=data["title"],
            text=data["text"],
            owner_id=data["owner"].pk,
            due_on=data["due_on"],
            source_document=data["source_document"],
        )

    def success_url(self, result: Any) -> str:
        """The directive."""
        return reverse("oversight:directive", args=[result.pk])


class DirectiveView(TemplatePage):
    """One directive with its parts, story and questions to the head."""

    permission = "directives.list"
    template_name = "oversight/directive.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """All of it."""
        row = self.found(reads.directive(self.actor, self.kwargs["pk"]))
        return {
            "directive": row,
            "parts": reads.parts_of(self.actor, row),
            "story": reads.story(self.actor, row),
            "raised": reads.raised(self.actor, row),
        }


class DirectiveForms(ObjectForm):
    """A form on one directive; success and refusal lead back to it."""

    permission = "directives.list"

    def find(self) -> Any:
        """The directive."""
        return reads.directive(self.actor, self.kwargs["pk"])

    def directive_id(self) -> int:
        """The directive the form belongs to."""
        return self.kwargs["pk"]

    def success_url(self, result: Any) -> str:
        """The directive."""
        return reverse("oversight:directive", args=[self.directive_id()])


class PartCreateView(DirectiveForms):
    """Give out parts."""

    permission = "directives.manage"
    form_class = PartForm
    title = gettext_lazy("Give out a part")
    label = gettext_lazy("Give out")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The actor."""
        return {"actor": self.actor}

    def carry_out(self, form: Any) -> Any:
        """Give out."""
        data = form.cleaned_data
        return services.add_parts(
            actor=self.actor,
            directive=self.get_object(),
            text=data["text"],
            assignee_id=data["assignee"].pk,
            due_on=data["due_on"],
            neighbourhood_ids=tuple(row.pk for row in data["neighbourhoods"]),
            group_id=data["group"].pk if data["group"] else None,
        )


class RaiseView(DirectiveForms):
    """Put a question before the head."""

    title = gettext_lazy("Put before the committee head")
    label = gettext_lazy("Put before the head")
    field_label = gettext_lazy("What cannot be agreed, or what is too large to decide here")
    success_message = gettext_lazy("The committee head has been told.")

    def carry_out(self, form: Any) -> Any:
        """Raise."""
        return services.raise_to_head(actor=self.actor, directive=self.get_object(), text=form.cleaned_data["text"])


class WithdrawView(DirectiveForms):
    """Withdraw a directive."""

    permission = "directives.manage"
    title = gettext_lazy("Withdraw the directive")
    label = gettext_lazy("Withdraw")
    field_label = gettext_lazy("Reason")

    def carry_out(self, form: Any) -> Any:
        """Withdraw."""
        return services.withdraw_directive(
            actor=self.actor, directive=self.get_object(), reason=form.cleaned_data["text"]
        )


class CloseView(PortalView):
    """Close a directive."""

    permission = "directives.manage"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Close."""
        services.close_directive(actor=self.actor, directive=self.found(reads.directive(self.actor, pk)))
        messages.success(request, _("The directive is completed."))
        return redirect("oversight:directive", pk)

    def error_url(self) -> str:
        """The directive."""
        return reverse("oversight:directive", args=[self.kwargs["pk"]])


class DecideView(DirectiveForms):
    """The head decides."""

    permission = "directives.decide"
    title = gettext_lazy("Decision of the committee head")
    label = gettext_lazy("Put the decision on record")
    field_label = gettext_lazy("Decision")
    success_message = gettext_lazy("The decision is on record and everyone concerned has been told.")

    def find(self) -> Any:
        """The question."""
        return reads.raised_matter(self.actor, self.kwargs["pk"])

    def directive_id(self) -> int:
        """The directive of the question."""
        return self.get_object().directive_id

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The question itself stands above the field."""
        return {**super().get_context(**kwargs), "quote": self.get_object().text}

    def carry_out(self, form: Any) -> Any:
        """Decide."""
        return services.decide_raised(actor=self.actor, matter=self.get_object(), decision=form.cleaned_data["text"])


class PartForms(DirectiveForms):
    """A form on one part."""

    permission = "directives.work"

    def find(self) -> Any:
        """The part."""
        return reads.part(self.actor, self.kwargs["pk"])

    def directive_id(self) -> int:
        """The part's directive."""
        return self.get_object().directive_id

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The part itself stands above the field."""
        return {**super().get_context(**kwargs), "quote": self.get_object().text}


class ProgressView(PartForms):
    """How a part goes."""

    form_class = ProgressForm
    title = gettext_lazy("How it goes")
    label = gettext_lazy("Save")
    field_label = gettext_lazy("How it goes")

    def carry_out(self, form: Any) -> Any:
        """Report."""
        return services.report_progress(actor=self.actor, part=self.get_object(), **form.cleaned_data)


class DoneView(PartForms):
    """A part is done."""

    title = gettext_lazy("Report as done")
    label = gettext_lazy("Report as done")
    field_label = gettext_lazy("What was achieved, and which document or post shows it")
    success_message = gettext_lazy("Reported. Thank you.")

    def carry_out(self, form: Any) -> Any:
        """Finish."""
        return services.finish_part(actor=self.actor, part=self.get_object(), proof=form.cleaned_data["text"])


class ReturnPartView(PartForms):
    """Give a part back."""

    permission = "directives.manage"
    title = gettext_lazy("Give the part back")
    label = gettext_lazy("Give back")
    field_label = gettext_lazy("What is missing")

    def carry_out(self, form: Any) -> Any:
        """Give back."""
        return services.return_part(actor=self.actor, part=self.get_object(), reason=form.cleaned_data["text"])


class DropPartView(PartForms):
    """Drop a part."""

    permission = "directives.manage"
    title = gettext_lazy("Drop the part")
    label = gettext_lazy("Drop")
    field_label = gettext_lazy("Reason")

    def carry_out(self, form: Any) -> Any:
        """Drop."""
        return services.drop_part(actor=self.actor, part=self.get_object(), reason=form.cleaned_data["text"])

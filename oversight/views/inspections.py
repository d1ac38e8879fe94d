"""Inspections: list, plan, sheets, findings, second visit."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.list import MultipleObjectMixin

from oversight.forms.rooms import FindingForm, InspectionForm, RevisitForm, SheetForm
from oversight.selectors import inspections as reads
from oversight.services import inspections as services
from oversight.views.forms import ObjectForm
from vikhe_portal.core.views import FormPage, TemplatePage

STATES = {"open": reads.open_findings, "late": reads.late_findings}


class InspectionListView(MultipleObjectMixin, TemplatePage):
    """Inspections the actor may know of."""

    permission = "inspections.list"
    template_name = "oversight/inspection_list.html"
    paginate_by = 30

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page."""
        paginator, page, rows, _is = self.paginate_queryset(reads.inspections(self.actor), self.paginate_by)
        return {"inspections": rows, "page_obj": page, "paginator": paginator}


class FindingListView(MultipleObjectMixin, TemplatePage):
    """Findings not closed, or late: the rows behind the figures."""

    permission = "inspections.list"
    template_name = "oversight/finding_list.html"
    paginate_by = 50

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page."""
        state = self.request.GET.get("state")
        state = state if state in STATES else "open"
        rows = STATES[state](self.actor).select_related("owner", "item__group", "item__tip", "item__inspection")
        paginator, page, shown, _is = self.paginate_queryset(rows, self.paginate_by)
        here = reverse("oversight:findings")
        tabs = [
            {"url": f"{here}?state=open", "label": _("Not closed"), "active": state == "open"},
            {"url": f"{here}?state=late", "label": _("Past their date"), "active": state == "late"},
        ]
        return {"findings": shown, "page_obj": page, "paginator": paginator, "tabs": tabs}


class InspectionCreateView(FormPage):
    """Plan an inspection."""

    permission = "inspections.plan"
    form_class = InspectionForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("The sample is drawn by chance. It stands in the trail and cannot be drawn again.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The actor, named as inspector to begin with."""
        return {"actor": self.actor, "initial": {"inspector": self.actor.id}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {"title": _("New inspection"), "label": _("Draw the sample"), "back": reverse("oversight:inspections")}

    def carry_out(self, form: Any) -> Any:
        """Plan."""
        data = form.cleaned_data
        return services.plan_inspection(
            actor=self.actor,
            title=data["title"],
            planned_on=data["planned_on"],
            inspector_id=data["inspector"].pk,
            groups=data["groups"],
            tips=data["tips"],
        )

    def success_url(self, result: Any) -> str:
        """The inspection."""
        return reverse("oversight:inspection", args=[result.pk])


class InspectionView(TemplatePage):
    """One inspection."""

    permission = "inspections.list"
    template_name = "oversight/inspection.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Items and findings."""
        row = self.found(reads.inspection(self.actor, self.kwargs["pk"]))
        return {
            "inspection": row,
            "items": reads.items(self.actor, row),
            "findings": reads.findings(self.actor, row),
        }


class InspectionForms(ObjectForm):
    """A form within one inspection; success leads back to it."""

    permission = "inspections.fill"

    def find(self) -> Any:
        """The inspection."""
        return reads.inspection(self.actor, self.kwargs["pk"])

    def inspection_id(self) -> int:
        """The inspection the form belongs to."""
        return self.kwargs["pk"]

    def success_url(self, result: Any) -> str:
        """The inspection."""
        return reverse("oversight:inspection", args=[self.inspection_id()])


class ItemForms(InspectionForms):
    """A form on one drawn item."""

    def find(self) -> Any:
        """The item."""
        return reads.item(self.actor, self.kwargs["pk"])

    def inspection_id(self) -> int:
        """The item's inspection."""
        return self.get_object().inspection_id

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The item stands above the form."""
        drawn = reads.drawn(self.get_object())
        return {**super().get_context(**kwargs), "lead": " · ".join(filter(None, [drawn.label, drawn.detail]))}


class SheetView(ItemForms):
    """Fill in a sheet."""

    form_class = SheetForm
    title = gettext_lazy("Inspection sheet")
    label = gettext_lazy("Save the sheet")
    success_message = gettext_lazy("The sheet is saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Questions and what was answered."""
        item = self.get_object()
        return {"questions": reads.questions_of(item), "answers": item.answers, "note": item.note}

    def carry_out(self, form: Any) -> Any:
        """Save."""
        return services.fill_sheet(
            actor=self.actor, item=self.get_object(), answers=form.answers(), note=form.cleaned_data["note"]
        )


class FindingCreateView(ItemForms):
    """Note a finding."""

    form_class = FindingForm
    title = gettext_lazy("New finding")
    label = gettext_lazy("Note the finding")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The actor."""
        return {"actor": self.actor}

    def carry_out(self, form: Any) -> Any:
        """Note."""
        data = form.cleaned_data
        return services.note_finding(
            actor=self.actor,
            item=self.get_object(),
            text=data["text"],
            owner_id=data["owner"].pk,
            due_on=data["due_on"],
        )


class FinishView(InspectionForms):
    """Finish an inspection."""

    title = gettext_lazy("Finish the inspection")
    label = gettext_lazy("Finish")
    field_label = gettext_lazy("Summary")

    def carry_out(self, form: Any) -> Any:
        """Finish."""
        return services.finish_inspection(
            actor=self.actor, inspection=self.get_object(), summary=form.cleaned_data["text"]
        )


class FindingForms(InspectionForms):
    """A form on one finding."""

    def find(self) -> Any:
        """The finding."""
        return reads.finding(self.actor, self.kwargs["pk"])

    def inspection_id(self) -> int:
        """The finding's inspection."""
        return self.get_object().item.inspection_id

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The finding stands above the form."""
        return {**super().get_context(**kwargs), "quote": self.get_object().text}


class MendView(FindingForms):
    """Report as mended."""

    permission = "inspections.mend"
    title = gettext_lazy("Report as mended")
    label = gettext_lazy("Report as mended")
    field_label = gettext_lazy("What was done")

    def carry_out(self, form: Any) -> Any:
        """Mend."""
        return services.mend_finding(actor=self.actor, finding=self.get_object(), note=form.cleaned_data["text"])


class RevisitView(FindingForms):
    """Second visit."""

    form_class = RevisitForm
    title = gettext_lazy("Second visit")
    label = gettext_lazy("Save")
    field_label = gettext_lazy("What the second visit saw")

    def carry_out(self, form: Any) -> Any:
        """Record."""
        data = form.cleaned_data
        return services.revisit_finding(
            actor=self.actor, finding=self.get_object(), mended=data["mended"] == "1", note=data["text"]
        )

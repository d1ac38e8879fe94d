"""Periodic reports: list, draft, read, edit, approve, give back, sign, download."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.list import MultipleObjectMixin

from oversight.forms.rooms import DraftForm, SectionsForm
from oversight.selectors import reviews as reads
from oversight.services import reviews as services
from oversight.views.forms import ObjectForm
from vikhe_portal.core.documents import DOCX_TYPE
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


class ReviewListView(MultipleObjectMixin, TemplatePage):
    """All reports, newest period first."""

    permission = "reviews.list"
    template_name = "oversight/review_list.html"
    paginate_by = 30

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page of the list."""
        paginator, page, rows, _is = self.paginate_queryset(reads.reviews(self.actor), self.paginate_by)
        shown = [(row, reads.title_of(row.kind, row.start)) for row in rows]
        return {"reviews": shown, "page_obj": page, "paginator": paginator}


class ReviewDraftView(FormPage):
    """Draft a report by hand."""

    permission = "reviews.draft"
    form_class = DraftForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("The draft is ready. Its figures are frozen; finish the text.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Draft a report"),
            "lead": _("The figures are counted now and stay. On the day after a period the portal drafts by itself."),
            "label": _("Draft"),
            "back": reverse("oversight:reviews"),
        }

    def carry_out(self, form: Any) -> Any:
        """Draft."""
        return services.draft_review(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The draft."""
        return reverse("oversight:review", args=[result.pk])


class OneReview:
    """Finds the report of the address."""

    def get_review(self) -> Any:
        """The report, or 404."""
        return self.found(reads.review(self.actor, self.kwargs["pk"]))  # type: ignore[attr-defined]  # a page's own


class ReviewView(OneReview, TemplatePage):
    """A report with its frozen figures."""

    permission = "reviews.list"
    template_name = "oversight/review.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Sections, annexes, state."""
        row = self.get_review()
        return {
            "review": row,
            "title": reads.title_of(row.kind, row.start),
            "sections": reads.page_sections(self.actor, row),
            "before": reads.before(row),
            "steps": [
                {"label": _("Draft"), "now": row.status == "draft", "done": row.status != "draft"},
                {"label": _("Approved by the chief"), "now": row.status == "approved", "done": row.status == "signed"},
                {"label": _("Signed by the head"), "now": row.status == "signed", "done": row.status == "signed"},
            ],
        }


class ReviewEditView(OneReview, FormPage):
    """Edit the words of a draft."""

    permission = "reviews.draft"
    form_class = SectionsForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("Saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The present texts."""
        return {"texts": self.get_review().sections}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Text of the report"),
            "lead": _("A line beginning with “- ” becomes an item. Figures stand in the report by themselves."),
            "label": _("Save"),
            "back": reverse("oversight:review", args=[self.kwargs["pk"]]),
        }

    def carry_out(self, form: Any) -> Any:
        """Save."""
        return services.edit_sections(actor=self.actor, review=self.get_review(), sections=form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The report."""
        return reverse("oversight:review", args=[result.pk])


class ReviewStepView(OneReview, PortalView):
    """One step of a report: count again, approve, sign."""

    permission = "reviews.list"
    STEPS = {
        "dem-lai": (services.count_again, gettext_lazy("The figures were counted again just now.")),
        "duyet": (services.approve_review, gettext_lazy("Approved. The committee head has been told.")),
        "ky": (services.sign_review, ""),  # the signed report says so itself, with its number
    }

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponseBase:
        """Do the step; the service asks for its own permission."""
        service, said = self.found(self.STEPS.get(step))
        service(actor=self.actor, review=self.get_review())
        if said:
            messages.success(request, str(said))
        return redirect("oversight:review", pk)

    def error_url(self) -> str:
        """The report."""
        return reverse("oversight:review", args=[self.kwargs["pk"]])


class ReviewReturnView(ObjectForm):
    """Give a report back for changes."""

    permission = "reviews.return"
    title = gettext_lazy("Give the report back")
    label = gettext_lazy("Give back")
    field_label = gettext_lazy("What should be changed")
    success_message = gettext_lazy("The report is a draft again.")

    def find(self) -> Any:
        """The report."""
        return reads.review(self.actor, self.kwargs["pk"])

    def carry_out(self, form: Any) -> Any:
        """Give back."""
        return services.return_review(actor=self.actor, review=self.get_object(), reason=form.cleaned_data["text"])

    def success_url(self, result: Any) -> str:
        """The report."""
        return reverse("oversight:review", args=[self.kwargs["pk"]])


class ReviewFileView(OneReview, PortalView):
    """The report as .docx."""

    permission = "reviews.list"
    kind, content_type = "docx", DOCX_TYPE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the file."""
        row = self.get_review()
        name = f"bao-cao-{slugify(row.get_kind_display())}-{row.start:%Y%m%d}"
        if row.number is None:
            name += "-du-thao"
        response = HttpResponse(self.content(row), content_type=self.content_type)
        response["Content-Disposition"] = f'attachment; filename="{name}.{self.kind}"'
        return response

    def content(self, row: Any) -> bytes:
        """The file itself."""
        return services.download_review(actor=self.actor, review=row)

    def error_url(self) -> str:
        """The report."""
        return reverse("oversight:review", args=[self.kwargs["pk"]])


class ReviewPdfView(ReviewFileView):
    """The report as .pdf."""

    kind, content_type = "pdf", "application/pdf"

    def content(self, row: Any) -> bytes:
        """The file itself."""
        return services.download_review_pdf(actor=self.actor, review=row)

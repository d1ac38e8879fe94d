"""Residents' requests about their own data: list, record, one request with its steps, the sheet to print."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.list import MultipleObjectMixin

from oversight.forms.data_requests import DataRequestForm, DeleteForm, MendForm, RefuseForm, WhereForm
from oversight.selectors import data_requests as reads
from oversight.services import data_requests as services
from oversight.views.forms import ObjectForm
from vikhe_portal.core.calendar import last_day
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage

STATES = {"open": reads.open_requests, "late": reads.late_requests, "all": reads.requests}


class DataRequestListView(MultipleObjectMixin, TemplatePage):
    """Open requests, those past their time, or all."""

    permission = "data_requests.list"
    template_name = "oversight/data_request_list.html"
    paginate_by = 30

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page."""
        state = self.request.GET.get("state")
        state = state if state in STATES else "open"
        rows = STATES[state](self.actor)
        paginator, page, shown, _is = self.paginate_queryset(rows, self.paginate_by)
        here = reverse("oversight:data-requests")
        labels = {"open": _("Being handled"), "late": _("Past their date"), "all": _("All")}
        tabs = [{"url": f"{here}?state={key}", "label": words, "active": key == state} for key, words in labels.items()]
        timed = [{"row": row, "due": reads.next_due(row), "tone": reads.tone(reads.next_due(row))} for row in shown]
        return {"requests": timed, "page_obj": page, "paginator": paginator, "tabs": tabs}


class DataRequestWhereView(FormPage):
    """The household of the resident who asks."""

    permission = "data_requests.list"
    form_class = WhereForm
    template_name = "oversight/form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """The actor."""
        return {"actor": self.actor}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Record a resident's request"),
            "lead": _("Check the identity on paper first. Then find the household by the code on the roster."),
            "label": _("Go on"),
            "back": reverse("oversight:data-requests"),
        }

    def carry_out(self, form: Any) -> Any:
        """On to the form, or say that the code is unknown."""
        home = reads.household_of_code(self.actor, form.cleaned_data["place"], form.cleaned_data["code"])
        if home is None:
            form.add_error("code", _("No household of this neighbourhood has this code. Look at the roster again."))
            return self.page(form, status=422)
        return redirect("oversight:data-request-record", home.pk)


class DataRequestRecordView(ObjectForm):
    """Record a request."""

    permission = "data_requests.list"
    form_class = DataRequestForm
    title = gettext_lazy("Record a resident's request")
    label = gettext_lazy("Record the request")
    success_message = gettext_lazy("Recorded. The time is running.")

    def find(self) -> Any:
        """The household."""
        return reads.household(self.actor, self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        """The household."""
        return {"household": self.get_object()}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        home = self.get_object()
        lead = f"{home.code} · {home.address} · {home.neighbourhood.name}"
        return {**super().get_context(**kwargs), "lead": lead}

    def carry_out(self, form: Any) -> Any:
        """Record."""
        return services.record_request(actor=self.actor, household=self.get_object(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The request, or the list."""
        if result is None:
            return reverse("oversight:data-requests")
        return reverse("oversight:data-request", args=[result.pk])


class DataRequestView(TemplatePage):
    """One request: what runs, and what may be done next."""

    permission = "data_requests.list"
    template_name = "oversight/data_request.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The request and its tones."""
        row = self.found(reads.one_request(self.actor, self.kwargs["pk"]))
        return {
            "row": row,
            "tone": reads.tone(row.due_at),
            "last_day": last_day(row.due_at),
            "reply_tone": reads.tone(row.reply_due_at),
            "may_extend": row.is_open
            and not row.extended_for
            and row.policy.max_extensions
            and timezone.now() < row.due_at,
        }


class DataRequestSheetView(PortalView):
    """What the ward keeps of the person, to print and hand over: asked for by a button, noted in the audit trail."""

    permission = "data_requests.answer"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The sheet."""
        row = self.found(reads.one_request(self.actor, pk))
        self.found(row.person)  # nobody stands behind a request whose time is over
        services.note_shown(actor=self.actor, row=row)
        return render(request, "oversight/data_request_sheet.html", {"row": row, **reads.kept_of(row)})


class DataRequestConfirmView(PortalView):
    """Note that the resident was told."""

    permission = "data_requests.answer"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Note it."""
        self.found(reads.one_request(self.actor, pk))
        services.confirm(actor=self.actor, pk=pk)
        messages.success(request, _("Noted."))
        return redirect("oversight:data-request", pk)

    def error_url(self) -> str:
        """The request."""
        return reverse("oversight:data-request", args=[self.kwargs["pk"]])


class RequestForm(ObjectForm):
    """A step on one request."""

    permission = "data_requests.answer"

    def find(self) -> Any:
        """The request."""
        return reads.one_request(self.actor, self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Nothing, but for forms of one text."""
        return {"label": self.field_label} if self.field_label else {}

    def success_url(self, result: Any) -> str:
        """The request."""
        return reverse("oversight:data-request", args=[self.kwargs["pk"]])


class DataRequestExtendView(RequestForm):
    """Extend once."""

    title = gettext_lazy("Extend the time limit")
    label = gettext_lazy("Extend")
    field_label = gettext_lazy("Reason for the extension")
    success_message = gettext_lazy("Extended. Tell the resident why.")

    def carry_out(self, form: Any) -> Any:
        """Extend."""
        services.extend(actor=self.actor, pk=self.kwargs["pk"], reason=form.cleaned_data["text"])


class DataRequestCorrectView(RequestForm):
    """Correct the row."""

    form_class = MendForm
    title = gettext_lazy("Correct the row in the roster")
    label = gettext_lazy("Correct")
    success_message = gettext_lazy("Corrected. Correct the source list too, or the next import brings it back.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The row as it stands."""
        person = self.get_object().person
        return {"initial": {"full_name": person.full_name, "birth_year": person.birth_year, "phone": person.phone}}

    def carry_out(self, form: Any) -> Any:
        """Correct."""
        services.correct(actor=self.actor, pk=self.kwargs["pk"], **form.cleaned_data)


class DataRequestDeleteView(RequestForm):
    """Delete the person's data."""

    form_class = DeleteForm
    title = gettext_lazy("Delete the resident's data")
    label = gettext_lazy("Delete for good")
    success_message = gettext_lazy(
        "Deleted. Take the person out of the source list too, or the next import brings it back."
    )

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """What goes and what stays."""
        lead = _(
            "Name, year of birth, telephone and Zalo name go, memberships end. An unnamed row stays for the counts. "
            "This cannot be undone."
        )
        return {**super().get_context(**kwargs), "lead": lead, "quote": self.get_object().person.full_name}

    def carry_out(self, form: Any) -> Any:
        """Delete."""
        services.delete(actor=self.actor, pk=self.kwargs["pk"])


class DataRequestAnswerView(RequestForm):
    """Answer."""

    title = gettext_lazy("Answer the resident")
    label = gettext_lazy("Answer and close")
    field_label = gettext_lazy("What was answered")
    success_message = gettext_lazy("Answered and closed.")

    def carry_out(self, form: Any) -> Any:
        """Answer."""
        services.answer(actor=self.actor, pk=self.kwargs["pk"], text=form.cleaned_data["text"])


class DataRequestRefuseView(RequestForm):
    """Refuse."""

    form_class = RefuseForm
    title = gettext_lazy("Refuse the request")
    label = gettext_lazy("Refuse and close")
    success_message = gettext_lazy("Refused and closed. The resident may complain.")

    def carry_out(self, form: Any) -> Any:
        """Refuse."""
        services.refuse(actor=self.actor, pk=self.kwargs["pk"], **form.cleaned_data)

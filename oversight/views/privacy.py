"""Pages on personal data: the public notice, the register, the level of the system, breaches with their clocks."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.list import MultipleObjectMixin

from oversight.forms.privacy import AccountForm, BreachForm, CheckForm, SentForm
from oversight.selectors import privacy as reads
from oversight.services import privacy as services
from oversight.views.forms import ObjectForm
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes
from vikhe_portal.core.views import ButtonView, FormPage, PortalView, PublicView, TemplatePage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NoticeView(PublicView):
    """For residents: what the ward keeps of them, why, how long, who reads it, and how to ask."""

    def get(self, request: HttpRequest, ward: int) -> HttpResponse:
        """The notice of an active ward, or 404."""
        with ward_scope(ward):
            found = reads.notice_of(ward)
            if found is None:
                raise Http404
            return render(request, "oversight/privacy_notice.html", found)


class RegisterView(TemplatePage):
    """The register of processing, times kept, the level of the system, checks."""

    permission = "privacy.register"
    template_name = "oversight/privacy_register.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Everything on one page, to print."""
        return {
            "activities": reads.activities(self.actor.ward_id),
            "level": reads.level(self.actor.ward_id),
            "reviews": reads.reviews(self.actor)[:5],
            "next_check": reads.next_check(self.actor),
            "today": timezone.localdate(),
        }


class RegisterFileView(PortalView):
    """The register as a workbook."""

    permission = "privacy.register"

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Write it."""
        services.note_register_taken(actor=self.actor)
        columns = [_("Activity"), _("Whose data"), _("What is kept"), _("Sensitive data"), _("What for"),
                   _("Legal basis"), _("Who reads it"), _("To whom it is passed on"), _("How long it is kept"),
                   _("Protection")]  # fmt: skip
        rows = []
        for entry in reads.activities(self.actor.ward_id):
            row = entry["row"]
            times = "; ".join(
                f"{rule.label}: {rule.amount} {rule.get_unit_display()} ({rule.since})" for rule in entry["rules"]
            )
            rows.append([row.label, row.subjects, row.kept, _("yes") if row.sensitive else _("no"), row.purpose,
                         row.basis, row.readers, row.given_to, times, row.protection])  # fmt: skip
        data = xlsx_bytes([Sheet(_("Register of processing"), columns, rows, widths=[30] * len(columns))])
        response = HttpResponse(data, content_type=XLSX)
        response.headers["Content-Disposition"] = 'attachment; filename="so-xu-ly-du-lieu-ca-nhan.xlsx"'
        return response


class CheckView(FormPage):
    """Record a yearly check."""

    permission = "privacy.check"
    form_class = CheckForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("Recorded. The next check is due in a year.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Record a check of how personal data is treated"),
            "lead": _("Law 91/2025, article 19 asks for a regular check. Go through the register, then write it here."),
            "label": _("Record the check"),
            "back": reverse("oversight:privacy-register"),
        }

    def carry_out(self, form: Any) -> Any:
        """Record."""
        return services.record_check(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The register."""
        return reverse("oversight:privacy-register")


class BreachListView(MultipleObjectMixin, TemplatePage):
    """Breaches, open ones first."""

    permission = "privacy.breaches"
    template_name = "oversight/breach_list.html"
    paginate_by = 30

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One page."""
        paginator, page, shown, _is = self.paginate_queryset(reads.breaches(self.actor), self.paginate_by)
        lines = []
        for row in shown:
            waiting = [duty for duty in row.duties.all() if duty.done_at is None]
            due = min((duty.due_at for duty in waiting), default=None)
            lines.append({"row": row, "due": due, "tone": reads.tone(due) if due else ""})
        return {"breaches": lines, "page_obj": page, "paginator": paginator}


class BreachRecordView(FormPage):
    """Record a breach."""

    permission = "privacy.breaches"
    form_class = BreachForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("Recorded. The time of the reports is running.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("Record a breach of personal data"),
            "lead": _("Record it at once, also when little is known: what is learned later is added."),
            "label": _("Record the breach"),
            "back": reverse("oversight:breaches"),
        }

    def carry_out(self, form: Any) -> Any:
        """Record."""
        return services.record_breach(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The breach."""
        return reverse("oversight:breach", args=[result.pk])


class BreachView(TemplatePage):
    """One breach: its reports with their time, what is known, what is still missing."""

    permission = "privacy.breaches"
    template_name = "oversight/breach.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The breach and its reports."""
        row = self.found(reads.one_breach(self.actor, self.kwargs["pk"]))
        rows = list(reads.duties_of(row))
        ready = all(duty.done_at for duty in rows) and bool(row.measures and row.minutes_ref)
        duties = [{"row": duty, "tone": reads.tone(duty.due_at)} for duty in rows]
        return {"row": row, "duties": duties, "ready": ready}


class BreachAccountView(ObjectForm):
    """Write down what is known by now."""

    permission = "privacy.breaches"
    form_class = AccountForm
    title = gettext_lazy("What is known by now")
    label = gettext_lazy("Save")
    success_message = gettext_lazy("Saved.")

    def find(self) -> Any:
        """The breach."""
        return reads.one_breach(self.actor, self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        """The breach as it stands."""
        return {"row": self.get_object()}

    def carry_out(self, form: Any) -> Any:
        """Keep."""
        return services.keep_account(actor=self.actor, pk=self.kwargs["pk"], **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The breach."""
        return reverse("oversight:breach", args=[self.kwargs["pk"]])


class BreachSentView(ObjectForm):
    """Note that a report went out."""

    permission = "privacy.breaches"
    form_class = SentForm
    title = gettext_lazy("The report was sent")
    label = gettext_lazy("Note as sent")
    success_message = gettext_lazy("Noted.")

    def find(self) -> Any:
        """The report."""
        return reads.one_duty(self.actor, self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Which report."""
        duty = self.get_object()
        return {**super().get_context(**kwargs), "lead": f"{duty.policy.label} · {duty.policy.basis}"}

    def carry_out(self, form: Any) -> Any:
        """Note it."""
        return services.report_sent(actor=self.actor, pk=self.kwargs["pk"], document=form.cleaned_data["document"])

    def success_url(self, result: Any) -> str:
        """The breach."""
        return reverse("oversight:breach", args=[self.get_object().breach_id])


class BreachCloseView(ButtonView):
    """Close a breach."""

    permission = "privacy.close"
    message = gettext_lazy("Closed.")

    def find(self) -> Any:
        """The breach."""
        return reads.one_breach(self.actor, self.kwargs["pk"])

    def act(self, row: Any) -> None:
        """Close."""
        services.close_breach(actor=self.actor, pk=row.pk)

    def error_url(self) -> str:
        """The breach."""
        return reverse("oversight:breach", args=[self.kwargs["pk"]])

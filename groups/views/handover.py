"""Handovers: the list, one with its items and steps, and its minutes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.forms.governance import ReasonForm, StepForm
from groups.policies.visibility import sees_whole_ward
from groups.selectors import handover as selectors
from groups.selectors.minutes import handover_minutes
from groups.services import handover as services
from groups.services import handover_steps as steps
from vikhe_portal.core import files
from vikhe_portal.core.documents import DOCX_TYPE, to_docx
from vikhe_portal.core.documents.pdf import to_pdf
from vikhe_portal.core.permissions import allows, require
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


class HandoverListView(TemplatePage):
    """Handovers the actor may know of."""

    permission = "groups.handover"
    template_name = "groups/handover/handover_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Those under way, of another state, or all."""
        rows, status = selectors.handovers(self.actor), self.request.GET.get("status", "open")
        if status != "all":
            rows = rows.filter(status=status)
        return {"rows": rows[:200], "status": status, "now": timezone.now()}


class OneHandover(PortalView):
    """Pages about one handover the actor may know of."""

    def handover(self) -> Any:
        """The handover, or 404."""
        return self.found(selectors.handover(self.actor, self.kwargs["pk"]))

    def page_url(self) -> str:
        """Its page."""
        return reverse("groups:handover", args=[self.kwargs["pk"]])

    def error_url(self) -> str:
        """A refused action leads back to it."""
        return self.page_url()


class HandoverView(TemplatePage, OneHandover):
    """One handover: what moves, which steps are done, what is next."""

    permission = "groups.handover"
    template_name = "groups/handover/handover.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Items (to those who may see them) and steps with what this person may do."""
        row, now = self.handover(), timezone.now()
        shown = []
        for step in selectors.steps_of(row):
            may = step.done_at is None and row.status == "open" and allows(self.actor, "groups.handover_step", step)
            shown.append(
                {
                    "row": step,
                    "label": selectors.STEP_LABELS[step.key],
                    "hint": selectors.STEP_HINTS.get(step.key, ""),
                    "may": may and (step.key == "briefing" or row.effective_at <= now),
                    "late": step.done_at is None and step.due_at < now and row.status == "open",
                    "form": StepForm(key=step.key) if may else None,
                }
            )
        return {
            "handover": row,
            "places": selectors.places_of(row),
            "steps": shown,
            "sees_draft": sees_whole_ward(self.actor),
            "may_announce": any(one["may"] and one["row"].key == "announcement" for one in shown)
            and allows(self.actor, "broadcasts.write"),
            "done": sum(1 for one in shown if one["row"].done_at),
            "kinds": selectors.items_by_kind(row) if selectors.shows_items(self.actor, row) else None,
            "effective": row.effective_at <= now,
            "may_close": allows(self.actor, "groups.handover_close", row),
            "now": now,
        }


class StepView(FormPage):
    """Tick one step with what it needs."""

    permission = "groups.handover_step"
    form_class = StepForm
    template_name = "groups/handover/step_form.html"
    success_message = gettext_lazy("The step is done.")

    def step(self) -> Any:
        """The step, or 404."""
        return self.found(selectors.step(self.actor, self.kwargs["step_id"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """What this step asks for."""
        return {"key": self.step().key}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The step in words."""
        step = self.step()
        return {
            "step": step,
            "handover": step.handover,
            "label": selectors.STEP_LABELS[step.key],
            "hint": selectors.STEP_HINTS.get(step.key, ""),
        }

    def carry_out(self, form: StepForm) -> Any:
        """One service call."""
        picture = form.cleaned_data.get("picture")
        return steps.do_step(
            actor=self.actor,
            step=self.step(),
            note=form.cleaned_data["note"],
            picture=picture.read() if picture else None,
        )

    def success_url(self, result: Any) -> str:
        """The handover."""
        return reverse("groups:handover", args=[result.handover_id])


class StepPictureView(PortalView):
    """The proof picture of a step."""

    permission = "groups.handover"

    def get(self, request: HttpRequest, step_id: int) -> HttpResponse:
        """The stored copy; the giver no longer sees it once the area is not theirs."""
        step = self.found(selectors.step(self.actor, step_id))
        self.found(step.evidence if selectors.shows_items(self.actor, step.handover) and step.evidence else None)
        return HttpResponse(files.read(step.evidence, ward_id=step.ward_id), content_type="image/jpeg")


class MinutesMakeView(OneHandover):
    """Give the minutes their number and download them."""

    permission = "groups.handover_step"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Number them once."""
        steps.number_minutes(actor=self.actor, handover=self.handover())
        messages.success(request, _("The minutes have their number. Download, print, read out and sign them."))
        return redirect(self.page_url())


class MinutesView(OneHandover):
    """The minutes as a file."""

    permission = "groups.handover"

    def get(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """A Word or PDF file; before they are numbered there are none."""
        row = self.handover()
        self.found(row.minutes_number)
        self.found(True if selectors.shows_items(self.actor, row) else None)
        document = handover_minutes(self.actor, row)
        if kind == "pdf":
            content, content_type = to_pdf(document, settings.DOCUMENT_FONTS), "application/pdf"
        else:
            content, content_type = to_docx(document), DOCX_TYPE
        response = HttpResponse(content, content_type=content_type)
        response.headers["Content-Disposition"] = (
            f'attachment; filename="bien-ban-ban-giao-{row.minutes_number:02d}.{kind}"'
        )
        return response


class CloseView(OneHandover):
    """Close a finished handover."""

    permission = "groups.handover_close"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close, or say what is missing."""
        steps.close(actor=self.actor, handover=self.handover())
        messages.success(request, _("The handover is closed."))
        return redirect(self.page_url())


class TakeBackView(FormPage, OneHandover):
    """Take a plan back before it is in effect."""

    permission = "groups.handover_close"
    form_class = ReasonForm
    template_name = "groups/handover/take_back_form.html"
    success_message = gettext_lazy("The plan is taken back. Everything is as before it.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The handover."""
        row = self.handover()
        require(self.actor, self.permission, row)
        return {"handover": row, "places": selectors.places_of(row)}

    def carry_out(self, form: ReasonForm) -> Any:
        """One service call."""
        return services.take_back(actor=self.actor, handover=self.handover(), reason=form.cleaned_data["reason"])

    def success_url(self, result: Any) -> str:
        """Its page."""
        return self.page_url()

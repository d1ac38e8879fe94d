"""Pages of the audit trail."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.filters import TrailFilter
from accounts.forms import PurposeForm
from accounts.selectors import trail
from accounts.services.trail import anchor_to_print, export_trail, note_reading
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes
from vikhe_portal.core.views import FilteredListView, FormPage, TemplatePage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TrailView(FilteredListView):
    """Who looked at what."""

    permission = "audit.read"
    filterset_class = TrailFilter
    template_name = "accounts/trail.html"
    results_template_name = "accounts/_trail_results.html"

    def get_queryset(self) -> Any:
        """What the actor may know of."""
        return trail.trail_of(self.actor)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page's lines in words; reading is itself recorded, before the lines are read."""
        names = [name for name in TrailFilter.base_filters if any(key.startswith(name) for key in self.request.GET)]
        context = super().get_context_data(**kwargs)
        context["lines"] = trail.in_words(context["page_obj"].object_list)
        context["url"] = reverse("accounts:trail")
        note_reading(actor=self.actor, narrowed_by=names)
        return context


class TrailExportView(FormPage):
    """Take the lines out as a file, with a purpose."""

    permission = "audit.export"
    form_class = PurposeForm
    template_name = "accounts/trail_export.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """How many lines the filter in the address leaves."""
        return {"count": self.rows().count()}

    def rows(self) -> Any:
        """The lines the address asks for."""
        return TrailFilter(self.request.GET, queryset=trail.trail_of(self.actor), request=self.request).qs

    def carry_out(self, form: PurposeForm) -> HttpResponse:
        """One service call, then the file."""
        lines = export_trail(actor=self.actor, rows=self.rows(), purpose=form.cleaned_data["purpose"])
        portal = _now("the portal itself")
        sheet = Sheet(
            _now("Audit trail"),
            [str(heading) for heading in HEADINGS],
            [
                (line.at, line.who or portal, line.action, line.thing, line.reason, line.fields, line.address)
                for line in lines
            ],
        )
        name = f"nhat-ky-{timezone.localdate():%Y%m%d}.xlsx"
        answer = HttpResponse(xlsx_bytes([sheet]), content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


HEADINGS = (
    _("Time"),
    _("Who"),
    _("Action"),
    _("Object"),
    _("Reason"),
    _("Changed fields"),
    _("Network address"),
)


class AnchorView(TemplatePage):
    """A page to print and lay in the safe: the head of the ward's chain."""

    permission = "audit.anchor"
    template_name = "accounts/trail_anchor.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """One service call; showing it is recorded."""
        return anchor_to_print(actor=self.actor)

"""Doors of the imports: upload, preview, columns, confirm, progress, cancel, try again, problems."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.forms.rosters import ColumnsForm, ConfirmForm, UploadForm
from groups.selectors import imports as selectors
from groups.services import exports
from groups.services.imports import lifecycle, undo
from groups.services.imports.plan import load
from groups.views.rosters import TYPES
from vikhe_portal.core.views import FormPage, PortalView

SHOWN = 100


class ImportListView(FormPage):
    """Upload a file; the imports so far."""

    permission = "rosters.import"
    form_class = UploadForm
    template_name = "groups/rosters/import_list.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Choices are the ward's own."""
        return {"actor": self.actor}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The latest imports."""
        return {"imports": selectors.imports_for_list(self.actor)[:20]}

    def carry_out(self, form: UploadForm) -> Any:
        """Keep the file and have it read."""
        file = form.cleaned_data["file"]
        return lifecycle.start_import(
            actor=self.actor,
            content=file.read(),
            filename=file.name,
            neighbourhood=form.cleaned_data["neighbourhood"],
        )

    def success_url(self, result: Any) -> str:
        """To the import."""
        return reverse("groups:import", args=[result.pk])


class ImportView(FormPage):
    """One import: progress while a worker has it, the preview to confirm, the result."""

    permission = "rosters.import"
    form_class = ConfirmForm
    template_name = "groups/rosters/import.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or its state alone when the progress asks."""
        form = self.get_form()
        if request.htmx:  # type: ignore[attr-defined]  # set by django_htmx
            context = {"view": self, "form": form, **self.get_context(**kwargs)}
            return render(request, "groups/rosters/_import_state.html", context)
        return self.page(form)

    def row(self) -> Any:
        """The import, or 404."""
        return self.found(selectors.one_import(self.actor, self.kwargs["pk"]))

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Counts, and the preview in words while it exists."""
        row = self.row()
        context: dict[str, Any] = {"row": row, "busy": row.status in ("reading", "saving"), "counts": row.counts}
        if row.counts:
            found = row.counts
            context["sum"] = {
                "created": found["people_new"] + found.get("children_new", 0),
                "updated": found["people_changed"],
                "unchanged": found["people_unchanged"] + found["children"] - found.get("children_new", 0),
            }
        if row.preview and row.status in ("preview", "saved", "failed"):
            preview = load(row.preview, ward_id=row.ward_id)
            problems = selectors.problems_in_words(preview)
            context |= {
                "preview": preview,
                "problems": problems[:SHOWN],
                "problem_count": len(problems),
                "ignored": selectors.ignored_in_words(preview),
                "changes": selectors.changes_in_words(preview)[:SHOWN],
                "new": preview["new"][:20],
            }
        context["can_undo"] = row.status == "saved" and undo.can_undo(actor=self.actor, row=row)
        return context

    def carry_out(self, form: ConfirmForm) -> Any:
        """Confirm."""
        return lifecycle.confirm_import(actor=self.actor, row=self.row(), legal_basis=form.cleaned_data["legal_basis"])

    def success_url(self, result: Any) -> str:
        """Stay and watch the progress."""
        return reverse("groups:import", args=[result.pk])


class ImportActionView(PortalView):
    """Cancel, try again, undo."""

    permission = "rosters.import"

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Call the one service."""
        row = self.found(selectors.one_import(self.actor, pk))
        if action == "huy":
            lifecycle.cancel_import(actor=self.actor, row=row)
            messages.success(request, _("Cancelled: nothing of this file is saved."))
        elif action == "thu-lai":
            lifecycle.retry_import(actor=self.actor, row=row)
        else:
            undo.undo_import(actor=self.actor, row=row)
            messages.success(request, _("The import is undone: the roster is as it was before."))
        return redirect("groups:import", pk=pk)

    def error_url(self) -> str:
        """Back to the import."""
        return reverse("groups:import", args=[self.kwargs["pk"]])


class ImportColumnsView(FormPage):
    """Say what the columns of the first sheet hold, with a few of their values beside each."""

    permission = "rosters.import"
    form_class = ColumnsForm
    template_name = "groups/rosters/import_columns.html"

    def plan(self) -> tuple[Any, dict[str, Any], str]:
        """The import, its preview and the sheet whose columns are asked about."""
        row = self.found(selectors.one_import(self.actor, self.kwargs["pk"]))
        if row.status != "preview" or not row.preview:
            self.found(None)
        preview = load(row.preview, ward_id=row.ward_id)
        sheet = preview["columns"][0]["sheet"] if preview["columns"] else ""
        return row, preview, sheet

    def get_form_kwargs(self) -> dict[str, Any]:
        """The columns of that sheet."""
        _row, preview, sheet = self.plan()
        return {"columns": [column for column in preview["columns"] if column["sheet"] == sheet]}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The import."""
        row, preview, sheet = self.plan()
        return {"row": row, "sheet": sheet, "unsure": preview["unsure"]}

    def carry_out(self, form: ColumnsForm) -> Any:
        """Read again with the chosen columns."""
        row, _preview, sheet = self.plan()
        held = row.mapping["sheets"][sheet]
        return lifecycle.choose_columns(actor=self.actor, row=row, sheet=sheet, mapping=form.mapping(held))

    def success_url(self, result: Any) -> str:
        """Back to the preview."""
        return reverse("groups:import", args=[result.pk])


class ImportProblemsView(PortalView):
    """The uploaded sheet with a column of problems."""

    permission = "rosters.import"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the file."""
        row = self.found(selectors.one_import(self.actor, pk))
        response = HttpResponse(exports.problems_sheet(actor=self.actor, row=row), content_type=TYPES["xlsx"])
        response.headers["Content-Disposition"] = f'attachment; filename="loi-{row.pk}.xlsx"'
        return response

    def error_url(self) -> str:
        """Back to the import."""
        return reverse("groups:import", args=[self.kwargs["pk"]])

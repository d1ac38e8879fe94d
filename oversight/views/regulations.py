"""The regulation of the groups: versions, one version, publishing, acknowledging."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.forms.rooms import RegulationForm
from oversight.selectors import regulations as reads
from oversight.services import regulations as services
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


class RegulationListView(TemplatePage):
    """All versions."""

    permission = "regulations.list"
    template_name = "oversight/regulation_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The versions and how many must acknowledge."""
        return {"regulations": reads.regulations(self.actor), "bound": reads.bound_people(self.actor).count()}


class RegulationView(TemplatePage):
    """One version."""

    permission = "regulations.list"
    template_name = "oversight/regulation.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Text, what changed, own acknowledgement, and who is missing for those who follow it."""
        row = self.found(reads.regulation(self.actor, self.kwargs["pk"]))
        latest = reads.latest(self.actor)
        follows = allows(self.actor, "regulations.follow")
        return {
            "regulation": row,
            "differences": reads.differences(row),
            "binds": latest is not None and latest.pk == row.pk,
            "done": reads.has_acknowledged(self.actor, row),
            "follows": follows,
            "missing": reads.missing(self.actor, row) if follows else [],
        }


class RegulationPublishView(FormPage):
    """Publish a version."""

    permission = "regulations.publish"
    form_class = RegulationForm
    template_name = "oversight/form.html"
    success_message = gettext_lazy("Published. Every leader and deputy has been told.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The version before, or the starting text."""
        before = reads.latest(self.actor)
        title = before.title if before else _("Regulation of the security groups on Zalo")
        return {"initial": {"title": title, "text": before.text if before else reads.STARTING_TEXT}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {
            "title": _("New version of the regulation"),
            "lead": _("A published version is never edited. Leaders and deputies acknowledge each version."),
            "label": _("Publish"),
            "back": reverse("oversight:regulations"),
        }

    def carry_out(self, form: Any) -> Any:
        """Publish."""
        return services.publish_regulation(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The version."""
        return reverse("oversight:regulation", args=[result.pk])


class AcknowledgeView(PortalView):
    """Acknowledge a version."""

    permission = "regulations.acknowledge"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Acknowledge."""
        services.acknowledge(actor=self.actor, regulation=self.found(reads.regulation(self.actor, pk)))
        messages.success(request, _("Noted. Thank you for keeping the regulation."))
        return redirect("oversight:regulation", pk)

    def error_url(self) -> str:
        """The version."""
        return reverse("oversight:regulation", args=[self.kwargs["pk"]])

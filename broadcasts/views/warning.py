"""One press from a confirmed fake to the draft of a warning."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from broadcasts.services import warning
from groups.selectors import fakes
from vikhe_portal.core.views import PortalView


class FakeWarningView(PortalView):
    """Write the draft and open it for editing."""

    permission = "broadcasts.write"

    def post(self, request: HttpRequest, fake_id: int) -> HttpResponse:
        """Write it."""
        row = self.found(fakes.fake(self.actor, fake_id))
        draft = warning.draft_warning(actor=self.actor, fake=row)
        return redirect(reverse("broadcasts:edit", args=[draft.uuid]))

    def error_url(self) -> str:
        """The register's entry."""
        return reverse("groups:fake", args=[self.kwargs["fake_id"]])

"""One press from a handover to the draft that tells its groups."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from broadcasts.services import announcing
from groups.selectors import handover as selectors
from vikhe_portal.core.views import PortalView


class AnnouncementView(PortalView):
    """Write the draft and open it for editing."""

    permission = "groups.handover_step"

    def post(self, request: HttpRequest, handover_id: int) -> HttpResponse:
        """Write it."""
        row = self.found(selectors.handover(self.actor, handover_id))
        draft = announcing.draft_announcement(actor=self.actor, handover=row)
        return redirect(reverse("broadcasts:edit", args=[draft.uuid]))

    def error_url(self) -> str:
        """The handover."""
        return reverse("groups:handover", args=[self.kwargs["handover_id"]])

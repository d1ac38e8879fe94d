"""Doors of the accounts app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.middleware import SESSION_WARD
from vikhe_portal.core.views import PortalView


class ChooseWardView(PortalView):
    """Switch to another ward in which the person holds a post."""

    permission = "accounts.home"

    def post(self, request: HttpRequest, ward_id: int) -> HttpResponse:
        """Remember the choice; the middleware ignores wards without a post."""
        request.session[SESSION_WARD] = ward_id
        return redirect("/")

"""Whether the portal is up: for the process manager and the monitor. Says nothing about data."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse

from vikhe_portal.core.views import PublicView


class HealthView(PublicView):
    """200 with "ok" when the database answers."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask the database for one."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("ok", content_type="text/plain")

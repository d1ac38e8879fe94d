"""The request's reference: shown on the 500 page, kept in the audit trail, written to the log."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from vikhe_portal.core import context
from vikhe_portal.core.errors import bad_request


class RequestIdMiddleware:
    """Gives each request a reference and marks answers for signed-in people as not to be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]  # Django requests are open objects
        with context.acting_from(context.Origin(source="web", request_id=request.request_id)):  # type: ignore[attr-defined]
            # No page has a use for it, and PostgreSQL takes none in a text.
            if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
                response = bad_request(request, BadRequest())
            else:
                response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        elif getattr(request, "actor", None) is not None and "no-store" not in response["Cache-Control"]:
            response["Cache-Control"] = (
                "no-store, private"  # a shared office machine keeps nothing, whatever a page said
            )
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = (
            "accelerometer=(), autoplay=(), camera=(self), geolocation=(), gyroscope=(), microphone=(self), "
            "payment=(), usb=(), interest-cohort=()"
        )
        return response

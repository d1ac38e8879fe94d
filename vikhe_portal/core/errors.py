"""Refusals that a person can act on, and the pages shown when something is refused or fails."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


class DomainError(Exception):
    """A rule of the field says no. The message is a translated sentence that tells the person what to do next.

    `field` names the form field the refusal belongs to, or is empty when it concerns the whole action.
    """

    def __init__(self, message: Any, *, field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code


class Refused(PermissionDenied):
    """The actor may not do this. Turned into the 403 page."""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for an expired or missing form token: the typed text is still behind the browser's back button."""
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 page, rendered without the request like the 500 page."""
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page; it says nothing about whether the thing exists elsewhere."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page. Rendered without the request, so that it needs no database; shows the request's reference."""
    reference = getattr(request, "request_id", "")
    return HttpResponse(render_to_string("500.html", {"request_id": reference}), status=500)

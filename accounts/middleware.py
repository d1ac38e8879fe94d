"""The scope of a request: the person's posts today, their ward, one transaction around view and rendering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import selectors
from vikhe_portal.core import context
from vikhe_portal.core.scope import ACTOR, WARD, set_values

# Until a person has chosen a password of their own, only these pages answer.
OPEN_BEFORE_OWN_PASSWORD = ("/tai-khoan/mat-khau/", "/tai-khoan/dang-xuat/", "/static/", "/suc-khoe/")


class ActorScopeMiddleware:
    """Opens the transaction of the request, finds who acts and sets the ward scope; rolls back when the page failed.

    The ward comes from the person's posts, chosen among them by the session, never from the address or a header.
    Signed-out requests get no scope: public pages open exactly one row through its token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]  # Django requests are open objects
        request.failed = False  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        with transaction.atomic():
            set_values({WARD: "", ACTOR: str(request.user.pk)})
            posts = selectors.posts_today(request.user)
            wards = list(dict.fromkeys(post.ward_id for post in posts))
            chosen = request.session.get(selectors.SESSION_WARD)
            ward_id = chosen if chosen in wards else (wards[0] if wards else 0)
            if request.user.must_change_password and not request.path.startswith(OPEN_BEFORE_OWN_PASSWORD):
                return redirect("account_change_password")
            request.actor = selectors.actor_of(request.user, posts, ward_id)  # type: ignore[attr-defined]
            request.ward = next((post.ward for post in posts if post.ward_id == ward_id), None)  # type: ignore[attr-defined]
            request.other_wards = [post.ward for post in posts if post.ward_id != ward_id]  # type: ignore[attr-defined]
            set_values({WARD: str(ward_id) if ward_id else ""})
            origin = replace(context.current(), address=request.META.get("REMOTE_ADDR", ""))
            with context.acting_from(origin):
                response = self.get_response(request)
            if request.failed or response.status_code >= 500:  # type: ignore[attr-defined]
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A view that raised leaves nothing half-saved, whatever status the error page has."""
        request.failed = True  # type: ignore[attr-defined]

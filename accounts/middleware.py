"""The scope of a request: the person's posts today, their ward, one transaction around view and rendering; and the
gates in front of the pages: the day's limit, the idle lock, the first password, the second factor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import selectors
from accounts.services import passkeys
from accounts.services.sign_in import began_at, seen_at, seen_now
from vikhe_portal.core import context
from vikhe_portal.core.scope import ACTOR, WARD, set_values

ALWAYS_OPEN = ("/tai-khoan/dang-xuat/", "/static/", "/suc-khoe/")
# Until a person has chosen a password of their own, only these pages answer.
OPEN_BEFORE_OWN_PASSWORD = ("/tai-khoan/mat-khau/", *ALWAYS_OPEN)
# Until a person whose posts demand it has set up a second factor, only these pages answer.
OPEN_BEFORE_FACTOR = ("/tai-khoan/xac-thuc/", "/tai-khoan/xac-nhan/", "/tai-khoan/mat-khau/", *ALWAYS_OPEN)
OPEN_WHILE_LOCKED = ("/tai-khoan/khoa/", *ALWAYS_OPEN)

STAMP_EVERY = 30  # seconds between two writes of the moment of the last activity
UNATTENDED = "X-Unattended"  # a page refreshing itself is no activity of a person
UNLOCK_FIELD, UNLOCK_KEY = "unlock_password", "unlock_credential"
HIDDEN = (UNLOCK_FIELD, UNLOCK_KEY)  # not sent on to the page


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
            request.actor = selectors.actor_of(request.user, posts, ward_id)  # type: ignore[attr-defined]
            request.ward = next((post.ward for post in posts if post.ward_id == ward_id), None)  # type: ignore[attr-defined]
            request.other_wards = [post.ward for post in posts if post.ward_id != ward_id]  # type: ignore[attr-defined]
            set_values({WARD: str(ward_id) if ward_id else ""})
            address = get_adapter(request).get_client_ip(request)
            with context.acting_from(replace(context.current(), address=address)):
                kinds = {post.kind for post in posts}
                request.idle_seconds = selectors.idle_limit(kinds)  # type: ignore[attr-defined]
                response = self._stopped(request, kinds, address) or self.get_response(request)
            if request.failed or response.status_code >= 500:  # type: ignore[attr-defined]
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A view that raised leaves nothing half-saved, whatever status the error page has."""
        request.failed = True  # type: ignore[attr-defined]

    def _stopped(self, request: HttpRequest, kinds: set[str], address: str) -> HttpResponse | None:
        """The answer of the first gate that is shut, or None. Posts in all wards count."""
        return (
            _day_is_over(request)
            or _idle(request, kinds)
            or _first_password(request)
            or _second_factor(request, kinds, address)
        )


def _day_is_over(request: HttpRequest) -> HttpResponse | None:
    if time.time() - began_at(request.session, request.user) <= settings.SESSION_ABSOLUTE_SECONDS:  # type: ignore[arg-type]  # signed in
        return None
    logout(request)
    return _away(request, f"{reverse('account_login')}?{urlencode({'next': request.path})}")


def _idle(request: HttpRequest, kinds: set[str]) -> HttpResponse | None:
    if request.path.startswith(OPEN_WHILE_LOCKED):
        return None
    idle = time.time() - seen_at(request.session, request.user)  # type: ignore[arg-type]  # signed in
    if idle <= selectors.idle_limit(kinds):
        if idle > STAMP_EVERY and UNATTENDED not in request.headers:
            seen_now(request.session)
        return None
    if request.headers.get("HX-Request"):
        # Nothing is swapped; the page covers itself and keeps what was typed.
        return HttpResponse(status=204, headers={"HX-Trigger": "portalLock"})
    if request.method != "POST":
        return redirect(f"{reverse('accounts:lock')}?{urlencode({'next': request.get_full_path()})}")
    wrong = ""
    if answer := request.POST.get(UNLOCK_KEY):
        if passkeys.answered(request.user, _json(answer)):  # type: ignore[arg-type]  # signed in
            seen_now(request.session)
            return None
        wrong = _("The passkey was not recognised. Try again.")
    elif password := request.POST.get(UNLOCK_FIELD):
        try:
            if get_adapter(request).reauthenticate(request.user, password):
                seen_now(request.session)
                return None
            wrong = _("The password is not right.")
        except ValidationError as error:  # locked after too many
            wrong = " ".join(error.messages)
    # What was typed travels with the page and is sent on by the password: it is stored nowhere. The form's own token
    # goes along instead of a fresh one, so that a strange page gains nothing by posting here.
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in HIDDEN]
    return render(
        request,
        "accounts/lock_form.html",
        {
            "typed": typed,
            "files": bool(request.FILES),
            "wrong": wrong,
            "field": UNLOCK_FIELD,
            "key": UNLOCK_KEY,
            "asked": passkeys.ask(request.user),  # type: ignore[arg-type]  # signed in
        },
        status=423,
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first_password(request: HttpRequest) -> HttpResponse | None:
    if not request.user.must_change_password or request.path.startswith(OPEN_BEFORE_OWN_PASSWORD):  # type: ignore[union-attr]  # signed in
        return None
    return _away(request, reverse("account_change_password"))


def _second_factor(request: HttpRequest, kinds: set[str], address: str) -> HttpResponse | None:
    if request.path.startswith(OPEN_BEFORE_FACTOR) or not selectors.needs_second_factor(kinds, address):
        return None
    if selectors.has_second_factor(request.user.pk):  # type: ignore[arg-type]  # signed in
        return None
    return _away(request, reverse("mfa_index"))


def _away(request: HttpRequest, address: str) -> HttpResponse:
    """Send the person to another page, also from inside an htmx request."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)

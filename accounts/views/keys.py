"""A passkey at the office: the code a superior shows, and what the person's own phone opens by it."""

from __future__ import annotations

from typing import Any

import segno
from allauth.account.models import Login
from allauth.mfa.webauthn.internal import auth, flows
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import selectors
from accounts.forms import NewKeyForm
from accounts.services import passkeys
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import PortalView, PublicView


class InviteView(PortalView):
    """Show the code once."""

    permission = "accounts.manage"

    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """The code is in this one answer and nowhere else."""
        user = self.found(selectors.staff_member(self.actor, user_id))
        row, token = passkeys.invite(actor=self.actor, user=user)
        address = request.build_absolute_uri(reverse("accounts:key-accept", args=[token]))
        code = segno.make(address, error="m").svg_data_uri(scale=6, border=4, dark="#111111", light="#ffffff")
        return render(request, "accounts/key_invite.html", {"person": user, "row": row, "code": code})

    def error_url(self) -> str:
        """Back to the person."""
        return reverse("accounts:staff-member", args=[self.kwargs["user_id"]])


class AcceptView(PublicView):
    """What the phone opens: who it is for, one button; the new passkey signs in at once."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The button, or that the code is over."""
        return self._page(request, token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Keep the passkey and sign in."""
        found = passkeys.invited(token)
        if found is None:
            return self._page(request, token)
        form = NewKeyForm(data=request.POST, user=found.user)
        if not form.is_valid():
            return self._page(request, token, wrong=True)
        try:
            key = passkeys.accept(token=token, **form.cleaned_data)
        except DomainError as refusal:
            return self._page(request, token, refusal=str(refusal.message))
        return flows.perform_passwordless_login(request, key, Login(user=key.user, redirect_url="/"))

    def _page(self, request: HttpRequest, token: str, **said: Any) -> HttpResponse:
        found = passkeys.invited(token)
        context: dict[str, Any] = dict(said)
        if found is not None:
            context |= {
                "person": found.user,
                "form": NewKeyForm(user=found.user),
                "js_data": {"creation_options": auth.begin_registration(found.user, passwordless=True)},
            }
        status = 404 if found is None else 422 if said else 200
        response = render(request, "accounts/key_accept.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

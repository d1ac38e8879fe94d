"""Doors around signing in: the idle lock, and what a superior does about a person's sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.forms import ReasonForm, UnlockForm
from accounts.services import passkeys, sign_in
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import ButtonView, FormPage, PortalView


class SignOutView(LogoutView):
    """Sign out, and have the browser of a shared machine forget what it kept."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session."""
        response = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class LockView(FormPage):
    """The page behind which an idle session waits for its password."""

    permission = "accounts.home"
    form_class = UnlockForm
    template_name = "accounts/lock.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page; for the cover of a page, what to ask the passkey for."""
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(passkeys.ask(self.actor.user) or {})
        return super().get(request, *args, **kwargs)

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """What to ask the passkey for, if there is one."""
        return {"asked": passkeys.ask(self.actor.user)}

    def carry_out(self, form: UnlockForm) -> HttpResponse:
        """Check the passkey's answer, or the password against the ledger of wrong ones like any sign-in."""
        if credential := form.cleaned_data.get("credential"):
            if not passkeys.answered(self.actor.user, credential):
                raise DomainError(_now("The passkey was not recognised. Try again."), field="password")
        else:
            self._check_password(form.cleaned_data["password"])
        sign_in.seen_now(self.request.session)
        return self._opened()

    def _check_password(self, password: str) -> None:
        try:
            right = get_adapter(self.request).reauthenticate(self.request.user, password)
        except ValidationError as error:
            raise DomainError(" ".join(error.messages), field="password") from error
        if not right:
            raise DomainError(_now("The password is not right."), field="password")

    def _opened(self) -> HttpResponse:
        if self.request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(status=204)
        wanted = self.request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, self.request.is_secure())
        return HttpResponseRedirect(wanted if safe else "/")  # an address, never the name of a page


class StillHereView(PortalView):
    """A page in which somebody types asks here now and then, so that the session does not fall asleep meanwhile."""

    permission = "accounts.home"

    def post(self, request: HttpRequest) -> HttpResponse:
        """The middleware has noted the activity."""
        return HttpResponse(status=204)


class _PersonAction(ButtonView):
    """One button on a person's page."""

    permission = "accounts.manage"

    def find(self) -> Any:
        """The person of this ward."""
        return selectors.staff_member(self.actor, self.kwargs["user_id"])

    def error_url(self) -> str:
        """Back to the person."""
        return reverse("accounts:staff-member", args=[self.kwargs["user_id"]])


class UnlockView(_PersonAction):
    """Let a person try again at once after wrong passwords."""

    message = _("Unlocked. The person can sign in at once.")

    def act(self, row: Any) -> None:
        """Unlock."""
        sign_in.unlock(actor=self.actor, user=row)


class ReactivateView(_PersonAction):
    """Switch an account on again."""

    message = _("The account is switched on again. Password and second factor are as before.")

    def act(self, row: Any) -> None:
        """Switch on."""
        sign_in.reactivate(actor=self.actor, user=row)


class _PersonForm(FormPage):
    """A step on a person's page that needs a reason."""

    form_class = ReasonForm
    template_name = "accounts/person_step.html"

    def person(self) -> Any:
        """The person of this ward, or 404."""
        return self.found(selectors.staff_member(self.actor, self.kwargs["user_id"]))

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The person and the words of the step."""
        return {"person": self.person()}

    def success_url(self, result: Any) -> str:
        """Back to the person."""
        return reverse("accounts:staff-member", args=[self.kwargs["user_id"]])


class SwitchOffView(_PersonForm):
    """Switch an account off at once."""

    permission = "accounts.manage"
    title = _("Switch the account off")
    lead = _("The person is signed out on every device at once. Posts and records stay as they are.")
    label = _("Switch off")
    success_message = _("The account is switched off.")

    def carry_out(self, form: ReasonForm) -> None:
        """One service call."""
        sign_in.switch_off(actor=self.actor, user=self.person(), reason=form.cleaned_data["reason"])


class ResetFactorView(_PersonForm):
    """Remove a lost second factor."""

    permission = "accounts.reset_factor"
    title = _("Reset the second factor")
    lead = _(
        "Only after you have seen the person or called them on a number you know. The person is signed out everywhere "
        "and sets up a new second factor after the next sign-in; the managers get a notice."
    )
    label = _("Reset")
    success_message = _("The second factor is removed. The person sets up a new one at the next sign-in.")

    def carry_out(self, form: ReasonForm) -> None:
        """One service call."""
        sign_in.reset_second_factor(actor=self.actor, user=self.person(), reason=form.cleaned_data["reason"])

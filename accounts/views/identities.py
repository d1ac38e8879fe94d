"""Pages on reporters' identities: the ward's decision, and one's own key."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.forms import IdentityDecisionForm, PassphraseForm, PublicKeyForm, ReasonForm
from accounts.selectors import identities as reads
from accounts.services import identities
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import ButtonView, FormPage, TemplatePage


class IdentitiesView(TemplatePage):
    """How the ward treats identities, what waits, what was decided before."""

    permission = "accounts.identities"
    template_name = "accounts/identities.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """State and history."""
        return {**reads.identity_state(self.actor), "own_id": self.actor.id}


class _Step(FormPage):
    """A form that leads back to the page on identities."""

    template_name = "accounts/identity_step.html"

    def success_url(self, result: Any) -> str:
        """Back to the page."""
        return reverse("accounts:identities")


class ProposeView(_Step):
    """Enter a written decision."""

    permission = "accounts.identity_propose"
    form_class = IdentityDecisionForm
    title = _("Enter a decision on reporters' identities")
    lead = _("It takes effect when the committee head has compared it with the paper and confirmed it.")
    label = _("Send for confirmation")
    tone = "btn-primary"
    success_message = _("Entered. The committee head has been told; nothing changes until it is confirmed.")

    def carry_out(self, form: IdentityDecisionForm) -> Any:
        """One service call."""
        return identities.propose_mode(actor=self.actor, **form.cleaned_data)


class StopView(_Step):
    """Go back to taking no identities."""

    permission = "accounts.identities"
    form_class = ReasonForm
    title = _("Take no identities any more")
    lead = _(
        "From this moment the forms ask for no name and no telephone. What was sealed before stays sealed and is not"
        " opened. Going back takes a written decision again."
    )
    label = _("Stop now")
    tone = "btn-danger"
    success_message = _("The ward takes no identities any more.")

    def carry_out(self, form: ReasonForm) -> Any:
        """One service call."""
        return identities.stop_identities(actor=self.actor, reason=form.cleaned_data["reason"])


class _Decide(ButtonView):
    """One button on a waiting decision."""

    def find(self) -> Any:
        """The decision of this ward."""
        return reads.decision_of_ward(self.actor, self.kwargs["pk"])

    def error_url(self) -> str:
        """Back to the page."""
        return reverse("accounts:identities")


class ConfirmView(_Decide):
    """Confirm what another person entered."""

    permission = "accounts.identity_confirm"
    message = _("Confirmed. It holds from this moment.")

    def act(self, row: Any) -> None:
        """Confirm."""
        identities.confirm_mode(actor=self.actor, pk=row.pk)


class DropView(_Decide):
    """Refuse a waiting decision, or take it back."""

    permission = "accounts.identities"
    message = _("The decision was dropped. Nothing has changed.")

    def act(self, row: Any) -> None:
        """Drop."""
        identities.drop_proposal(actor=self.actor, pk=row.pk)


class SealingKeyView(FormPage):
    """Make or replace one's own key; where keys stay off the network, enter its public half."""

    permission = "accounts.sealing_key"
    template_name = "accounts/sealing_key.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for the password or a passkey again: an open session alone must not change what names are sealed to.

        What was typed is not kept over that: a passphrase may not lie in a session.
        """
        if request.user.is_authenticated and not did_recently_reauthenticate(request) and self.allowed():
            again = urlencode({"next": request.path})
            return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{again}")
        return super().dispatch(request, *args, **kwargs)

    def allowed(self) -> bool:
        """Whether the page is the person's at all; others are refused before they are asked anything."""
        return allows(self.actor, self.permission)

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """Which form depends on how the ward treats identities."""
        offline = reads.own_key(self.actor)["offline"]
        return PublicKeyForm(data, files) if offline else PassphraseForm(data)

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The key held now."""
        return reads.own_key(self.actor)

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        if isinstance(form, PublicKeyForm):
            return identities.enter_public_key(actor=self.actor, public_key=form.cleaned_data["public_key"])
        return identities.make_sealing_key(
            actor=self.actor, user=self.actor.user, passphrase=form.cleaned_data["passphrase"]
        )

    success_message = _("Done. This is your key from now on. Compare its fingerprint.")

    def success_url(self, result: Any) -> str:
        """The same page."""
        return reverse("accounts:sealing-key")

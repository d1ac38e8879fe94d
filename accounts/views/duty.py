"""Pages of the duty roster, and the button “I take it” of an alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.forms import AlertMinutesForm, RosterForm, ShiftNoteForm, ShiftPersonForm
from accounts.selectors import duty
from accounts.services import alerts
from accounts.services import duty as services
from vikhe_portal.core.views import ButtonView, FormPage, PortalView, TemplatePage
from wards.selectors import acknowledge_minutes


class DutyView(TemplatePage):
    """Who is on duty now, who is called after whom, and two weeks of shifts."""

    permission = "duty.view"
    template_name = "accounts/duty.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """From the day in the address, or today, on."""
        now, ward_id = timezone.now(), self.actor.ward_id
        first = _day(self.request.GET.get("tu", "")) or timezone.localdate()
        standing = duty.standing(ward_id, now)
        return {
            "standing": standing,
            "command": duty.standing(ward_id, now, duty.Kind.COMMAND),
            "mine": standing is not None and standing.user_id == self.actor.id,
            "former": duty.before(standing) if standing and standing.user_id == self.actor.id else None,
            "ladder": duty.ladder(self.actor),
            "minutes": acknowledge_minutes(ward_id),
            "days": duty.roster(self.actor, first),
            "earlier": first - timedelta(days=duty.DAYS_SHOWN),
            "later": first + timedelta(days=duty.DAYS_SHOWN),
        }


def _day(text: str) -> Any:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None


class DutyForm(FormPage):
    """A form of the roster, leading back to it."""

    template_name = "accounts/duty_form.html"
    title: Any = ""
    lead: Any = ""
    label: Any = _("Save")

    def success_url(self, result: Any) -> str:
        """The roster."""
        return reverse("accounts:duty")


class LayRosterView(DutyForm):
    """Lay shifts for days on end."""

    permission = "duty.plan"
    form_class = RosterForm
    title = _("Lay the duty roster")
    lead = _("People stand in turn from the first day to the last. Nothing is laid when a shift stands there already.")
    label = _("Lay the shifts")
    success_message = _("The shifts are laid.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Everyone who may stand some kind of shift."""
        today = timezone.localdate()
        return {
            "people": duty.may_stand(self.actor.ward_id),
            "initial": {"kind": "duty", "first": today, "last": today + timedelta(days=6), "hours": 24},
        }

    def carry_out(self, form: RosterForm) -> Any:
        """One service call."""
        return services.lay_roster(
            actor=self.actor, **{**form.cleaned_data, "people": list(form.cleaned_data["people"])}
        )


class OfShift:
    """The shift of the address."""

    actor: Any
    kwargs: dict[str, Any]

    def find(self) -> Any:
        """The shift, or None."""
        return duty.shift(self.actor, self.kwargs["shift_id"])


class ShiftPersonView(OfShift, DutyForm):
    """Put somebody else on a shift."""

    permission = "duty.plan"
    form_class = ShiftPersonForm
    title = _("Change who stands a shift")
    label = _("Change the person")
    success_message = _("The shift is changed; both people are told.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who may stand this kind of shift."""
        return {"people": duty.may_stand(self.actor.ward_id, self.found(self.find()).kind)}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The shift, and whether it may still be taken off."""
        row = self.found(self.find())
        return {"shift": row, "removable": row.held.lower > timezone.now()}

    def carry_out(self, form: ShiftPersonForm) -> Any:
        """One service call."""
        data = form.cleaned_data
        return services.change_person(
            actor=self.actor, shift=self.found(self.find()), user=data["people"], reason=data["reason"]
        )


class ShiftNoteView(OfShift, DutyForm):
    """Leave words for who takes over."""

    permission = "duty.take"
    form_class = ShiftNoteForm
    title = _("Words for who takes over")
    label = _("Leave the words")
    success_message = _("Who takes over sees it on taking over.")

    def find(self) -> Any:
        """One's own shift only."""
        row = super().find()
        return row if row is not None and row.user_id == self.actor.id else None

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was written before."""
        return {"initial": {"note": self.found(self.find()).note}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The shift."""
        return {"shift": self.found(self.find())}

    def carry_out(self, form: ShiftNoteForm) -> Any:
        """One service call."""
        return services.write_note(actor=self.actor, shift=self.found(self.find()), note=form.cleaned_data["note"])


class ShiftButton(OfShift, ButtonView):
    """A button on a shift, leading back to the roster."""

    def error_url(self) -> str:
        """The roster."""
        return reverse("accounts:duty")


class TakeShiftView(ShiftButton):
    """Take over one's shift."""

    permission = "duty.take"
    message = _("You are on duty. Alerts come to you first from now on.")

    def find(self) -> Any:
        """One's own shift only."""
        row = super().find()
        return row if row is not None and row.user_id == self.actor.id else None

    def act(self, row: Any) -> None:
        """One service call."""
        services.take_over(actor=self.actor, shift=row)


class RemoveShiftView(ShiftButton):
    """Take a coming shift off the roster."""

    permission = "duty.plan"
    message = _("The shift is off the roster.")

    def act(self, row: Any) -> None:
        """One service call."""
        services.remove(actor=self.actor, shift=row)


class AlertMinutesView(DutyForm):
    """How long an alert waits for one person."""

    permission = "duty.plan"
    form_class = AlertMinutesForm
    title = _("When alerts go to the next person")
    lead = _("Counted from the moment a person was alerted; whoever presses “I take it” or opens the report stops it.")
    success_message = _("The minutes are set.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The present number."""
        return {"initial": {"minutes": acknowledge_minutes(self.actor.ward_id)}}

    def carry_out(self, form: AlertMinutesForm) -> Any:
        """One service call."""
        return services.set_minutes(actor=self.actor, minutes=form.cleaned_data["minutes"])


class TakeNoticeView(PortalView):
    """“I take it”: nobody else is alerted, and what it is about opens."""

    permission = "accounts.home"

    def post(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """Take it and go there."""
        notice = self.found(selectors.own_notice(self.actor, notice_id))
        return redirect(alerts.take(actor=self.actor, notice=notice).url)

    def error_url(self) -> str:
        """The notices."""
        return reverse("accounts:notices")

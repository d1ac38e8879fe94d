"""Pages for reports of one matter: what may belong together, joining, taking out, splitting."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from tips import selectors
from tips.forms import staff
from tips.services import joining, likeness, reading, receipts
from tips.views.actions import TipStep
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import TemplatePage


class RelatedView(TemplatePage):
    """Reports that may be about the same matter: a part of the page of a tip, drawn after it, or a page of its own.

    A report that was not suggested is named by its code.
    """

    permission = "tips.join"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The suggestions, or the way to the report named."""
        tip = self.found(selectors.readable_tip(self.actor, kwargs["uuid"]))
        require(self.actor, self.permission, tip)
        code = request.GET.get("code", "").strip()
        other = selectors.readable_by_code(self.actor, code) if code else None
        if other is not None and other.pk != tip.pk:
            return redirect("tips:join", uuid=tip.uuid, other=other.uuid)
        context = {"tip": tip, "code": code, "related": likeness.related_to(actor=self.actor, tip=tip)}
        part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]  # set by django_htmx
        response = render(request, "tips/_related.html" if part else "tips/related.html", context)
        patch_vary_headers(response, ["HX-Request"])
        return response


class JoinView(TipStep):
    """Two reports side by side; the person chooses which one goes on."""

    permission = "tips.join"
    form_class = staff.JoinForm
    template_name = "tips/join.html"
    title, label = _("Join two reports"), _("Join")
    lead = _(
        "Read both. One goes on for both, with the earliest time limits; each reporter reads its answers with the own "
        "receipt, and neither learns of the other."
    )
    success_message = _("Joined. The earliest time limits govern.")

    @cached_property
    def other(self) -> Any:
        """The second report of the address."""
        other = self.found(selectors.readable_tip(self.actor, self.kwargs["other"]))
        require(self.actor, self.permission, other)
        return other

    @cached_property
    def pair(self) -> list[Any]:
        """Both, the earlier one first."""
        return sorted([self.tip, self.other], key=lambda tip: (tip.received_at, tip.pk))

    def get_form_kwargs(self) -> dict[str, Any]:
        """Either may go on."""
        return {**super().get_form_kwargs(), "pair": self.pair}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The words of both, each reading written down."""
        opened = [reading.open_tip(actor=self.actor, uuid=tip.uuid) for tip in self.pair]
        return {**super().get_context(**kwargs), "sides": opened}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        keep = form.cleaned_data["main"]
        main = next(tip for tip in self.pair if str(tip.uuid) == keep)
        gone = next(tip for tip in self.pair if tip is not main)
        return joining.join(actor=self.actor, tip=gone, main=main, reason=form.cleaned_data["reason"])

    def success_url(self, result: Any) -> str:
        """The report that goes on; back to the tip after a refusal."""
        return super().success_url(result) if result is None else reverse("tips:detail", args=[result.uuid])


class TakeOutView(TipStep):
    """Take a joined report out again."""

    permission = "tips.join"
    form_class = staff.ReasonForm
    title, label = _("Take this report out again"), _("Take out")
    lead = _("It goes on by itself; its time limits count from its own reception.")
    success_message = _("Taken out. It is handled by itself again.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return joining.take_out(actor=self.actor, tip=self.tip, reason=form.cleaned_data["reason"])


class SplitView(TipStep):
    """Write a second matter of the report down as a report of its own."""

    permission = "tips.join"
    form_class = staff.SplitForm
    template_name = "tips/split.html"
    title, label = _("Split off a second matter"), _("Split off")
    lead = _(
        "For a report that speaks of two matters. Copy what belongs to the second one; it gets a number and limits "
        "of its own, and the reporter finds its answer behind the same receipt."
    )
    success_message = _("Split off. Please classify the new part now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """A number of its own, so that sending twice splits once."""
        return {**super().get_form_kwargs(), "initial": {"submission": receipts.new_submission()}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The words to copy from."""
        return {
            **super().get_context(**kwargs),
            "opened": reading.open_tip(actor=self.actor, uuid=self.tip.uuid),
        }

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return joining.split(
            actor=self.actor,
            tip=self.tip,
            text=data["text"],
            kind=data["kind"],
            reason=data["reason"],
            submission=data["submission"] or receipts.new_submission(),
        )

    def success_url(self, result: Any) -> str:
        """Classify the part at once."""
        return super().success_url(result) if result is None else reverse("tips:classify", args=[result.uuid])

"""The register of suspected fakes, and an authority's request to remove a post."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.forms.fakes import FakeForm, FollowForm, OrderForm
from groups.selectors import fakes as selectors
from groups.selectors.groups import report_text
from groups.services import fakes as services
from groups.services import groups as group_services
from groups.views.groups import OneGroup
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage, TemplatePage


class FakeListView(TemplatePage):
    """The register."""

    permission = "groups.fakes"
    template_name = "groups/governance/fake_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Entries, narrowed by state."""
        asked = self.request.GET.get("status", "")
        return {"fakes": selectors.register(self.actor, asked), "asked": asked, "states": selectors.Status.choices}


class FakeEnterView(FormPage):
    """Enter what an officer found."""

    permission = "groups.fakes"
    form_class = FakeForm
    template_name = "groups/governance/fake_form.html"
    success_message = _("Entered in the register.")

    def carry_out(self, form: FakeForm) -> Any:
        """One service call."""
        return services.enter_fake(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The entry."""
        return reverse("groups:fake", args=[result.pk])


class FakeView(FormPage):
    """One entry with its follow-up."""

    permission = "groups.fakes"
    form_class = FollowForm
    template_name = "groups/governance/fake.html"
    success_message = _("The state is recorded.")

    def fake(self) -> Any:
        """The entry, or 404."""
        return self.found(selectors.fake(self.actor, self.kwargs["fake_id"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        """What may follow."""
        row = self.fake()
        initial = {"kind": row.kind, "address": row.address, "note": row.note}
        return {"steps": selectors.next_steps(row), "initial": initial}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The entry and the report behind it."""
        row = self.fake()
        return {
            "fake": row,
            "text": report_text(row.report) if row.report else "",
            "steps": selectors.next_steps(row),
            "may_warn": row.status in ("confirmed", "reported") and row.warned_at is None,
        }

    def carry_out(self, form: FollowForm) -> Any:
        """One service call."""
        return services.follow_up(actor=self.actor, fake=self.fake(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The entry again."""
        return reverse("groups:fake", args=[self.kwargs["fake_id"]])


class OrderView(FormPage, OneGroup):
    """Enter an authority's request to remove a post: its clock starts."""

    permission = "groups.report_handle"
    form_class = OrderForm
    template_name = "groups/governance/order_form.html"
    success_message = _("The request is entered, its clock runs.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group, and the time there is."""
        group = self.group()
        require(self.actor, self.permission, group)
        return {"group": group, "term": services.term_on("authority", timezone.now())}

    def carry_out(self, form: OrderForm) -> Any:
        """One service call."""
        return group_services.enter_order(actor=self.actor, group=self.group(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The report, where the outcome is recorded."""
        return reverse("groups:report-handle", args=[result.pk])

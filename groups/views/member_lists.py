"""Doors of member lists: choose a group, hand in its list, say who is who, see who is missing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.forms.rosters import MemberListForm
from groups.selectors import member_lists as selectors
from groups.services import member_lists as services
from groups.views.rosters import number_of
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage

SHOWN = 300


class GroupsView(TemplatePage):
    """The groups whose lists one may compare, and when they last were."""

    permission = "rosters.adopt"
    template_name = "groups/rosters/member_lists.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Groups with their latest list."""
        return {"rows": selectors.groups_to_compare(self.actor)}


class StartView(FormPage):
    """Paste or upload the list of one group."""

    permission = "rosters.adopt"
    form_class = MemberListForm
    template_name = "groups/rosters/member_list_start.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group, or 404."""
        return {"group": self.found(selectors.group_to_compare(self.actor, self.kwargs["pk"]))}

    def carry_out(self, form: MemberListForm) -> Any:
        """Read and match."""
        group = self.get_context()["group"]
        file, text = form.cleaned_data["file"] or None, form.cleaned_data["text"]  # False: the tick to clear it
        if file is None and not text.strip():
            raise DomainError(_("Paste the names or choose a file."), field="text")
        if file is not None and not file.size:
            raise DomainError(_("The file is empty. Choose another one."), field="file")
        account = services.read_members(
            content=file.read() if file else b"", filename=file.name if file else "", text=text
        )
        return services.start_list(
            actor=self.actor, group=group, account=account, legal_basis=form.cleaned_data["legal_basis"]
        )

    def success_url(self, result: Any) -> str:
        """To the lines."""
        return reverse("groups:member-list", args=[result.pk])


class ListView(TemplatePage):
    """One list: say who is who, then what is missing."""

    permission = "rosters.adopt"
    template_name = "groups/rosters/member_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Lines while it is open; afterwards the count, and households and team members who are missing."""
        row = self.found(selectors.one_list(self.actor, kwargs["list_id"]))
        context: dict[str, Any] = {"row": row, "counts": row.counts, "group": row.group}
        if row.status == "discarded":
            return context
        parts = selectors.lines_of(row)
        if row.status == "open":
            listed = {one["person"].pk for line in parts["sure"] + parts["unsure"] for one in line["candidates"]}
            left = selectors.members_not_listed(row, listed)
            return context | parts | {"left": left[:SHOWN], "left_count": left.count()}
        strangers = [line for part in parts.values() for line in part if line["line"].person_id is None]
        homes = selectors.households_missing(row)
        return context | {
            "strangers": strangers,
            "homes": homes[:SHOWN],
            "homes_count": homes.count(),
            "team": selectors.security_team_missing(row)[:SHOWN],
        }

    def post(self, request: HttpRequest, list_id: int) -> HttpResponseBase:
        """Confirm what was ticked and chosen."""
        row = self.found(selectors.one_list(self.actor, list_id))
        chosen: dict[int, int] = {}
        for name, value in request.POST.items():
            line, person = number_of(name.removeprefix("line-")), number_of(str(value))
            if name.startswith("line-") and line is not None and person is not None:
                chosen[line] = person
        left = [person for value in request.POST.getlist("left") if (person := number_of(value)) is not None]
        services.confirm_list(actor=self.actor, member_list=row, chosen=chosen, left=left)
        messages.success(request, _("Confirmed. The coverage counts it from now on."))
        return redirect("groups:member-list", list_id=list_id)


class DiscardView(PortalView):
    """Throw an open list away."""

    permission = "rosters.adopt"

    def post(self, request: HttpRequest, list_id: int) -> HttpResponse:
        """Discard and go back to the groups."""
        row = self.found(selectors.one_list(self.actor, list_id))
        services.discard_list(actor=self.actor, member_list=row)
        messages.success(request, _("Thrown away: nothing of this list is kept."))
        return redirect("groups:member-lists")

    def error_url(self) -> str:
        """Back to the list."""
        return reverse("groups:member-list", args=[self.kwargs["list_id"]])

"""Groups as the management team and their leaders see them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.forms.governance import CheckForm, CountForm, GroupForm, LeaderForm, OutcomeForm, ReasonForm
from groups.selectors import groups as selectors
from groups.selectors.joining import acceptance_figures, requests_for
from groups.selectors.public import public_group
from groups.selectors.violations import violations_of
from groups.services import appointments, checks, counts, posters
from groups.services import groups as services
from vikhe_portal.core import files
from vikhe_portal.core.permissions import require
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


def _day(text: str) -> date | None:
    """A day of an address, or None for anything else: no group is older than the year 2000."""
    try:
        day = parse_date(text)
    except ValueError:  # the 30th of February
        return None
    return day if day and 2000 <= day.year <= 2999 else None


class GroupListView(TemplatePage):
    """The management team's page: every group's state, breaches first."""

    permission = "groups.list"
    template_name = "groups/governance/group_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Lines as narrowed by the address."""
        asked = {key: self.request.GET.get(key, "") for key in ("q", "leader", "breach")}
        every = selectors.group_lines(self.actor)
        lines = selectors.narrowed(every, **asked)
        lines.sort(key=lambda line: (-sum(1 for one in line.breaches if one.tone == "bad"), -len(line.breaches)))
        return {
            "lines": lines,
            "asked": asked,
            "all": len(every),
            "in_breach": sum(1 for line in every if line.breaches),
            "leaders": selectors.officers_for_choice(self.actor),
            "now": timezone.now(),
        }


class OneGroup(PortalView):
    """Pages about one group the actor may know of."""

    def group(self) -> Any:
        """The group, or 404."""
        return self.found(selectors.group(self.actor, self.kwargs["pk"]))

    def page_url(self) -> str:
        """The group's page."""
        return reverse("groups:group", args=[self.kwargs["pk"]])

    def error_url(self) -> str:
        """A refused action leads back to the group."""
        return self.page_url()


class GroupView(TemplatePage, OneGroup):
    """One group: people, neighbourhoods, coverage, link and code, checks, reports, and who led it when."""

    permission = "groups.list"
    template_name = "groups/governance/group.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Everything of the page; the people of a past day when one is asked for."""
        group = self.group()
        day = _day(self.request.GET.get("on", ""))
        then = timezone.make_aware(datetime.combine(day, time(12))) if day else None
        return {
            "group": group,
            "line": selectors.group_line(self.actor, group),
            "history": selectors.leaders_of(group),
            "on": day,
            "then": selectors.appointed_on(group, then) if then else [],
            "checks": selectors.checks_of(self.actor, group),
            "reports": selectors.reports_for(self.actor, group),
            "violations": violations_of(self.actor, group),
            "accepted": acceptance_figures(group),
            "asking": requests_for(self.actor).filter(group=group).count(),
            "public_url": self.request.build_absolute_uri(reverse("groups:public-group", args=[group.token])),
            "now": timezone.now(),
            "outcome_form": OutcomeForm(),
        }


class GroupEditView(FormPage, OneGroup):
    """Link, kind, rules."""

    permission = "groups.edit"
    form_class = GroupForm
    template_name = "groups/governance/group_form.html"
    success_message = gettext_lazy("The group is saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """What is known now."""
        group = self.group()
        require(self.actor, self.permission, group)
        names = ("name", "kind", "link", "remote_id", "member_cap", "rules")
        return {"initial": {name: getattr(group, name) for name in names}}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group."""
        return {"group": self.group()}

    def carry_out(self, form: GroupForm) -> Any:
        """One service call."""
        return services.edit_group(actor=self.actor, group=self.group(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The group's page."""
        return self.page_url()


class GroupActionView(OneGroup):
    """Actions of one press: the link was opened, deputies are renewed."""

    permission = "groups.list"

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Carry out."""
        group = self.group()
        if action == "kiem-tra-duong-dan":
            services.confirm_link(actor=self.actor, group=group)
        elif action == "cap-nhat-pho-nhom":
            appointments.renew_deputies(actor=self.actor, group=group)
        else:
            self.found(None)
        return redirect(self.page_url())


class LeaderView(FormPage, OneGroup):
    """Appoint a leader by decision."""

    permission = "groups.appoint"
    form_class = LeaderForm
    template_name = "groups/governance/leader_form.html"
    success_message = gettext_lazy("The leader is appointed.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Area officers of the ward."""
        return {"actor": self.actor}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group."""
        return {"group": self.group()}

    def carry_out(self, form: LeaderForm) -> Any:
        """One service call."""
        return appointments.appoint_leader(actor=self.actor, group=self.group(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The group's page."""
        return self.page_url()


class ArchiveView(FormPage, OneGroup):
    """Close a group for good."""

    permission = "groups.appoint"
    form_class = ReasonForm
    template_name = "groups/governance/archive_form.html"
    success_message = gettext_lazy("The group is closed. Its past stays readable.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group."""
        return {"group": self.group()}

    def carry_out(self, form: ReasonForm) -> Any:
        """One service call."""
        return services.archive_group(actor=self.actor, group=self.group(), reason=form.cleaned_data["reason"])

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("groups:group-list")


class CheckView(FormPage, OneGroup):
    """Go through the security checklist."""

    permission = "groups.check"
    form_class = CheckForm
    template_name = "groups/governance/check_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """The checklist in force."""
        require(self.actor, self.permission, self.group())
        return {"checklist": checks.checklist_today()}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group."""
        return {"group": self.group()}

    def carry_out(self, form: CheckForm) -> Any:
        """One service call."""
        picture = form.cleaned_data.get("picture")
        return checks.attest(
            actor=self.actor,
            group=self.group(),
            answers=form.answers(),
            picture=picture.read() if picture else None,
        )

    def success_url(self, result: Any) -> str:
        """The group's page, at its checks."""
        return f"{self.page_url()}#checks"


class CountView(FormPage, OneGroup):
    """Enter how many members Zalo shows."""

    permission = "groups.check"
    form_class = CountForm
    template_name = "groups/governance/count_form.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The group, what the roster says, and former counts."""
        group = self.group()
        require(self.actor, self.permission, group)
        return {"group": group, "claimed": counts.claimed_members(group), "counts": selectors.counts_of(group)}

    def carry_out(self, form: CountForm) -> Any:
        """One service call; says what follows from the number."""
        picture = form.cleaned_data.get("picture")
        row = counts.enter_count(
            actor=self.actor,
            group=self.group(),
            members=form.cleaned_data["members"],
            picture=picture.read() if picture else None,
        )
        if row.members >= row.claimed:
            messages.success(self.request, _("Noted: the households of this group count as confirmed."))
        else:
            text = _("Zalo shows %(number)s fewer than the roster. Compare the member list to see who has left.")
            messages.warning(self.request, text % {"number": row.claimed - row.members})
        return row

    def success_url(self, result: Any) -> str:
        """The group's page."""
        return self.page_url()


class CheckConfirmView(PortalView):
    """Confirm another's check as second person."""

    permission = "groups.check_confirm"

    def post(self, request: HttpRequest, check_id: int) -> HttpResponse:
        """Confirm."""
        check = self.found(selectors.check(self.actor, check_id))
        checks.confirm_check(actor=self.actor, check=check)
        return redirect(f"{reverse('groups:group', args=[check.group_id])}#checks")

    def error_url(self) -> str:
        """The list."""
        return reverse("groups:group-list")


class CheckPictureView(PortalView):
    """The proof picture of a check."""

    permission = "groups.check"

    def get(self, request: HttpRequest, check_id: int) -> HttpResponse:
        """The stored copy, without metadata."""
        check = self.found(selectors.check(self.actor, check_id))
        require(self.actor, self.permission, check.group)
        self.found(check.evidence or None)
        return HttpResponse(files.read(check.evidence, ward_id=check.ward_id), content_type="image/jpeg")


class CountPictureView(PortalView):
    """The proof picture of a count."""

    permission = "groups.check"

    def get(self, request: HttpRequest, count_id: int) -> HttpResponse:
        """The stored copy, without metadata."""
        count = self.found(selectors.count(self.actor, count_id))
        require(self.actor, self.permission, count.group)
        self.found(count.evidence or None)
        return HttpResponse(files.read(count.evidence, ward_id=count.ward_id), content_type="image/jpeg")


class ReportHandleView(FormPage):
    """Record what was done about a resident's report."""

    permission = "groups.report_handle"
    form_class = OutcomeForm
    template_name = "groups/governance/report_form.html"
    success_message = gettext_lazy("Recorded.")

    def report(self) -> Any:
        """The report, or 404."""
        row = self.found(selectors.report(self.actor, self.kwargs["report_id"]))
        require(self.actor, self.permission, row.group)
        return row

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The report with its text."""
        row = self.report()
        return {"report": row, "text": selectors.report_text(row), "group": row.group, "now": timezone.now()}

    def carry_out(self, form: OutcomeForm) -> Any:
        """One service call."""
        return services.handle_report(actor=self.actor, report=self.report(), **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The group's page."""
        return reverse("groups:group", args=[result.group_id])


class PosterView(OneGroup):
    """The printed poster (A4) or leaflet (A5) of a group."""

    permission = "groups.list"

    def get(self, request: HttpRequest, pk: int, size: str) -> HttpResponse:
        """A PDF file made anew each time, so that it never names a former leader."""
        group = self.group()
        if size not in posters.PAGES:
            self.found(None)
        found = self.found(public_group(group.token))
        address = request.build_absolute_uri(reverse("groups:public-group", args=[group.token]))
        response = HttpResponse(posters.poster_pdf(found, address=address, size=size), content_type="application/pdf")
        name = f"{_('poster')}-{size}-{group.pk}.pdf".replace(" ", "-")
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return response

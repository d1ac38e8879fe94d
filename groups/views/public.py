"""Pages for residents: is this group genuine, who leads it, how to join, and where to report a fake."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from groups.forms.governance import PublicCheckForm, PublicReportForm
from groups.forms.joining import JoinForm
from groups.selectors import public as selectors
from groups.selectors.joining import current_rules
from groups.services import limits, posters
from groups.services.groups import report_group
from groups.services.joining import ask_to_join
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.views import PublicView


def address_of(request: HttpRequest) -> str:
    """The address a request came from: counted against limits, never kept."""
    return get_adapter(request).get_client_ip(request)


class GroupPage(PublicView):
    """A page of the group whose token stands in the address; rendered inside its ward's scope."""

    template_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the ward through the one row, open its scope for the whole answer."""
        ward_id = selectors.ward_of_token(kwargs["token"])
        if ward_id is None:
            raise Http404
        with ward_scope(ward_id):
            response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    def found(self) -> selectors.PublicGroup:
        """The group's public face, or 404."""
        found = selectors.public_group(self.kwargs["token"])
        if found is None:
            raise Http404
        return found

    def answer(self, found: selectors.PublicGroup, status: int = 200, **context: Any) -> HttpResponse:
        """Render the page."""
        known = selectors.context_of(found)
        return render(self.request, self.template_name, {**known, **context}, status=status)


class PublicGroupView(GroupPage):
    """What the QR code opens."""

    template_name = "groups/public/group.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The group."""
        found = self.found()
        return self.answer(found, tip_url=reverse("tips:public-form", args=[token]))


class PublicBadgeView(GroupPage):
    """The officer who leads the group, to compare with whoever stands at the door."""

    template_name = "groups/public/badge.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The leader, or 404 when nobody leads a standing group."""
        found = self.found()
        if found.leader is None or not found.official:
            raise Http404
        return self.answer(found)


class PublicQrView(GroupPage):
    """The code of the group's page as a picture."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """An SVG file."""
        self.found()
        address = request.build_absolute_uri(reverse("groups:public-group", args=[token]))
        response = HttpResponse(posters.qr_svg(address), content_type="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


# The forms act for nobody: no session stands behind them, and a token in a cookie would only lose reports.
@method_decorator(csrf_exempt, name="dispatch")
class PublicReportView(GroupPage):
    """Report a fake or a post."""

    template_name = "groups/public/report.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The empty form."""
        return self.answer(self.found(), form=PublicReportForm(), sent=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Store it, or say why not; what was typed stays."""
        found, form = self.found(), PublicReportForm(request.POST)
        if request.POST.get("website"):  # a field people do not see
            form.add_error(None, _("Please leave the hidden field empty and send once more."))
        if not form.is_valid():
            return self.answer(found, status=422, form=form, sent=False)
        if not limits.allowed("report", address=address_of(request)):
            form.add_error(None, _("Too many reports from your network. Please try again in an hour or telephone."))
            return self.answer(found, status=429, form=form, sent=False)
        try:
            report_group(group=found.group, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.answer(found, status=422, form=form, sent=False)
        return self.answer(found, form=None, sent=True)


@method_decorator(csrf_exempt, name="dispatch")
class PublicJoinView(GroupPage):
    """How to join: the rules, who one is, then the way into Zalo. Never says whether somebody is on a list."""

    template_name = "groups/public/join.html"

    def joined(self) -> tuple[selectors.PublicGroup, Any]:
        """The standing group and its rules in force, or 404."""
        found = self.found()
        if not found.official:
            raise Http404
        return found, current_rules(found.group)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Rules and the empty form."""
        found, rules = self.joined()
        return self.answer(found, rules=rules, form=JoinForm(group=found.group, rules=rules))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Keep it, or say why not; what was typed stays."""
        found, rules = self.joined()
        form = JoinForm(request.POST, group=found.group, rules=rules)
        if request.POST.get("website"):  # a field people do not see
            form.add_error(None, _("Please leave the hidden field empty and send once more."))
        if not form.is_valid():
            return self.answer(found, status=422, rules=rules, form=form)
        if not limits.allowed("join", address=address_of(request)):
            form.add_error(None, _("Too many people asked from your network. Please try again in an hour."))
            return self.answer(found, status=429, rules=rules, form=form)
        try:
            ask_to_join(group=found.group, **form.values())
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.answer(found, status=422, rules=rules, form=form)
        return self.answer(found, rules=rules, form=None)


@method_decorator(csrf_exempt, name="dispatch")
class PublicCheckView(PublicView):
    """Is this link or number official? Yes or no, from what is published."""

    template_name = "groups/public/check.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """The answer. The typed text is in the body, never in an address."""
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        if not limits.allowed("check", address=address_of(request)):
            form.add_error(None, _("Too many checks from your network. Please try again in an hour or telephone."))
            return self._page(form, status=429)
        with ward_scope(int(form.cleaned_data["ward"])):
            answer = selectors.check_typed(int(form.cleaned_data["ward"]), form.cleaned_data["typed"])
        return self._page(form, answer=answer)

    def _form(self, data: Any = None) -> PublicCheckForm:
        chosen = self.request.GET.get("ward", "")
        return PublicCheckForm(data, wards=selectors.wards_to_choose(), initial={"ward": chosen} if chosen else None)

    def _page(self, form: PublicCheckForm, status: int = 200, **context: Any) -> HttpResponse:
        wards = selectors.wards_to_choose()
        ward = wards[0] if len(wards) == 1 else None
        return render(self.request, self.template_name, {"form": form, "ward": ward, **context}, status=status)

"""Residents' pages. No account, no cookie, no session; what was typed is never lost and never in an address."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from tips import selectors
from tips.forms.public import CodeForm, ReplyForm, ReportForm
from tips.services import intake, limits, receipts, reporters
from tips.services.routing import STAFF_ABOUT, WAYS, About
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.views import PublicView


def address_of(request: HttpRequest) -> str:
    """The address a request came from: counted against limits, never kept."""
    return get_adapter(request).get_client_ip(request)


# The forms act for nobody: no session or cookie stands behind them, and each carries a signed number of its own. A
# token in a cookie would only lose reports of phones that refuse cookies.
@method_decorator(csrf_exempt, name="dispatch")
class ResidentView(PublicView):
    """A page that keeps nothing on the phone and tells no other site where the reader comes from."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response


class PublicFormView(ResidentView):
    """Two steps without a script: what it concerns (before any name is asked for), then the facts."""

    def place(self, **kwargs: Any) -> tuple[selectors.Place, str]:
        """The place of the form, and its mark inside signed tokens."""
        token = kwargs["token"]
        place = selectors.place_of_group(token)
        if place is None:
            raise Http404
        return place, f"g:{token}"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The first question."""
        place, _mark = self.place(**kwargs)
        return self._page("tips/public_start.html", place)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The second step, or the sending."""
        place, mark = self.place(**kwargs)
        about = request.POST.get("about", "")
        if about not in About.values:
            return self._page("tips/public_start.html", place, status=422, nothing_chosen=True)
        if "token" not in request.POST:
            form = ReportForm(about=about, place=place)
            return self._form(place, about, form, receipts.form_token(about=about, place=mark))
        form = ReportForm(request.POST, request.FILES, about=about, place=place)
        token = receipts.read_form_token(request.POST["token"], place=mark)
        if token is None or token.about != about:
            form.add_error(None, _("This page was open for a long time. Nothing is lost: please send once more."))
            return self._form(place, about, form, receipts.form_token(about=about, place=mark), 422)
        return self._send(place, token, form)

    def _send(self, place: selectors.Place, token: receipts.FormToken, form: ReportForm) -> HttpResponse:
        request, about, same = self.request, token.about, self.request.POST["token"]
        if request.POST.get("website"):
            form.add_error(None, _("Please leave the hidden field empty and send once more."))
        elif token.age < receipts.FASTEST_SECONDS:
            form.add_error(None, _("That was very fast. Please look over your report and send once more."))
        if not form.is_valid():
            return self._form(place, about, form, same, 422)
        if not limits.allowed("submit", address=address_of(request), scope=str(place.ward.pk)):
            form.add_error(None, _("Very many reports come in at this moment. Please send again in a few minutes."))
            return self._form(place, about, form, same, 429)
        try:
            receipt = intake.submit_public_tip(
                ward_id=place.ward.pk,
                about=about,
                report=form.report(place.group.pk if place.group else None),
                submission=token.submission,
                reporter=form.reporter(),
                subject_id=form.subject_id(),
                uploads=form.cleaned_data.get("pictures"),
            )
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self._form(place, about, form, same, 422)
        code = receipts.grouped(receipt.code)
        return self._page(
            "tips/public_thanks.html", place, receipt_code=code, about=about, record=not WAYS[about].takes_words
        )

    def _form(
        self, place: selectors.Place, about: str, form: ReportForm, token: str, status: int = 200
    ) -> HttpResponse:
        way = WAYS[about]
        return self._page(
            "tips/public_form.html",
            place,
            status=status,
            form=form,
            about=about,
            token=token,
            about_label=About(about).label,
            takes_words=way.takes_words,
            staff=about in STAFF_ABOUT,
            identity=way.takes_identity and place.identity,
        )

    def _page(self, template: str, place: selectors.Place, status: int = 200, **context: Any) -> HttpResponse:
        known = {"ward": place.ward, "profile": place.profile, "place": place, "About": About}
        return render(self.request, template, {**known, **context}, status=status)


class WardFormView(PublicFormView):
    """The form of the ward, for whoever has no group's code at hand."""

    def place(self, **kwargs: Any) -> tuple[selectors.Place, str]:
        """The ward by its official code."""
        place = selectors.place_of_ward(kwargs["code"])
        if place is None:
            raise Http404
        return place, f"w:{kwargs['code']}"


def ids(number: int) -> str:
    """Names of the fields of the forms on one page: those of the first matter as usual."""
    return f"id_{number}_%s" if number else "id_%s"


class ReceiptView(ResidentView):
    """State and answers for whoever holds the receipt code; the code travels in the body only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code."""
        return self._ask(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look up, or write back with the pass the page carries."""
        if "ticket" in request.POST:
            return self._write(request)
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._ask(form, 422)
        if not limits.allowed("receipt", address=address_of(request), scope="all"):
            form.add_error(None, _("Too many tries. Please wait a while, or ring the ward police."))
            return self._ask(form, 429)
        access = reporters.find_by_code(form.cleaned_data["code"])
        if access is None:
            form.add_error("code", _("No report has this code. Please compare it with your note, digit by digit."))
            return self._ask(form, 404)
        return self._show(access)

    def _write(self, request: HttpRequest) -> HttpResponse:
        access = receipts.read_pass(request.POST["ticket"])
        if access is None:
            return self._ask(CodeForm(), 422, late=True, kept=request.POST.get("text", ""))
        form, act = ReplyForm(request.POST), request.POST.get("act", "reply")
        if act in ("satisfied", "unsatisfied"):
            try:
                reporters.rate(access=access, satisfied=act == "satisfied")
            except DomainError as refusal:
                form.add_error(None, str(refusal.message))
                return self._show(access, form, status=422)
            return self._show(access, done="rated")
        if not form.is_valid():
            return self._show(access, form, status=422)
        if not limits.allowed("reply", address=address_of(request), scope=str(access.ward_id)):
            form.add_error(None, _("Very many messages come in at this moment. Please send again in a few minutes."))
            return self._show(access, form, status=429)
        try:
            step = reporters.disagree if act == "disagree" else reporters.write_back
            step(access=access, text=form.cleaned_data["text"])
        except DomainError as refusal:
            form.add_error("text" if refusal.field == "text" else None, str(refusal.message))
            return self._show(access, form, status=422)
        return self._show(access, done=act)

    def _ask(self, form: CodeForm, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, "tips/receipt_ask.html", {"form": form, **context}, status=status)

    def _show(
        self, access: receipts.Pass, form: ReplyForm | None = None, *, status: int = 200, done: str = ""
    ) -> HttpResponse:
        seen = reporters.view_receipt(access)
        if seen is None:
            raise Http404
        matters = [
            (matter, form if form and str(matter.tip.uuid) == access.tip_uuid else ReplyForm(auto_id=ids(number)))
            for number, matter in enumerate(seen.matters)
        ]
        context = {"matters": matters, "ward": seen.ward, "profile": seen.profile, "done": done}
        return render(self.request, "tips/receipt_show.html", context, status=status)

"""Base pages. Every page for signed-in people derives from PortalView and names its permission, or is refused."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic.base import TemplateResponseMixin
from django_filters.views import FilterView

from vikhe_portal.core import saved_views
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, is_defined, require


class PortalView(View):
    """A page for signed-in people: it must name its permission, and the default is refusal.

    A DomainError that escapes a handler becomes a message and sends the person back to `error_url()`.
    """

    permission: ClassVar[str] = ""
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.permission or not is_defined(self.permission):
            raise ImproperlyConfigured(f"{type(self).__name__} names no known permission")
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        require(self.actor, self.permission)
        try:
            return super().dispatch(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.error_url())

    @property
    def actor(self) -> Actor:
        """Who acts, set by the scope middleware; a signed-in person without a post today is refused everything."""
        return self.request.actor  # type: ignore[attr-defined]  # set by accounts.middleware

    def error_url(self) -> str:
        """Where a refused action leads: the page itself."""
        return self.request.path

    def found(self, row: Any) -> Any:
        """Return the row, or raise 404: what one may not know of does not exist."""
        if row is None:
            raise Http404
        return row


class PublicView(View):
    """A page for anyone. Deriving from it is a decision a reviewer looks at; a test pins the list of such pages."""

    public = True


class TemplatePage(TemplateResponseMixin, PortalView):
    """A page that shows what `get_context()` returns."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page."""
        return self.render_to_response({"view": self, **self.get_context(**kwargs)})

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's context; overridden by pages."""
        return {}


class ButtonView(PortalView):
    """One button on one row: find the row or answer 404, call one service, say so, go back to `error_url()`.

    A refusal leads back to the same place with its reason.
    """

    message: Any = ""

    def find(self) -> Any:
        """The row of the address that the actor may know of, or None."""
        raise NotImplementedError

    def act(self, row: Any) -> None:
        """Call the one service."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Carry out."""
        self.act(self.found(self.find()))
        if self.message:
            messages.success(request, str(self.message))
        return redirect(self.error_url())


class FormPage(PortalView):
    """A page with one form, one service call: get shows it, post carries it out or shows it again with the reasons.

    Typed text is never lost: a refusal renders the bound form with status 422.
    """

    form_class: Any = None
    template_name: str = ""
    success_message: Any = ""

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """Return the form, bound when `data` is given."""
        return self.form_class(data, files, **self.get_form_kwargs())

    def get_form_kwargs(self) -> dict[str, Any]:
        """Further arguments of the form (initial, actor, …)."""
        return {}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Further template context."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the empty form."""
        return self.page(self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Carry out, or show again."""
        form = self.get_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            result = self.carry_out(form)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.page(form, status=422)
        if isinstance(result, HttpResponseBase):
            return result
        if self.success_message:
            messages.success(request, str(self.success_message))
        return redirect(self.success_url(result))

    def carry_out(self, form: Any) -> Any:
        """Call the one service; may return a response."""
        raise NotImplementedError

    def success_url(self, result: Any) -> str:
        """Where success leads."""
        raise NotImplementedError

    def page(self, form: Any, status: int = 200) -> HttpResponse:
        """Render the form page."""
        return render(
            self.request,
            self.template_name,
            {"view": self, "form": form, **self.get_context(**self.kwargs)},
            status=status,
        )


class FilteredListView(PortalView, FilterView):
    """A filtered, paged list: the whole page, or only its results when htmx asks for them."""

    results_template_name: str = ""
    template_name: str = ""
    paginate_by = 50
    strict = False

    def get_filterset_kwargs(self, filterset_class: Any) -> dict[str, Any]:
        """Filters narrow by the actor too (choices are the actor's own)."""
        kwargs = super().get_filterset_kwargs(filterset_class)
        kwargs["data"] = self.request.GET or None
        return kwargs

    def get_template_names(self) -> list[str]:
        """The results alone for a partial htmx request."""
        htmx = self.request.htmx  # type: ignore[attr-defined]  # set by django_htmx
        partial = htmx and not htmx.boosted and not htmx.history_restore_request and self.results_template_name
        return [self.results_template_name if partial else self.template_name]

    def render_to_response(self, context: Any, **kwargs: Any) -> HttpResponseBase:
        """Vary on the htmx header, or a browser shows a fragment as a page."""
        response = super().render_to_response(context, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response


class SavedViewsMixin:
    """For a FilteredListView whose people keep views of their own; put before it among the bases.

    `views_page` names the list. The template includes components/saved_views.html inside its results. A choice of
    filters is kept by posting its name to the address that shows it.
    """

    views_page: ClassVar[str] = ""
    actor: Actor
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The kept views, and what would be kept now."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # of the list
        return {
            **context,
            "saved_views": saved_views.views_of(self.actor, self.views_page),
            "chosen_query": saved_views.chosen(context["filter"]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep what the address shows, or remove a view; back to the list as it stands in the address."""
        asked = request.POST.get("remove", "")
        if asked:
            if asked.isdecimal() and len(asked) < 19:
                saved_views.remove_view(actor=self.actor, page=self.views_page, view_id=int(asked))
            return redirect(request.get_full_path())
        shown: Any = self
        filterset = shown.filterset_class(**shown.get_filterset_kwargs(shown.filterset_class))
        query = saved_views.chosen(filterset)
        try:
            view = saved_views.keep_view(
                actor=self.actor, page=self.views_page, name=request.POST.get("view", ""), query=query
            )
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(request.get_full_path())
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        return redirect(f"{request.path}?{view.query}")

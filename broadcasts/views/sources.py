"""What other bodies published: sources, drafts from them, pages to look at."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from broadcasts import forms
from broadcasts.selectors import sources as selectors
from broadcasts.services import sources
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import ButtonView, FormPage, TemplatePage


class SourcesView(TemplatePage):
    """Drafts that wait, pages to look at, and where they come from."""

    permission = "broadcasts.write"
    template_name = "broadcasts/sources.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Drafts first."""
        return {
            "items": list(selectors.items(self.actor)[:100]),
            "pages": list(selectors.pages_due(self.actor)),
            "sources": list(selectors.sources(self.actor)),
            "may_manage": allows(self.actor, "broadcasts.sources"),
        }


class SourceCreateView(FormPage):
    """Name a source."""

    permission = "broadcasts.sources"
    form_class: Any = forms.SourceForm
    template_name = "broadcasts/source_form.html"
    title: Any = gettext_lazy("Add a source")
    success_message = gettext_lazy("Saved.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data | {"category": form.topics[form.cleaned_data["category"]]}
        return sources.add(actor=self.actor, **data)

    def success_url(self, result: Any) -> str:
        """The sources."""
        return reverse("broadcasts:sources")


class PageView(SourceCreateView):
    """Look at a page: nothing new, or what was found."""

    permission = "broadcasts.write"
    form_class: Any = forms.FoundForm
    title = gettext_lazy("Look at the page")
    success_message = gettext_lazy("Noted.")

    @cached_property
    def source(self) -> Any:
        """The page of the address."""
        return self.found(selectors.source(self.actor, self.kwargs["pk"]))

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The page."""
        return {"source": self.source}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return sources.found_on_page(actor=self.actor, source=self.source, **form.cleaned_data)


class _Button(ButtonView):
    """One button on the page of sources."""

    def error_url(self) -> str:
        """The page of sources."""
        return reverse("broadcasts:sources")


class SwitchView(_Button):
    """Read a source, or no longer."""

    permission = "broadcasts.sources"

    def find(self) -> Any:
        """The source of the address."""
        return selectors.source(self.actor, self.kwargs["pk"])

    def act(self, row: Any) -> None:
        """One service call."""
        sources.switch(actor=self.actor, source=row, active=self.request.POST.get("active") == "1")


class AsideView(_Button):
    """Not for our residents."""

    permission = "broadcasts.write"
    message = gettext_lazy("Put aside.")

    def find(self) -> Any:
        """The draft of the address."""
        return selectors.item(self.actor, self.kwargs["pk"])

    def act(self, row: Any) -> None:
        """One service call."""
        sources.put_aside(actor=self.actor, item=row)

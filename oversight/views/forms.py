"""What the pages of one directive, inspection or report have in common."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from oversight.forms.rooms import WordsForm
from vikhe_portal.core.views import FormPage


class ObjectForm(FormPage):
    """A form on one object: what one may not know of does not exist, for showing the form as for sending it.

    A page names its titles, finds its object in `find()`, and says where success leads.
    """

    form_class: Any = WordsForm
    template_name = "oversight/form.html"
    title: Any = ""
    label: Any = ""
    field_label: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The object is asked for after the permission and before anything is shown."""
        self._object: Any = None
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 without the object."""
        self.get_object()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 without the object."""
        self.get_object()
        return super().post(request, *args, **kwargs)

    def find(self) -> Any:
        """The object of the address, or None."""
        raise NotImplementedError

    def get_object(self) -> Any:
        """The object, asked for once, or 404."""
        if self._object is None:
            self._object = self.found(self.find())
        return self._object

    def get_form_kwargs(self) -> dict[str, Any]:
        """The label of the one field."""
        return {"label": self.field_label}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Titles."""
        return {"title": self.title, "label": self.label, "back": self.success_url(None)}

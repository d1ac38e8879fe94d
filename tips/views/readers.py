"""Who reads reports on national security beside the chief: a setting of the ward, by written decision."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tips import selectors
from tips.forms.staff import ReaderForm
from tips.services import identity
from vikhe_portal.core.views import ButtonView, FormPage


class ReadersView(FormPage):
    """The deputies named, and the form that names one more."""

    permission = "tips.readers"
    form_class = ReaderForm
    template_name = "tips/readers.html"
    success_message = _("Named. From now on this deputy sees reports on national security.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Deputies who are not named yet."""
        return {"deputies": selectors.deputies_to_name(self.actor)}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Namings of today and before."""
        return {"readers": selectors.security_readers(self.actor)}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return identity.name_security_reader(actor=self.actor, user_id=data["user"].pk, decision_no=data["decision_no"])

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("tips:readers")


class EndReaderView(ButtonView):
    """Take the reading back."""

    permission = "tips.readers"
    message = _("Ended. These reports do not exist to that deputy any more.")

    def find(self) -> Any:
        """A naming that holds."""
        return selectors.security_reader(self.actor, self.kwargs["pk"])

    def act(self, row: Any) -> None:
        """One service call."""
        identity.end_security_reader(actor=self.actor, pk=row.pk)

    def error_url(self) -> str:
        """The list."""
        return reverse("tips:readers")

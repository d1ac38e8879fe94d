"""Input of the register of fakes and of an authority's request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.forms.governance import WHEN, WHEN_FORMATS
from groups.models import SuspectedFake


class FakeForm(forms.Form):
    """A suspected fake."""

    kind = forms.ChoiceField(label=pgettext_lazy("fake", "What is it?"), choices=SuspectedFake.Kind.choices)
    address = forms.CharField(
        label=_("Link, name or number"), max_length=200, help_text=_("Exactly as it is shown, so that others find it.")
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class FollowForm(FakeForm):
    """The next step of an entry."""

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = forms.ChoiceField(
            label=pgettext_lazy("fake", "What is the state now?"), choices=steps, widget=forms.RadioSelect
        )
        self.fields["address"].required = False
        self.order_fields(["status", "kind", "address", "note"])


class OrderForm(forms.Form):
    """An authority's request to remove a post."""

    authority = forms.CharField(label=_("Who asks"), max_length=120, help_text=_("The body that asks, not a person."))
    received_at = forms.DateTimeField(
        label=_("Received at"), widget=WHEN, input_formats=WHEN_FORMATS, initial=timezone.now
    )
    text = forms.CharField(label=_("Which post, and why"), widget=forms.Textarea(attrs={"rows": 4}), max_length=1000)

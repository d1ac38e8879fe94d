"""Forms of residents' data requests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Household
from oversight.forms.rooms import NameField, words_field
from oversight.models import DataRequest
from oversight.selectors import data_requests as reads
from vikhe_portal.core.permissions import Actor


class WhereForm(forms.Form):
    """Which household of the roster: by its code, not by a name."""

    place = NameField(label=_("Neighbourhood"), queryset=None, empty_label=_("choose a neighbourhood"))
    code = forms.CharField(
        label=_("Household code"), max_length=40, help_text=_("As it stands in the roster, for example on its list.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = reads.places(actor)  # type: ignore[attr-defined]  # a choice field


class ResidentField(forms.ModelChoiceField):
    """A resident by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.full_name


class DataRequestForm(forms.Form):
    """What the resident asks, how and when it arrived, where the paper lies."""

    person = ResidentField(label=_("Resident who asks"), queryset=None, empty_label=_("choose a resident"))
    kind = forms.ChoiceField(label=_("What is asked"), choices=DataRequest.Kind.choices)
    arrived = forms.ChoiceField(label=_("How it arrived"), choices=DataRequest.Arrived.choices)
    received_at = forms.DateTimeField(
        label=_("Received"),
        initial=timezone.localtime,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("The time limit runs from here."),
    )
    identity_ref = forms.CharField(
        label=_("Paper on which the identity was checked"),
        max_length=60,
        help_text=_("Number of the paper in the file only. No identity card number."),
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = reads.people_of(household)  # type: ignore[attr-defined]  # a choice field


class MendForm(forms.Form):
    """The row as it is to stand."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    birth_year = forms.IntegerField(label=_("Year of birth"), min_value=1900, max_value=2100, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)


class RefuseForm(forms.Form):
    """Why not."""

    ground = forms.ChoiceField(label=_("Ground"), choices=DataRequest.Ground.choices)
    text = words_field(_("Reason, as the resident is told"), 2000)


class DeleteForm(forms.Form):
    """A tick before what cannot be taken back."""

    sure = forms.BooleanField(label=_("I have compared the person with the paper. Delete for good."))

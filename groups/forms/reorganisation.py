"""Input of reorganisation: which neighbourhoods, new names, streets, decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from groups.forms.governance import PlaceChoices
from vikhe_portal.core.permissions import Actor
from wards.selectors import neighbourhoods_of


class PlaceChoice(forms.ModelChoiceField):
    """One neighbourhood by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.name


class MergeForm(forms.Form):
    """Several neighbourhoods become one."""

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = neighbourhoods_of(actor).order_by("number", "key")
        self.fields["neighbourhoods"] = PlaceChoices(
            queryset=rows, label=_("Neighbourhoods to merge"), widget=forms.CheckboxSelectMultiple
        )
        self.fields["main"] = PlaceChoice(
            queryset=rows,
            label=_("Officer, group and deputies of"),
            empty_label=_("choose a neighbourhood"),
            help_text=_("They go on for the new neighbourhood; the deputies of the others end."),
        )
        self.fields["name"] = forms.CharField(label=_("Name of the new neighbourhood"), max_length=120)
        self.fields["decision_no"] = forms.CharField(label=_("Decision number"), max_length=60)


class SplitForm(forms.Form):
    """One neighbourhood becomes two, by streets."""

    first_name = forms.CharField(
        label=_("Name of the first part"), max_length=120, help_text=_("The deputies stay with this part.")
    )
    second_name = forms.CharField(label=_("Name of the second part"), max_length=120)

    def __init__(self, *args: Any, streets: list[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = []
        for street, number in streets:
            if street:
                words = ngettext("%(number)s household", "%(number)s households", number) % {"number": number}
                choices.append((street, f"{street} – {words}"))
        self.fields["streets"] = forms.MultipleChoiceField(
            label=_("Streets of the second part"),
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("All other households belong to the first part."),
        )
        self.fields["decision_no"] = forms.CharField(label=_("Decision number"), max_length=60)

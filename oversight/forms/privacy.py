"""Forms on personal data: a breach and its reports, a yearly check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oversight.forms.rooms import day_field, words_field
from oversight.models import DataBreach

PEOPLE = {"label": _("How many people it concerns"), "required": False, "min_value": 0, "max_value": 100_000_000}


class BreachForm(forms.Form):
    """What is known at the moment of discovery; everything but the moment may be mended later."""

    discovered_at = forms.DateTimeField(
        label=_("Discovered"),
        initial=timezone.localtime,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("The time of the reports runs from here."),
    )
    nature = forms.ChoiceField(label=_("What happened"), choices=DataBreach.Nature.choices)
    account = words_field(
        _("Kinds of data and what happened"), 2000, help_text=_("No names, numbers or words of residents.")
    )
    people = forms.IntegerField(**PEOPLE, help_text=_("Empty while it is not known."))  # type: ignore[arg-type]
    sensitive = forms.BooleanField(label=_("Sensitive data (reports, identities, health, location…)"), required=False)
    harmful = forms.BooleanField(
        label=_("May harm security, order, or somebody's life, health, honour or property"),
        required=False,
        initial=True,
        help_text=_("Leave the tick when in doubt: then the competent authority is to be told."),
    )
    serious = forms.BooleanField(label=_("Serious network security incident"), required=False)


class AccountForm(forms.Form):
    """What is known by now."""

    people = forms.IntegerField(**PEOPLE)  # type: ignore[arg-type]
    harmful = forms.BooleanField(
        label=_("May harm security, order, or somebody's life, health, honour or property"), required=False
    )
    serious = forms.BooleanField(label=_("Serious network security incident"), required=False)
    consequences = words_field(_("Consequences"), 1000, required=False)
    measures = words_field(_("Measures taken and to be taken"), 1000, required=False)
    minutes_ref = forms.CharField(label=_("Number of the minutes"), max_length=60, required=False)
    people_told_on = day_field(_("People concerned were told on"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, row: DataBreach) -> None:
        super().__init__(data, files, initial={name: getattr(row, name) for name in self.base_fields})


class SentForm(forms.Form):
    """The document by which a report went out."""

    document = forms.CharField(label=_("Number of the document"), max_length=60)


class CheckForm(forms.Form):
    """A check of how personal data is treated."""

    checked_on = day_field(_("Checked on"), initial=timezone.localdate)
    file_ref = forms.CharField(label=_("Where the minutes are filed"), max_length=120)
    result = words_field(_("What was found and what is to be mended"), 1000)

"""Forms of reports, directives, inspections and the message of the day."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oversight.models import Review
from oversight.selectors import directives as reads
from oversight.selectors.reviews import SECTIONS
from oversight.services.inspections import LARGEST_SAMPLE
from vikhe_portal.core.permissions import Actor


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    """A date with the phone's own picker."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def words_field(label: Any, most: int, rows: int = 3, **kwargs: Any) -> forms.CharField:
    """Several lines of text."""
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class PersonField(forms.ModelChoiceField):
    """A person by rank and name."""

    def label_from_instance(self, obj: Any) -> str:
        """Rank and name."""
        return obj.get_full_name()


class NameField(forms.ModelChoiceField):
    """A row by its name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.name


class NamesField(forms.ModelMultipleChoiceField):
    """Rows by their names."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.name


class DraftForm(forms.Form):
    """Which period a report is drafted for."""

    kind = forms.ChoiceField(label=_("Kind of period"), choices=Review.Kind.choices, initial=Review.Kind.MONTH)
    day = day_field(_("A day in the period"), initial=timezone.localdate)


class SectionsForm(forms.Form):
    """The words of a report, section by section."""

    def __init__(self, *args: Any, texts: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, title in SECTIONS:
            self.fields[key] = words_field(title, 8000, 4, required=False, initial=(texts or {}).get(key, ""))


class MessageForm(forms.Form):
    """The message of the day."""

    text = words_field(_("Message"), 500)
    until = day_field(_("Shown until"), initial=timezone.localdate)


class DirectiveForm(forms.Form):
    """A new directive."""

    title = forms.CharField(label=_("Title"), max_length=200)
    text = words_field(_("What is to be done"), 5000, 5)
    source_document = forms.CharField(
        label=_("Source document"),
        max_length=200,
        required=False,
        help_text=_("Number and date, for example 40/KH-BCĐ."),
    )
    owner = PersonField(label=_("Responsible"), queryset=None)
    due_on = day_field(_("Due"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = reads.people(actor)  # type: ignore[attr-defined]  # a choice field


class PartForm(forms.Form):
    """A part of a directive."""

    text = words_field(_("What this part is"), 500)
    assignee = PersonField(label=_("Who does it"), queryset=None)
    due_on = day_field(_("Due"))
    neighbourhoods = NamesField(
        label=_("Neighbourhoods"),
        queryset=None,
        required=False,
        help_text=_("One part is made for each. Leave empty for the whole ward."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    group = NameField(label=_("Group on Zalo"), queryset=None, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = reads.people(actor)  # type: ignore[attr-defined]  # a choice field
        self.fields["neighbourhoods"].queryset = reads.neighbourhood_choices(actor)  # type: ignore[attr-defined]
        self.fields["group"].queryset = reads.group_choices(actor)  # type: ignore[attr-defined]  # a choice field


class RegulationForm(forms.Form):
    """A version of the regulation."""

    title = forms.CharField(label=_("Title"), max_length=200)
    document_no = forms.CharField(label=_("Document number"), max_length=60, required=False)
    effective_on = day_field(_("In force from"), initial=timezone.localdate)
    text = words_field(_("Text"), 20000, 14)
    changes = words_field(_("What changed"), 2000, required=False, help_text=_("Needed from the second version on."))


class WordsForm(forms.Form):
    """One text: a proof, a reason, a decision, a summary."""

    text = words_field(_("Text"), 1000)

    def __init__(self, *args: Any, label: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["text"].label = label


class ProgressForm(WordsForm):
    """How a part goes."""

    obstacle = forms.BooleanField(label=_("An obstacle holds this up"), required=False)


class InspectionForm(forms.Form):
    """A new inspection."""

    title = forms.CharField(label=_("Title"), max_length=200)
    planned_on = day_field(_("Day of the inspection"), initial=timezone.localdate)
    inspector = PersonField(label=_("Inspector"), queryset=None)
    groups = forms.IntegerField(label=_("Groups to draw"), min_value=0, max_value=LARGEST_SAMPLE, initial=3)
    tips = forms.IntegerField(
        label=_("Tips to draw"),
        min_value=0,
        max_value=LARGEST_SAMPLE,
        initial=3,
        help_text=_("Of the last 90 days. Only number, kind and state are shown."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = reads.people(actor)  # type: ignore[attr-defined]  # a choice field


class SheetForm(forms.Form):
    """The sheet of one drawn item: yes or no for every question."""

    ANSWERS = [("1", _("Yes")), ("0", _("No"))]

    def __init__(
        self, *args: Any, questions: dict[str, Any], answers: dict[str, bool], note: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(questions)
        for key, label in questions.items():
            given = answers.get(key)
            self.fields[key] = forms.ChoiceField(
                label=label,
                choices=self.ANSWERS,
                widget=forms.RadioSelect,
                initial=None if given is None else str(int(given)),
            )
        self.fields["note"] = words_field(_("Note"), 500, 2, required=False, initial=note)

    def answers(self) -> dict[str, bool]:
        """Question → answer, from a valid form."""
        return {key: self.cleaned_data[key] == "1" for key in self.questions}


class FindingForm(forms.Form):
    """A finding with its owner and date."""

    text = words_field(_("What was found"), 500)
    owner = PersonField(label=_("Who mends it"), queryset=None)
    due_on = day_field(_("Due"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = reads.people(actor)  # type: ignore[attr-defined]  # a choice field


class RevisitForm(WordsForm):
    """What the second visit saw."""

    mended = forms.ChoiceField(
        label=_("Is it in order now?"), choices=[("1", _("Yes")), ("0", _("No"))], widget=forms.RadioSelect
    )

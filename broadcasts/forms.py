"""The shape of what people type about broadcasts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadcasts import selectors
from broadcasts.models import Proof
from broadcasts.services.writing import Draft
from gateways.zalo.text import TEXT_LIMIT
from vikhe_portal.core.permissions import Actor


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class ComposeForm(forms.Form):
    """A broadcast."""

    category = forms.ChoiceField(label=_("Subject"))
    title = forms.CharField(label=_("Title"), max_length=160)
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 9, "data-counter": TEXT_LIMIT}),
        help_text=_("Filled in per group: {tdp} neighbourhoods, {ten_cskv} area officer, {so_truc_ban} duty number."),
    )
    source_line = forms.CharField(
        label=_("Source"), max_length=160, help_text=_("Who says so: the issuing body or the document.")
    )
    legal_ground = forms.CharField(
        label=_("Legal ground"),
        max_length=200,
        required=False,
        help_text=_("Needed for wanted and missing persons: the decision or the family's request."),
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    on_web = forms.BooleanField(label=_("Also in the ward's public web feed"), required=False)
    groups = forms.MultipleChoiceField(label=_("Groups"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subjects: dict[str, list[tuple[str, str]]] = {}
        self.topics = {str(topic.pk): topic for topic in selectors.topics()}
        for key, topic in self.topics.items():
            subjects.setdefault(topic.parent.name if topic.parent else "", []).append((key, topic.name))
        _choices(self, "category", [("", "—"), *subjects.items()])
        _choices(self, "groups", [(str(row.pk), row.name) for row in selectors.groups_for_choice(actor)])

    def draft(self) -> Draft:
        """What the service takes."""
        data = self.cleaned_data
        return Draft(
            title=data["title"],
            body=data["body"],
            category=self.topics[data["category"]],
            source_line=data["source_line"],
            group_ids=[int(pk) for pk in data["groups"]],
            legal_ground=data["legal_ground"],
            valid_until=data["valid_until"],
            on_web=data["on_web"],
        )


class ApproveForm(forms.Form):
    """Approving the version one has read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    accept = forms.BooleanField(label=_("I have looked at the marks; the text may be posted"), required=False)

    def __init__(self, *args: Any, marked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not marked:
            del self.fields["accept"]


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ScheduleForm(forms.Form):
    """Now, or at a time."""

    at = forms.DateTimeField(
        label=_("Goes out at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"],
        help_text=_("Leave empty to send it out now."),
    )


class PostedForm(forms.Form):
    """How it can be seen that the post is there."""

    kind = forms.ChoiceField(
        label=_("How do you know it is there?"),
        choices=[(Proof.Kind.CODE, _("I read its code in the group")), (Proof.Kind.PERSON, Proof.Kind.PERSON.label)],
        widget=forms.RadioSelect,
        initial=Proof.Kind.CODE,
    )
    code = forms.CharField(label=_("Code in the last line of the post"), max_length=20, required=False)
    witness = forms.ChoiceField(label=_("Who has seen it?"), required=False)

    def __init__(self, *args: Any, team: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = {user.pk: user.get_full_name() for user in team or []}
        _choices(self, "witness", [("", "—"), *((str(pk), name) for pk, name in people.items())])

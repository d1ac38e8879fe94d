"""Input of planning, groups, checks, assignment, handover and the public pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from groups.models import Checklist, GroupReport, Handover, ZaloGroup
from groups.selectors.planning import area_officers
from groups.services.planning import DEFAULT_SMALL
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.uploads import UploadField
from wards.models import Ward
from wards.selectors import neighbourhoods_of

WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WHEN_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"]
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
PICTURES = forms.ClearableFileInput(attrs={"accept": "image/*"})


PUBLIC_KINDS = [one for one in GroupReport.Kind.choices if one[0] != GroupReport.Kind.ORDER]


class PersonChoice(forms.ModelChoiceField):
    """People by rank and name."""

    def label_from_instance(self, obj: Any) -> str:
        """Rank and name."""
        return obj.get_full_name()


class PlaceChoices(forms.ModelMultipleChoiceField):
    """Neighbourhoods by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.name


def _officers(actor: Actor, *, but: int | None = None) -> PersonChoice:
    rows = area_officers(actor)
    from_rows = User.objects.filter(pk__in=[user.pk for user in rows if user.pk != but])
    return PersonChoice(
        queryset=from_rows.order_by("sort_name", "id"),
        label=_("Officer who takes over"),
        empty_label=_("choose an officer"),
    )


class ProposeForm(forms.Form):
    """From which size on a neighbourhood has a group of its own."""

    small_limit = forms.IntegerField(
        label=_("Join neighbourhoods with fewer households than"), min_value=1, max_value=1000, initial=DEFAULT_SMALL
    )


class NameForm(forms.Form):
    """A proposal's name."""

    name = forms.CharField(label=_("Name of the group"), max_length=120)


class GroupForm(forms.Form):
    """What is known of a group."""

    name = forms.CharField(
        label=_("Name of the group"),
        max_length=120,
        help_text=_("Exactly as on Zalo. Not like a press body: no báo, đài, tin tức and the like."),
    )
    kind = forms.ChoiceField(label=_("Kind of group"), choices=ZaloGroup.Kind.choices)
    link = forms.CharField(
        label=_("Link for joining"),
        max_length=80,
        required=False,
        help_text=_("In Zalo: group settings → Link. It looks like https://zalo.me/g/abcdef123."),
    )
    remote_id = forms.CharField(
        label=_("Id at Zalo"), max_length=40, required=False, help_text=_("Only for a group of the Official Account.")
    )
    member_cap = forms.IntegerField(label=_("Members it may have"), min_value=10, max_value=100_000)
    rules = forms.CharField(
        label=_("Rules of the group"), widget=forms.Textarea(attrs={"rows": 8}), required=False, max_length=4000
    )


class LeaderForm(forms.Form):
    """A new leader by decision."""

    decision_no = forms.CharField(label=_("Decision number"), max_length=60)
    decision_date = forms.DateField(label=_("Decision date"), required=False, widget=DAY, input_formats=DAY_FORMATS)
    at = forms.DateTimeField(
        label=_("From"), required=False, widget=WHEN, input_formats=WHEN_FORMATS, help_text=_("Empty: from now on.")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = _officers(actor)
        field.label = _("Leader")
        self.fields["user"] = field
        self.order_fields(["user"])


class CheckForm(forms.Form):
    """The checklist in force, one yes or no per item, and a proof."""

    picture = UploadField(
        label=_("Picture of the settings or the list of leaders"),
        required=False,
        widget=PICTURES,
        help_text=_("Newly taken, cropped, faces and names covered. Without one, a second person confirms."),
    )

    def __init__(self, *args: Any, checklist: Checklist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [item["key"] for item in checklist.items]
        for item in checklist.items:
            self.fields[f"item_{item['key']}"] = forms.ChoiceField(
                label=item["label"],
                help_text=item.get("hint", ""),
                choices=[("yes", _("In order")), ("no", _("Not in order"))],
                widget=forms.RadioSelect,
            )
        self.order_fields([f"item_{key}" for key in self.keys])

    def answers(self) -> dict[str, bool]:
        """Item key → in order."""
        return {key: self.cleaned_data[f"item_{key}"] == "yes" for key in self.keys}


class CountForm(forms.Form):
    """The number of members that Zalo shows, with a picture if there is one."""

    members = forms.IntegerField(
        label=_("Members Zalo shows, without leader and deputies"),
        min_value=0,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    picture = UploadField(
        label=_("Picture of the number, if you have one"),
        required=False,
        widget=PICTURES,
        help_text=_("Newly taken, cropped to the number; no faces, no names."),
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class OutcomeForm(forms.Form):
    """What was done about a resident's report."""

    outcome = forms.ChoiceField(label=_("What was done"), choices=GroupReport.Outcome.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class AssignForm(forms.Form):
    """Neighbourhoods without an officer to one officer."""

    decision_no = forms.CharField(label=_("Decision number"), max_length=60)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["neighbourhoods"] = PlaceChoices(
            queryset=neighbourhoods_of(actor), label=_("Neighbourhoods"), widget=forms.CheckboxSelectMultiple
        )
        self.fields["to_user"] = _officers(actor)
        self.order_fields(["neighbourhoods", "to_user", "decision_no"])


class MoveForm(forms.Form):
    """A plan: which neighbourhoods go from whom to whom, why, by which decision, when."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Handover.Reason.choices)
    decision_no = forms.CharField(label=_("Decision number"), max_length=60)
    decision_date = forms.DateField(label=_("Decision date"), required=False, widget=DAY, input_formats=DAY_FORMATS)
    effective_at = forms.DateTimeField(
        label=_("In effect from"),
        required=False,
        widget=WHEN,
        input_formats=WHEN_FORMATS,
        help_text=_("Access switches at this minute by itself. Empty: at once."),
    )
    until = forms.DateTimeField(
        label=_("Given back at"),
        required=False,
        widget=WHEN,
        input_formats=WHEN_FORMATS,
        help_text=_("Only for leave and long illness."),
    )

    def __init__(self, *args: Any, actor: Actor, from_user_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["neighbourhoods"] = PlaceChoices(
            queryset=held_places(actor, from_user_id), label=_("Neighbourhoods"), widget=forms.CheckboxSelectMultiple
        )
        self.fields["to_user"] = _officers(actor, but=from_user_id)
        self.order_fields(["neighbourhoods", "to_user", "reason", "decision_no", "decision_date"])


def held_places(actor: Actor, user_id: int) -> Any:
    """Neighbourhoods an officer has or will have charge of, as far as the ward's."""
    return neighbourhoods_of(actor).filter(areas__user_id=user_id).distinct().order_by("number", "key")


class StepForm(forms.Form):
    """What a step needs: notes, or a picture."""

    note = forms.CharField(label=_("Notes"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=500)
    picture = UploadField(
        label=_("Picture of the group's leaders in Zalo"),
        required=False,
        widget=PICTURES,
        help_text=_("Newly taken; cover faces and names of others."),
    )

    def __init__(self, *args: Any, key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if key != "key":
            del self.fields["picture"]
        if key in ("briefing", "announcement"):
            self.fields["note"].required = True
        if key == "announcement":
            self.fields["note"].label = _("How the group was told, and why not by a broadcast")


class PublicReportForm(forms.Form):
    """What a resident reports about a group. No identity is asked for."""

    kind = forms.ChoiceField(label=_("What is it about?"), choices=PUBLIC_KINDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What have you seen?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=1000,
        help_text=_("Do not write your name here."),
    )
    link = forms.CharField(label=_("Link or telephone number, if there is one"), max_length=200, required=False)


class PublicCheckForm(forms.Form):
    """A typed link or number."""

    typed = forms.CharField(
        label=_("Group link or telephone number"),
        max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, wards: Iterable[Ward], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(ward.pk), ward.name) for ward in wards]
        self.fields["ward"] = forms.ChoiceField(label=_("Ward"), choices=choices)
        if len(choices) == 1:
            self.fields["ward"].widget = forms.HiddenInput()
            self.fields["ward"].initial = choices[0][0]
        self.order_fields(["ward", "typed"])

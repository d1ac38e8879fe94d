"""Officers' forms: each is one step of a tip."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tips.forms.public import pictures_field
from tips.models.kinds import Channel, DayPart, Kind, Progress, Track, Urgency
from tips.selectors import handlers, superiors
from tips.services.intake import MAX_PLACE, MAX_TEXT, Report, Reporter
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import normalise_phone
from wards.selectors import neighbourhoods_of


def _people(field: Any, rows: Any) -> None:
    field.queryset = rows
    field.label_from_instance = lambda user: user.get_full_name()


class ActionForm(forms.Form):
    """A form that knows the actor and the tip."""

    def __init__(self, *args: Any, actor: Actor, tip: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.tip = actor, tip


def _reason(required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Without names or telephone numbers."),
    )


class EntryForm(ActionForm):
    """What an officer was told or sent."""

    channel = forms.ChoiceField(
        label=_("How did it come?"),
        choices=[c for c in Channel.choices if c[0] != Channel.FORM],
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[c for c in Kind.choices if c[0] != Kind.POLICE], widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What was reported"),
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7, "data-counter": MAX_TEXT}),
        help_text=_("What matters for handling it. Leave out names of people who are not concerned."),
    )
    neighbourhood: Any = forms.ModelChoiceField(label=_("Neighbourhood"), queryset=None, required=False)
    place = forms.CharField(label=_("Where exactly?"), max_length=MAX_PLACE, required=False)
    occurred_on = forms.DateField(
        label=_("On which day?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
    day_part = forms.ChoiceField(label=_("At what time of day?"), choices=[("", "—"), *DayPart.choices], required=False)
    pictures = pictures_field()
    book_number = forms.CharField(label=_("Number in the official book"), max_length=40, required=False)
    reporter_name = forms.CharField(label=_("Name of the reporter"), max_length=80, required=False)
    reporter_phone = forms.CharField(
        label=_("Telephone of the reporter"),
        max_length=20,
        required=False,
        help_text=_("Sealed at once: you will not see it again."),
    )
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args: Any, identity: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["neighbourhood"]
        place.queryset = neighbourhoods_of(self.actor)
        place.label_from_instance = lambda row: row.name
        if not identity:
            del self.fields["reporter_name"], self.fields["reporter_phone"]

    def report(self) -> Report:
        """What the service takes."""
        data = self.cleaned_data
        place = data["neighbourhood"]
        return Report(
            text=data["text"],
            place=data["place"],
            kind=data["kind"],
            neighbourhood_id=place.pk if place else None,
            occurred_on=data["occurred_on"],
            day_part=data["day_part"],
        )

    def reporter(self) -> Reporter:
        """Name and telephone, if taken."""
        phone = self.cleaned_data.get("reporter_phone", "").strip()
        return Reporter(self.cleaned_data.get("reporter_name", "").strip(), normalise_phone(phone).number or phone)


class ClassifyForm(ActionForm):
    """The legal track, which sets the clocks."""

    track = forms.ChoiceField(label=_("Legal track"), widget=forms.RadioSelect)
    urgency = forms.TypedChoiceField(
        label=_("Urgency"), choices=Urgency.choices, coerce=int, widget=forms.RadioSelect, initial=Urgency.NORMAL
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    book_number = forms.CharField(label=_("Number in the official book"), max_length=40, required=False)
    paper_reference = forms.CharField(
        label=_("Number in the paper book"),
        max_length=120,
        required=False,
        help_text=_(
            "For a denunciation or a report of corruption only. Words, pictures and everything sealed are then "
            "destroyed here; copies in backups expire with them."
        ),
    )
    reason = _reason(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hidden = {""} if self.tip.channel == Channel.OFFICIAL else {"", Track.PROSECUTION}
        track: Any = self.fields["track"]
        track.choices = [choice for choice in Track.choices if choice[0] not in hidden]
        self.fields["reason"].help_text = _("Needed when you change an earlier classification.")
        self.initial.setdefault("track", self.tip.track)
        self.initial.setdefault("urgency", self.tip.urgency)
        self.initial.setdefault("kind", self.tip.kind)
        self.initial.setdefault("book_number", self.tip.book_number)


class AssignForm(ActionForm):
    """To whom."""

    to: Any = forms.ModelChoiceField(label=_("Officer"), queryset=None)
    reason = _reason(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self.fields["to"], handlers(self.actor, self.tip))
        self.fields["reason"].help_text = _("Needed when you take it from somebody else.")


class EscalateForm(ActionForm):
    """To which superior, and why."""

    to: Any = forms.ModelChoiceField(label=_("Superior"), queryset=None)
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self.fields["to"], superiors(self.actor, self.tip))


class LateForm(ActionForm):
    """A step that needs a word of explanation when a deadline has passed."""

    late_reason = forms.CharField(
        label=_("Why is it late?"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, overdue: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not overdue:
            del self.fields["late_reason"]


class TransferForm(LateForm):
    """To which body."""

    field_order = ["to", "reason", "late_reason"]
    to = forms.CharField(label=_("Receiving body"), max_length=120)
    reason = _reason()


class AnswerForm(LateForm):
    """What the reporter will read."""

    field_order = ["text", "late_reason"]
    text = forms.CharField(
        label=_("Answer to the reporter"),
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7, "data-counter": MAX_TEXT}),
        help_text=_("Plain words: what was done, what happens next. No names of other people."),
    )


class AskForm(ActionForm):
    """A question to the reporter."""

    text = forms.CharField(
        label=_("Question to the reporter"),
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They find it with their receipt code. Never ask for a name here."),
    )


class ReasonForm(ActionForm):
    """A step with a reason."""

    reason = _reason()


class JoinForm(ActionForm):
    """Which of two reports goes on for both, and why they are one matter."""

    main = forms.ChoiceField(label=_("Which one goes on?"), widget=forms.RadioSelect)
    reason = _reason()

    def __init__(self, *args: Any, pair: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        main: Any = self.fields["main"]
        main.choices = [(str(tip.uuid), tip.code) for tip in pair]
        self.initial.setdefault("main", str(pair[0].uuid))


class SplitForm(ActionForm):
    """A second matter out of the words of a report."""

    text = forms.CharField(
        label=_("The second matter"),
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "data-counter": MAX_TEXT}),
        help_text=_("Without the reporter's name. Pictures stay with the first report."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[c for c in Kind.choices if c[0] not in (Kind.POLICE, Kind.QUESTION)],
        widget=forms.RadioSelect,
        initial=Kind.OTHER,
    )
    reason = _reason()
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)


class ProgressForm(ActionForm):
    """A development outside the ward, and the document that shows it."""

    step = forms.ChoiceField(label=_("What happened?"), widget=forms.RadioSelect)
    document = forms.CharField(
        label=_("Document"), max_length=200, help_text=_("Number, date and issuer. Without names of people.")
    )

    def __init__(self, *args: Any, steps: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step: Any = self.fields["step"]
        step.choices = [choice for choice in Progress.choices if choice[0] in steps]


class ExtendForm(ActionForm):
    """Which limit is extended, and by which document."""

    clock = forms.TypedChoiceField(label=_("Time limit"), coerce=int, widget=forms.RadioSelect)
    document = forms.CharField(
        label=_("Document"), max_length=200, help_text=_("Number, date and issuer. Without names of people.")
    )

    def __init__(self, *args: Any, clocks: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clock: Any = self.fields["clock"]
        clock.choices = [(row.pk, f"{row.policy.label} ({row.policy.extension})") for row in clocks]


class SubjectsForm(ActionForm):
    """Which members of staff the report is about."""

    users: Any = forms.ModelMultipleChoiceField(
        label=_("The report is about"), queryset=None, widget=forms.CheckboxSelectMultiple
    )
    reason = _reason()

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self.fields["users"], staff)


class ReaderForm(forms.Form):
    """A deputy chief, and the written decision that names them."""

    user: Any = forms.ModelChoiceField(label=_("Deputy chief"), queryset=None, empty_label="—")
    decision_no = forms.CharField(label=_("Number of the decision"), max_length=60)

    def __init__(self, *args: Any, deputies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self.fields["user"], deputies)


class PaperForm(ActionForm):
    """The reference of a receipt kept on paper."""

    reference = forms.CharField(label=_("Reference of the receipt"), max_length=120)


class PassphraseForm(ActionForm):
    """The passphrase of the actor's own key."""

    passphrase = forms.CharField(
        label=_("Passphrase of your key"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}), strip=False
    )

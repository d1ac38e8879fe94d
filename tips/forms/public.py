"""Residents' forms: facts in plain words; what is not asked cannot leak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tips.models.kinds import DayPart, Kind
from tips.selectors import Place
from tips.services.intake import MAX_PICTURE_BYTES, MAX_PICTURES, MAX_PLACE, MAX_TEXT, Report, Reporter
from tips.services.reporters import MAX_REPLY
from tips.services.routing import STAFF_ABOUT, WAYS, About
from vikhe_portal.core.text import normalise_phone
from vikhe_portal.core.uploads import refuse_infected


class ManyFilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        """All files under this name."""
        return files.getlist(name) if hasattr(files, "getlist") else []


class PicturesField(forms.Field):
    """Pictures as bytes; what they really are is decided by the service."""

    widget = ManyFilesInput

    def clean(self, value: Any) -> list[bytes]:
        """At most one more than allowed is read, and of each at most one byte more: enough to refuse it in words."""
        contents = [upload.read(MAX_PICTURE_BYTES + 1) for upload in (value or [])[: MAX_PICTURES + 1]]
        for content in contents:
            refuse_infected(content)
        return contents


def pictures_field() -> PicturesField:
    """The field for pictures, checked on the phone as well."""
    widget = ManyFilesInput(
        attrs={
            "accept": "image/*",
            "multiple": True,
            "data-max-bytes": MAX_PICTURE_BYTES,
            "data-max-files": MAX_PICTURES,
        }
    )
    return PicturesField(
        required=False,
        label=_("Pictures"),
        widget=widget,
        help_text=_(
            "Up to 5 pictures, 10 MB each. Place and time hidden in a picture are taken out of the copy we read. "
            "Please do not photograph identity cards."
        ),
    )


WHAT = [
    (Kind.CRIME, _("Theft, drugs, fighting, fraud, an accident, fire")),
    (Kind.SECURITY, _("Strangers, disturbance, something unsafe")),
    (Kind.DISPUTE, _("A quarrel between neighbours or in a family")),
    (Kind.OTHER, _("Something else")),
]


class ReportForm(forms.Form):
    """What happened, where, when. Names are asked for only where the ward may take them."""

    kind = forms.ChoiceField(label=_("What is it about?"), choices=WHAT, widget=forms.RadioSelect, required=False)
    text = forms.CharField(
        label=_("What happened?"),
        widget=forms.Textarea(attrs={"rows": 7, "data-counter": MAX_TEXT, "autocomplete": "off"}),
        help_text=_("Write as you would tell it: what you saw, who was there, what is going on now."),
        error_messages={"required": _("Please write what happened.")},
        strip=False,
    )
    neighbourhood = forms.ChoiceField(label=_("In which neighbourhood?"), required=False)
    place = forms.CharField(
        label=_("Where exactly?"),
        max_length=MAX_PLACE,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("A lane, a shop, a landmark."),
    )
    occurred_on = forms.DateField(
        label=_("On which day?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
    day_part = forms.ChoiceField(label=_("At what time of day?"), choices=[("", "—"), *DayPart.choices], required=False)
    subject = forms.ChoiceField(
        label=_("Which officer is it about?"),
        required=False,
        help_text=_("If you choose a name, this officer will not see the report."),
    )
    pictures = pictures_field()
    reporter_name = forms.CharField(
        label=_("Your name"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    reporter_phone = forms.CharField(
        label=_("Your telephone number"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
        help_text=_(
            "Not needed. Name and number are sealed: the officers who handle your report cannot see them; opening them "
            "takes a reason and two people."
        ),
    )

    def __init__(self, *args: Any, about: str, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        way = WAYS[about]
        rows = place.neighbourhoods
        neighbourhood: Any = self.fields["neighbourhood"]
        subject: Any = self.fields["subject"]
        neighbourhood.choices = [("", "—"), *((str(row.pk), row.name) for row in rows)]
        subject.choices = [
            ("", _("I do not know, or would rather not say")),
            *((str(user.pk), user.get_full_name()) for user in place.officers),
        ]
        if len(rows) == 1:
            self.fields["neighbourhood"].initial = str(rows[0].pk)
        drop: Sequence[str] = ()
        if about == About.QUESTION:
            drop = ("kind", "subject", "place", "occurred_on", "day_part", "neighbourhood", "pictures")
            self.fields["text"].label = _("What would you like to ask?")
            self.fields["text"].help_text = _("For example: what to bring to register a temporary residence.")
        elif about in STAFF_ABOUT:
            drop = ("kind", "neighbourhood") if way.takes_words else tuple(self.fields)
        else:
            drop = ("subject",)
        for name in drop:
            del self.fields[name]
        if not (way.takes_identity and place.identity):
            self.fields.pop("reporter_name", None)
            self.fields.pop("reporter_phone", None)

    def clean_occurred_on(self) -> Any:
        """Not in the future."""
        day = self.cleaned_data["occurred_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet. Choose the day it happened."))
        return day

    def clean_reporter_phone(self) -> str:
        """As it can be called back, or as typed."""
        typed = self.cleaned_data["reporter_phone"].strip()
        return normalise_phone(typed).number or typed

    def report(self, group_id: int | None) -> Report:
        """What the service takes."""
        data = self.cleaned_data
        neighbourhood = data.get("neighbourhood") or self.fields_initial_neighbourhood()
        return Report(
            text=data.get("text", ""),
            place=data.get("place", ""),
            kind=data.get("kind") or Kind.OTHER,
            neighbourhood_id=int(neighbourhood) if neighbourhood else None,
            group_id=group_id,
            occurred_on=data.get("occurred_on"),
            day_part=data.get("day_part", ""),
        )

    def fields_initial_neighbourhood(self) -> str:
        """The only neighbourhood of the group, when none was chosen."""
        field = self.fields.get("neighbourhood")
        return str(field.initial or "") if field is not None else ""

    def reporter(self) -> Reporter:
        """Name and telephone, if asked for and given."""
        return Reporter(
            self.cleaned_data.get("reporter_name", "").strip(), self.cleaned_data.get("reporter_phone", "").strip()
        )

    def subject_id(self) -> int | None:
        """The officer chosen, if any."""
        chosen = self.cleaned_data.get("subject", "")
        return int(chosen) if chosen else None


class CodeForm(forms.Form):
    """The receipt code, however it is typed."""

    code = forms.CharField(
        label=_("Receipt code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "0000 0000 0000 0000"}
        ),
        help_text=_("16 digits, with or without spaces."),
    )


class ReplyForm(forms.Form):
    """The reporter writes."""

    text = forms.CharField(
        label=_("Your message"), max_length=MAX_REPLY, widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    )

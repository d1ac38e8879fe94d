"""Forms of the calendar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.calendar import kind_problem
from vikhe_portal.core.uploads import UploadField
from wards.models import PublicHoliday

MAX_FILE_BYTES = 200_000


class DayForm(forms.Form):
    """One day that differs from the ordinary week."""

    date = forms.DateField(
        label=_("Date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "2020-01-01", "max": "2099-12-31"}),
    )
    kind = forms.ChoiceField(label=_("What kind of day"), choices=PublicHoliday.Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name of the day"), max_length=120)
    decision = forms.CharField(
        label=_("Law or notice it rests on"), max_length=120, help_text=_("Number and date of the document.")
    )
    status = forms.ChoiceField(
        label=_("How certain"),
        choices=PublicHoliday.Status.choices,
        widget=forms.RadioSelect,
        help_text=_("Provisional until the official notice is published."),
    )

    def clean(self) -> dict[str, Any]:
        """A day in exchange must fall on the right kind of weekday."""
        data = super().clean() or {}
        problem = kind_problem(data["date"], data["kind"]) if "date" in data and "kind" in data else None
        if problem:
            self.add_error("kind", str(problem))
        return data


class CalendarFileForm(forms.Form):
    """A year's days as CSV: chosen as a file first, then sent again as the text that was previewed."""

    file = UploadField(
        label=_("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "Columns: ngày, loại (nghỉ, nghỉ hoán đổi, làm bù), tên ngày nghỉ, văn bản, "
            "trạng thái (chính thức, dự kiến)."
        ),
    )
    text = forms.CharField(required=False, widget=forms.HiddenInput, max_length=MAX_FILE_BYTES, strip=False)

    def clean(self) -> dict[str, Any]:
        """Either the file or the previewed text."""
        data = super().clean() or {}
        upload = data.get("file")
        if upload is None and not data.get("text") and not self.errors:
            self.add_error("file", _("Choose the file."))
        elif upload is not None and upload.size > MAX_FILE_BYTES:
            self.add_error(
                "file", _("The file is larger than 200 KB. A year's calendar is far smaller: check the file.")
            )
        return data

    def content(self) -> bytes:
        """The bytes to read."""
        upload = self.cleaned_data.get("file")
        return upload.read() if upload is not None else self.cleaned_data["text"].encode()

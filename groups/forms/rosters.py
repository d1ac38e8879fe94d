"""Input of the roster pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.selectors.imports import field_choices, neighbourhood_names
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.uploads import UploadField


class UploadForm(forms.Form):
    """One file, and the neighbourhood for a sheet that names none."""

    file = UploadField(
        label=_("Roster or list of officers"),
        help_text=_("Files of the kind .xlsx, .xls, .ods or .csv. The file itself is destroyed within 24 hours."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        allow_empty_file=True,  # the service says what to do with an empty one
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in neighbourhood_names(actor)]
        self.fields["neighbourhood"] = forms.ChoiceField(
            label=_("Neighbourhood, if the file names none"),
            required=False,
            choices=[("", _("the file says it")), *names],
        )


class ConfirmForm(forms.Form):
    """Source and legal basis, without which nothing is saved."""

    legal_basis = forms.CharField(
        label=_("Where the file comes from and on what basis it is used"),
        max_length=200,
        help_text=_("For example: list kept by the neighbourhood head, plan 40/KH-BCĐ of 9/4/2026."),
    )


class ColumnsForm(forms.Form):
    """What each column of a sheet is taken for."""

    def __init__(self, *args: Any, columns: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in columns:
            label = f"{column['letter']} · {column['heading']}" if column["heading"] else column["letter"]
            self.fields[f"c{column['index']}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=field_choices(),
                initial=column["field"],
                help_text=" · ".join(column["samples"][:3]),
            )

    def mapping(self, held: dict[str, Any]) -> dict[str, Any]:
        """The chosen columns with the header rows that were found."""
        chosen = {name[1:]: value for name, value in self.cleaned_data.items() if value}
        return {**held, "columns": chosen}


class ReasonForm(forms.Form):
    """Why a telephone number is needed."""

    reason = forms.CharField(label=_("Why do you need the number?"), max_length=200)


class ExportForm(forms.Form):
    """Purpose and kind of an export."""

    purpose = forms.CharField(
        label=_("Purpose"), max_length=200, help_text=_("It is kept in the audit log with your name.")
    )
    kind = forms.ChoiceField(
        label=_("Kind of file"), choices=[("xlsx", "Excel (.xlsx)"), ("csv", "CSV")], widget=forms.RadioSelect
    )
    phones = forms.BooleanField(label=_("with full telephone numbers"), required=False)

    def __init__(self, *args: Any, may_unmask: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = "xlsx"
        if not may_unmask:
            del self.fields["phones"]


class GapNamesForm(forms.Form):
    """Why a gap list is printed with names."""

    purpose = forms.CharField(
        label=_("What the list with names is for"),
        max_length=200,
        help_text=_("It is kept in the audit log with your name."),
    )


class MemberListForm(forms.Form):
    """A member list as a file or pasted, with its source and basis."""

    text = forms.CharField(
        label=_("Names as Zalo shows them, one a line"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("After a tab a telephone number may stand, if it is known."),
    )
    file = UploadField(
        label=_("Or a file with the list"),
        required=False,
        help_text=_("Kind .xlsx, .xls, .ods or .csv. The file is read at once and not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        allow_empty_file=True,  # the service says what to do with an empty one
    )
    legal_basis = forms.CharField(
        label=_("Where the list comes from and on what basis it is used"),
        max_length=200,
        help_text=_("For example: copied by the leader from the group's members, plan 40/KH-BCĐ of 9/4/2026."),
    )

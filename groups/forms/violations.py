"""Input of violations: what happened, the next step, the member's reply."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groups.forms.governance import PICTURES, WHEN, WHEN_FORMATS
from groups.models import Violation, ViolationStep, ZaloGroup
from groups.selectors.violations import current_members
from vikhe_portal.core.uploads import UploadField


class ViolationForm(forms.Form):
    """A violation. The member is found by a typed name, which stays out of addresses; of several, one is chosen."""

    name = forms.CharField(label=_("Member"), max_length=120, help_text=_("The name, with or without marks."))
    kind = forms.ChoiceField(label=pgettext_lazy("violation", "What happened"), choices=Violation.Kind.choices)
    rule = forms.CharField(
        label=_("Rule of the group"),
        max_length=160,
        help_text=_("The rule that was broken, in a few words or by number."),
    )
    seen_at = forms.DateTimeField(
        label=pgettext_lazy("violation", "Seen at"), widget=WHEN, input_formats=WHEN_FORMATS, initial=timezone.now
    )
    picture = UploadField(
        label=_("Picture of the post"),
        required=False,
        widget=PICTURES,
        help_text=_("Cropped to the post, faces and other people's names covered. It is deleted after 90 days."),
    )

    def __init__(self, *args: Any, group: ZaloGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        matches = current_members(group, self.data["name"]) if self.data.get("name") else []
        self.matches = {str(one.pk): one for one in matches}
        if len(matches) > 1:
            self.fields["membership"] = forms.ChoiceField(
                label=_("Which of them?"),
                required=False,
                choices=[
                    (pk, f"{one.person.full_name} – {one.person.household.address}") for pk, one in self.matches.items()
                ],
                widget=forms.RadioSelect,
            )
            self.order_fields(["name", "membership"])

    def clean(self) -> dict[str, Any]:
        """One member, or a question which."""
        data: dict[str, Any] = super().clean() or {}
        chosen = data.pop("membership", "")
        if data.get("name"):
            if not self.matches:
                self.add_error("name", _("No member of this group has that name. Look at the roster how it is spelt."))
            elif len(self.matches) == 1:
                data["membership_id"] = int(next(iter(self.matches)))
            elif chosen:
                data["membership_id"] = int(chosen)
            else:
                self.add_error("membership", _("Several members have this name. Choose one."))
        return data


class StepTakenForm(forms.Form):
    """The next step of the ladder."""

    rung = forms.TypedChoiceField(
        label=_("Step"), choices=ViolationStep.Rung.choices, coerce=int, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why this step"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names or numbers."),
    )


class ReplyForm(forms.Form):
    """What the member says."""

    text = forms.CharField(label=_("What the member says"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))

"""Forms for people and posts."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
    SignupWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import DutyShift, Post
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import nfc, normalise_phone
from vikhe_portal.core.uploads import UploadField
from wards.models import WardProfile
from wards.selectors import neighbourhoods_of

KEY_BYTES = 32


class SignInForm(LoginForm):
    """allauth's sign-in in our words, without the reset by e-mail that staff do not have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("User name or e-mail")
        login.widget.attrs.update({"placeholder": "", "autocapitalize": "none", "autocomplete": "username"})
        password.widget.attrs["placeholder"] = ""
        password.help_text = ""


class _KeyForm:
    """What is no answer of a passkey is a wrong one: allauth's reading of it raises whatever it stumbles over."""

    def _clean_fields(self) -> None:
        try:
            super()._clean_fields()  # type: ignore[misc]  # a part of Django's forms
        except (KeyError, AttributeError, TypeError, ValueError):
            self._not_recognised()

    def _clean_form(self) -> None:
        try:
            super()._clean_form()  # type: ignore[misc]  # a part of Django's forms
        except (KeyError, AttributeError, TypeError, ValueError):
            self._not_recognised()

    def _not_recognised(self) -> None:
        words = _("The passkey was not recognised. Try again.")
        self.add_error("credential", words)  # type: ignore[attr-defined]  # a part of Django's forms


class NewKeyForm(_KeyForm, SignupWebAuthnForm):
    """A passkey made with a code."""


class AddKeyForm(_KeyForm, AddWebAuthnForm):
    """A further passkey."""


class KeyForm(_KeyForm, AuthenticateWebAuthnForm):
    """A passkey as second factor."""


class SignInKeyForm(_KeyForm, LoginWebAuthnForm):
    """A passkey instead of a password."""


class KeyAgainForm(_KeyForm, ReauthenticateWebAuthnForm):
    """A passkey once more."""


class StaffForm(forms.Form):
    """A new account with its first post."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    rank = forms.CharField(
        label=_("Rank"), max_length=40, required=False, help_text=_("For police officers, for example Thiếu tá.")
    )
    kind = forms.ChoiceField(label=_("Post"), choices=Post.Kind.choices)
    capacity = forms.ChoiceField(
        label=_("Capacity"),
        choices=[("", "—"), *Post.Capacity.choices],
        required=False,
        help_text=_("For group deputies only."),
    )
    neighbourhood: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Neighbourhood"), queryset=None, required=False, help_text=_("For group deputies only.")
    )
    title = forms.CharField(label=_("Title shown"), max_length=120, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    phone_published = forms.BooleanField(label=_("Show this number to residents"), required=False)
    decision_no = forms.CharField(label=_("Decision number"), max_length=60, required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["neighbourhood"]
        field.queryset = neighbourhoods_of(actor)  # type: ignore[attr-defined]  # a ModelChoiceField
        field.label_from_instance = lambda row: row.name  # type: ignore[attr-defined]

    def clean_full_name(self) -> str:
        """Names are stored composed (NFC) with single spaces."""
        return " ".join(nfc(self.cleaned_data["full_name"]).split())

    def clean_phone(self) -> str:
        """A telephone number in its national form."""
        value = self.cleaned_data["phone"]
        if not value:
            return ""
        number = normalise_phone(value).number
        if not number:
            raise forms.ValidationError(_("This is not a telephone number. Write ten digits, for example 0912345678."))
        return number

    def clean(self) -> dict[str, Any]:
        """A deputy needs a capacity and a neighbourhood; nobody else has them."""
        data = super().clean() or {}
        if data.get("kind") == Post.Kind.GROUP_DEPUTY:
            for name in ("capacity", "neighbourhood"):
                if not data.get(name):
                    self.add_error(name, _("A group deputy needs this."))
        else:
            data["capacity"], data["neighbourhood"] = "", None
        return data


class EndPostForm(forms.Form):
    """Why a post ends now."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class UnlockForm(forms.Form):
    """The password once more, or the answer of a passkey."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    credential = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = self.data.get("credential", "null") in ("", "null")


class ReasonForm(forms.Form):
    """Why something is done to somebody's account."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PurposeForm(forms.Form):
    """What a file with other people's doings is for."""

    purpose = forms.CharField(
        label=_("Purpose"), min_length=10, max_length=300, help_text=_("It is recorded with your name.")
    )


class IdentityDecisionForm(forms.Form):
    """A written decision on how the ward treats identities, as it stands on paper."""

    mode = forms.ChoiceField(
        label=_("What was decided"),
        widget=forms.RadioSelect,
        choices=[one for one in WardProfile.IdentityMode.choices if one[0] != WardProfile.IdentityMode.NONE],
    )
    decision_no = forms.CharField(
        label=_("Decision number"), max_length=60, help_text=_("As on the paper, for example 12/QĐ-BCĐ.")
    )
    decision_date = forms.DateField(
        label=_("Decision date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file_ref = forms.CharField(
        label=_("Where the paper is filed"), max_length=120, help_text=_("File and sheet, so that it can be found.")
    )


class PassphraseForm(forms.Form):
    """A passphrase for one's own key, twice, knowing that nobody can bring it back."""

    passphrase = forms.CharField(
        label=_("Passphrase"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters, best four or five words that do not belong together."),
    )
    again = forms.CharField(
        label=_("The same once more"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    understood = forms.BooleanField(label=_("I know that nobody can recover a lost passphrase."))

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or {}
        if data.get("passphrase") and data.get("again") and data["passphrase"] != data["again"]:
            self.add_error("again", _("The two differ. Type it once more."))
        return data


class PublicKeyForm(forms.Form):
    """The public half of a key made on a machine without network: pasted, or as a small file."""

    public_key = forms.CharField(
        label=_("Public key"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("44 signs that end with “=”. Never enter the private key here."),
    )
    file = UploadField(label=_("Or the file it is in"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two, 32 bytes in Base64."""
        data = super().clean() or {}
        if self.errors:
            return data
        upload = data.get("file")
        text = data.get("public_key", "") or (upload.read(1000).decode("ascii", "replace") if upload else "")
        if not text.strip():
            self.add_error("public_key", _("Paste the public key or choose its file."))
            return data
        try:
            key = base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            self.add_error(
                "public_key", _("This is not a public key. Copy all 44 signs again from the machine without network.")
            )
        data["public_key"] = key
        return data


DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RosterForm(forms.Form):
    """Shifts from one day to another, people in turn."""

    kind = forms.ChoiceField(label=_("Kind of shift"), choices=DutyShift.Kind.choices, widget=forms.RadioSelect)
    first = forms.DateField(label=_("First day"), widget=DAY)
    last = forms.DateField(label=_("Last day"), widget=DAY, help_text=_("At most two months ahead."))
    begins = forms.TimeField(
        label=_("Shifts begin at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="07:30"
    )
    hours = forms.TypedChoiceField(
        label=_("A shift lasts"),
        choices=[(24, _("24 hours")), (12, _("12 hours")), (8, _("8 hours"))],
        coerce=int,
        initial=24,
    )
    people: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Who stands on duty"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In turn, by given name. Only people who hold the post for this kind of shift."),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        field.queryset = people  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        field.label_from_instance = lambda row: row.get_full_name()  # type: ignore[attr-defined]


class ShiftPersonForm(forms.Form):
    """Another person for a shift."""

    people: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("Who stands this shift instead"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        field.queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField
        field.label_from_instance = lambda row: row.get_full_name()  # type: ignore[attr-defined]


class ShiftNoteForm(forms.Form):
    """Words for who takes over the shift."""

    note = forms.CharField(
        label=_("For who takes over"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Numbers of reports and what is still to do, no names, no telephones. Deleted after seven days."),
    )


class AlertMinutesForm(forms.Form):
    """How long an alert waits for one person."""

    minutes = forms.IntegerField(label=_("Minutes until the next person is alerted"), min_value=2, max_value=240)

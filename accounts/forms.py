"""Forms for people and posts."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import nfc, normalise_phone
from wards.selectors import neighbourhoods_of


class SignInForm(LoginForm):
    """allauth's sign-in in our words, without the reset by e-mail that staff do not have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("User name or e-mail")
        login.widget.attrs.update({"placeholder": "", "autocapitalize": "none", "autocomplete": "username"})
        password.widget.attrs["placeholder"] = ""
        password.help_text = ""


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
    """The password once more."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class ReasonForm(forms.Form):
    """Why something is done to somebody's account."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PurposeForm(forms.Form):
    """What a file with other people's doings is for."""

    purpose = forms.CharField(
        label=_("Purpose"), min_length=10, max_length=300, help_text=_("It is recorded with your name.")
    )

"""Input of the joining page and of the page that admits people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.models import GroupRules, ZaloGroup
from groups.selectors.member_lists import served_places
from wards.models import Neighbourhood


class PlaceChoice(forms.ModelChoiceField):
    """A neighbourhood by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return obj.name


class JoinForm(forms.Form):
    """What the roster needs to find a household, and the acceptance of the version of the rules that is shown."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    neighbourhood = PlaceChoice(
        queryset=Neighbourhood.objects.none(), label=_("Neighbourhood"), empty_label=_("choose your neighbourhood")
    )
    address = forms.CharField(
        label=_("House and street"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        help_text=_("For example: Số 12, Xóm Cầu"),
    )
    phone = forms.CharField(
        label=_("Telephone of your Zalo"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text=_("Helps to tell people of one name apart. You may leave it empty."),
    )
    changed_rules = False  # while the page was open

    accept = forms.BooleanField(label=_("I have read the rules above and accept them"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, group: ZaloGroup, rules: GroupRules | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Neighbourhood.objects.filter(ward_id=group.ward_id, pk__in=served_places(group))
        field = self.fields["neighbourhood"]
        field.queryset = places.order_by("number", "key")  # type: ignore[attr-defined]  # a model choice
        only = list(places[:2])
        if len(only) == 1:
            field.widget, field.initial = forms.HiddenInput(), only[0].pk
        if rules is None:
            del self.fields["accept"]
        else:
            self.fields["version"].initial = rules.version
        if self.is_bound and rules is not None and self.data.get("version") != str(rules.version):
            # The rules changed while the page was open: show the new version, and let it be accepted anew.
            kept = {name: value for name, value in self.data.items() if name != "accept"}
            self.data = {**kept, "version": str(rules.version)}
            self.changed_rules = True

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "neighbourhood_id": data["neighbourhood"].pk,
            "full_name": data["full_name"],
            "address": data["address"],
            "phone": data["phone"],
            "version": data["version"],
        }

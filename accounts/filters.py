"""What the audit trail can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters as df
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.selectors import trail
from accounts.selectors.actions import ACTIONS
from vikhe_portal.core.models import AuditEvent

READS = ("tips.read", "tips.picture_read", "tips.identity_opened", "groups.phone_shown", "audit.read")
GROUPS = [
    ("reads", _("looked at something")),
    ("exports", _("took something out as a file")),
    ("identity", _("sealed identities")),
    ("accounts", _("accounts and posts")),
]

_DAY = forms.DateInput(attrs={"type": "date"})


def _people(request: Any) -> QuerySet:
    return trail.trail_people(request.actor)


class TrailFilter(df.FilterSet):
    """The rows given to it are already those the actor may know of."""

    person = df.ModelChoiceFilter(queryset=_people, field_name="actor_id", method="by_person", label=_("Who"))
    group = df.ChoiceFilter(choices=GROUPS, method="by_group", label=_("What kind of action"))
    action = df.ChoiceFilter(choices=sorted(ACTIONS.items()), label=_("Action"))
    thing = df.ChoiceFilter(field_name="object_type", choices=[], label=_("Kind of object"))
    number = df.CharFilter(field_name="object_id", label=_("Number of the object"), max_length=60)
    since = df.DateFilter(field_name="at", lookup_expr="date__gte", label=_("From day"), widget=_DAY)
    until = df.DateFilter(field_name="at", lookup_expr="date__lte", label=_("To day"), widget=_DAY)

    class Meta:
        model = AuditEvent
        fields: list[str] = []  # every filter is spelled out above, none appears by accident

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["thing"].choices = [("", "—"), *trail.kinds_of_things(self.request.actor)]
        self.form.fields["person"].label_from_instance = lambda user: user.get_full_name()

    def by_person(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """What this person did."""
        return queryset.filter(actor_id=value.pk)

    def by_group(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Actions that belong together."""
        if value == "reads":
            return queryset.filter(action__in=READS)
        if value == "exports":
            return queryset.filter(action__regex=r"(export|download)")
        if value == "identity":
            return queryset.filter(action__startswith="tips.identity")
        return queryset.filter(action__startswith="accounts.")

"""Filters of the lists of broadcasts and deliveries."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from broadcasts.models import Broadcast, Category, Delivery
from broadcasts.selectors import moment


class BroadcastFilter(django_filters.FilterSet):
    """By words, state and subject group."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Search"))
    status = django_filters.ChoiceFilter(choices=Broadcast.Status.choices, label=_("State"))
    subject = django_filters.ModelChoiceFilter(
        field_name="category__parent",
        queryset=Category.objects.filter(parent__isnull=True),
        label=_("Subject"),
    )

    class Meta:
        model = Broadcast
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["subject"].field.label_from_instance = lambda row: row.name


class DeliveryFilter(django_filters.FilterSet):
    """By state and day of posting: the rows behind the figures."""

    STATES = (
        ("open", _("still to be made")),
        ("posted", _("posted")),
        ("overdue", _("overdue cards")),
        ("unknown", _("nobody is sure")),
        ("failed", _("not posted")),
    )
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label=_("State"))
    after = django_filters.DateFilter(
        field_name="sent_at", lookup_expr="date__gte", label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    before = django_filters.DateFilter(
        field_name="sent_at", lookup_expr="date__lte", label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        """The groups of states people think in."""
        state = Delivery.State
        if value == "open":
            return rows.filter(state__in=Delivery.OPEN)
        if value == "posted":
            return rows.filter(state__in=Delivery.GOOD)
        if value == "overdue":
            return rows.filter(state=state.HANDED_TO, deputies_from__lte=moment())
        if value == "unknown":
            return rows.filter(state=state.UNKNOWN)
        return rows.filter(state__in=[state.DEAD, state.EXPIRED, state.SKIPPED, state.CANCELLED])

"""What the queue can be narrowed by. The rows given to it are already the actor's own; words are not searched."""

from __future__ import annotations

from typing import Any

import django_filters as df
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.policies.visibility import visible_neighbourhoods
from tips.models import Kind, Tip, Track, Urgency
from tips.selectors import handlers

STATES = [
    ("open", _("open")),
    ("overdue", _("past a deadline")),
    ("new", _("new")),
    ("asked", _("waiting for the reporter")),
    ("escalated", _("with a superior")),
    ("transferred", _("transferred")),
    ("answered", _("answered")),
    ("closed", _("finished and closed")),
    ("merged", _("joined to another report")),
    ("all", _("all")),
]

PUNCTUAL = [("yes", _("in time")), ("no", _("late"))]


def _neighbourhoods(request: Any) -> QuerySet:
    return visible_neighbourhoods(request.actor)


def _handlers(request: Any) -> QuerySet:
    return handlers(request.actor)


class DaysWidget(df.widgets.DateRangeWidget):
    """Two days under each other, each with a name of its own for people who hear the page."""

    template_name = "tips/days.html"

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"})
        for day, name in zip(self.widgets, (_("from this day"), _("until this day")), strict=True):
            day.attrs["aria-label"] = name


class TipFilter(df.FilterSet):
    """Without a choice, the open ones."""

    q = df.CharFilter(method="search", label=_("Code or number"))
    state = df.ChoiceFilter(choices=STATES, method="by_state", label=_("State"), empty_label=None)
    kind = df.ChoiceFilter(choices=Kind.choices, label=_("Kind"))
    track = df.ChoiceFilter(choices=[c for c in Track.choices if c[0]], label=_("Legal track"))
    urgency = df.ChoiceFilter(choices=Urgency.choices, label=_("Urgency"))
    neighbourhood = df.ModelChoiceFilter(queryset=_neighbourhoods, label=_("Neighbourhood"))
    assignee = df.ModelChoiceFilter(queryset=_handlers, label=_("Handled by"))
    received = df.DateFromToRangeFilter(
        field_name="received_at", label=_("Received (from – until)"), widget=DaysWidget()
    )
    answered = df.DateFromToRangeFilter(
        field_name="answered_at", label=_("Answered (from – until)"), widget=DaysWidget()
    )

    punctual = df.ChoiceFilter(choices=PUNCTUAL, method="by_punctuality", label=_("Answered in time"))

    class Meta:
        model = Tip
        fields: list[str] = []  # every filter is spelled out above, none appears by accident

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        # Without data a filter set lets every row through; the queue has an order and a default even then.
        super().__init__(data if data is not None else {}, *args, **kwargs)
        for name in ("neighbourhood", "assignee"):
            field = self.form.fields[name]
            field.label_from_instance = lambda row: getattr(row, "full_name", None) or row.name
        self.form.fields["state"].widget = forms.Select(choices=STATES)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Only open ones unless a state was asked for; what is due first stands first."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.exclude(status__in=Tip.FINISHED)
        return rows.order_by("-urgency", "next_due_at", "-id")

    def search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """By code or number only: the words are encrypted."""
        value = value.strip()
        found = Q(code__icontains=value) | Q(book_number__iexact=value)
        if value.isdecimal() and len(value) < 9:
            found |= Q(number=int(value), series=Tip.Series.GENERAL)
        return queryset.filter(found)

    def by_punctuality(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Answered in time, or late; what is not answered is neither."""
        return queryset.filter(answered_at__isnull=False, answered_late=value == "no")

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """One state, or one of the groups of states."""
        if value == "all":
            return queryset
        if value == "open":
            return queryset.exclude(status__in=Tip.FINISHED)
        if value == "overdue":
            return queryset.exclude(status__in=Tip.FINISHED).filter(next_due_at__lte=timezone.now())
        return queryset.filter(status=value)

"""Views a person keeps of a list: a name for a choice of filters, for themselves alone."""

from __future__ import annotations

from typing import Any

import django_filters as df
from django.db import transaction
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import SavedView
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.text import nfc

MOST = 12
LONGEST_QUERY = 500


def chosen(filterset: Any) -> str:
    """The filters in force as a query string, always in the same order; what was typed freely is left out."""
    if not filterset.is_bound:
        return ""
    filterset.form.is_valid()
    pairs = []
    for name, one in filterset.filters.items():
        value = filterset.form.cleaned_data.get(name)
        if type(one) is df.CharFilter or value in (None, "") or _is_usual(one, value):
            continue
        values = filterset.data.getlist(name) if hasattr(filterset.data, "getlist") else [filterset.data[name]]
        pairs += [(name, text) for text in values if text]
    return urlencode(pairs)


def _is_usual(one: Any, value: Any) -> bool:
    """Whether a filter that always has a value (an order) stands at its first choice, where it stands by itself."""
    choices = one.extra.get("choices")
    return "empty_label" in one.extra and one.extra["empty_label"] is None and bool(choices) and value == choices[0][0]


def views_of(actor: Actor, page: str) -> list[SavedView]:
    """The actor's own views of a list, oldest first."""
    return list(SavedView.objects.filter(ward_id=actor.ward_id, user_id=actor.id, page=page))


@transaction.atomic
def keep_view(*, actor: Actor, page: str, name: str, query: str) -> SavedView:
    """Keep a choice of filters under a name; the same name again takes the new choice.

    Raises DomainError without a name or a filter, and when there are too many.
    """
    name = nfc(name)[:40].strip()
    if not name:
        raise DomainError(_("Write a name for the view."))
    if not query:
        raise DomainError(_("Choose a filter first: words of a search are not kept, they may name somebody."))
    if len(query) > LONGEST_QUERY:
        raise DomainError(_("This choice is too long to keep. Choose fewer filters."))
    own = SavedView.objects.filter(ward_id=actor.ward_id, user_id=actor.id, page=page)
    if own.exclude(name=name).count() >= MOST:
        raise DomainError(_("You keep %(most)s views of this list already. Remove one first.") % {"most": MOST})
    view, _made = SavedView.objects.update_or_create(
        ward_id=actor.ward_id, user_id=actor.id, page=page, name=name, defaults={"query": query}
    )
    return view


@transaction.atomic
def remove_view(*, actor: Actor, page: str, view_id: int) -> None:
    """Remove one of the actor's own views; another's is not found and stays."""
    SavedView.objects.filter(ward_id=actor.ward_id, user_id=actor.id, page=page, pk=view_id).delete()

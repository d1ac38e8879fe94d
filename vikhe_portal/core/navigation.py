"""The menu: each app registers its entries, each person sees those their permissions open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from vikhe_portal.core.permissions import allows

# Filled by the accounts app: further template context for signed-in people (unread notices, title of the post).
extras: list[Callable[[HttpRequest], dict[str, Any]]] = []


# Headings of the menu: an entry stands under the last one whose number its order reaches.
SECTIONS = (
    (0, gettext_lazy("Every day")),
    (20, gettext_lazy("Households")),
    (30, gettext_lazy("Groups")),
    (40, gettext_lazy("Tips")),
    (50, gettext_lazy("Broadcasts")),
    (60, gettext_lazy("Officers")),
    (80, gettext_lazy("Supervision")),
    (90, gettext_lazy("Administration")),
)


@dataclass(frozen=True)
class Entry:
    """One line of the menu. Lower `order` stands higher and says the section (see SECTIONS).

    The first four also stand in the phone's bottom bar.
    """

    label: Any
    url_name: str
    icon: str
    permission: str
    order: int

    @cached_property
    def url(self) -> str:
        """The address."""
        return reverse(self.url_name)

    @cached_property
    def section(self) -> Any:
        """The heading above it."""
        return [title for first, title in SECTIONS if self.order >= first][-1]


_entries: list[Entry] = []


def register(entry: Entry) -> None:
    """Add a menu entry (from AppConfig.ready())."""
    _entries.append(entry)
    _entries.sort(key=lambda item: item.order)


def entries_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the entries the request's actor may open, each with its address and whether it is the current one."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return []
    shown = []
    for entry in _entries:
        if not allows(actor, entry.permission):
            continue
        url = entry.url
        here = request.path == url or (url != "/" and request.path.startswith(url))
        shown.append({"label": entry.label, "url": url, "icon": entry.icon, "active": here, "section": entry.section})
    active = [item for item in shown if item["active"]]
    if len(active) > 1:  # the longest address wins
        longest = max(active, key=lambda item: len(item["url"]))
        for item in active:
            item["active"] = item is longest
    return shown


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: `nav` for the side menu, `nav_phone` and `nav_more` for the bottom bar, `actor`."""
    nav = entries_for(request)
    phone, more = (nav[:4], nav[4:]) if len(nav) > 5 else (nav, [])
    further: dict[str, Any] = {}
    if getattr(request, "actor", None) is not None:
        for extra in extras:
            further.update(extra(request))
    return further | {
        "nav": nav,
        "nav_phone": phone,
        "nav_more": more,
        "actor": getattr(request, "actor", None),
        "request_id": getattr(request, "request_id", ""),
    }

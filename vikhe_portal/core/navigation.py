"""The menu: each app registers its entries, each person sees those their permissions open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from vikhe_portal.core.permissions import allows

# Filled by the accounts app: further template context for signed-in people (unread notices, title of the post).
extras: list[Callable[[HttpRequest], dict[str, Any]]] = []


@dataclass(frozen=True)
class Entry:
    """One line of the menu. Lower `order` stands higher; the first four also stand in the phone's bottom bar."""

    label: Any
    url_name: str
    icon: str
    permission: str
    order: int
    section: Any = ""


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
        url = reverse(entry.url_name)
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

"""What the accounts app registers: menu entries, the top bar's facts."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from vikhe_portal.core import navigation

navigation.register(navigation.Entry(_("People and posts"), "accounts:staff", "users-group", "accounts.staff", 90))
navigation.register(navigation.Entry(_("Who can see what"), "accounts:rights", "shield-check", "accounts.rights", 95))
navigation.register(
    navigation.Entry(_("Reporters' identities"), "accounts:identities", "lock-access", "accounts.identities", 96)
)
navigation.register(
    navigation.Entry(_("My key for identities"), "accounts:sealing-key", "key", "accounts.sealing_key", 96)
)
navigation.register(navigation.Entry(_("Who looked at what"), "accounts:trail", "history", "audit.read", 96))
navigation.register(navigation.Entry(_("Anchor of the trail"), "accounts:trail-anchor", "anchor", "audit.anchor", 97))


def top_bar(request: HttpRequest) -> dict[str, Any]:
    """Unread notices and the person's title, for every page."""
    actor = request.actor  # type: ignore[attr-defined]  # set by the scope middleware
    return {
        "unread_count": selectors.unread_notices(actor).count(),
        "actor_title": selectors.title_of(actor),
        "idle_seconds": request.idle_seconds,  # type: ignore[attr-defined]  # set by the scope middleware
        "came_by_key": any(
            one.get("type") == "webauthn" for one in request.session.get("account_authentication_methods", [])
        ),
    }


navigation.extras.append(top_bar)

"""The lines of the roster page: fifty of a kind, so what is the same in all of them is worked out once for the page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.selectors import rosters as selectors
from groups.services import rosters as services
from groups.templatetags.rosters import buttons
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.text import mask_phone


class Lines:
    """The lines of one page of the list: what is the same in all fifty is worked out, or rendered, once."""

    PLACES: ClassVar = {"id": "{id}", "action": "{action}", "people": "{people}"}

    def __init__(self, request: HttpRequest, *, place: object, query: str = "") -> None:
        """`place` is the neighbourhood the page is narrowed to, `query` what is searched for."""
        self.request, self.actor, self.place, self.query = request, request.actor, place, query  # type: ignore[attr-defined]
        self.no_name = _("no name")
        self.urls = {name: reverse(f"groups:{name}", args=[0]).split("0") for name in ("household", "household-action")}

    def url(self, name: str, pk: int) -> str:
        """The address of a page of this household."""
        return str(pk).join(self.urls[name])

    @cached_property
    def menu(self) -> str:
        """The menu of marks as a format with places for the household's own: number, address, buttons of its people."""
        context = {
            **self.PLACES,
            "place": self.place,
            "gaps": services.Gap.choices,
            "channels": services.Channel.choices,
            "csrf_token": get_token(self.request),
        }
        return render_to_string("groups/rosters/_mark_menu.html", context)

    def marks(self, household: Any) -> str:
        """The menu of marks of one household."""
        waiting = ((one["pk"], one["full_name"]) for one in household.residents if not one["is_member"])
        action = self.url("household-action", household.pk)
        return format_html(self.menu, id=household.pk, action=action, people=buttons(waiting))

    def line(self, household: Any) -> dict[str, Any]:
        """All that a line says."""
        people, number = household.residents, household.people
        number_text = ngettext("%(number)s person", "%(number)s people", number) % {"number": number}
        joined = "".join(f"{person['full_name']} ✓ " for person in people if person["is_member"])
        sees_phones = people and allows(self.actor, "rosters.phones", household)
        may_mark = not household.covered_by and allows(self.actor, "rosters.mark", household)
        return {
            "household": household,
            "gap_text": selectors.gap_words(self.actor, household),
            "url": self.url("household", household.pk),
            "name": household.head_name or self.no_name,
            "place_text": f"{household.address or '–'} · {household.neighbourhood.name} · {number_text}",
            "others": ", ".join(person["full_name"] for person in people[1:]) if self.query else "",
            "reach_text": joined + (mask_phone(people[0]["phone"]) if sees_phones else ""),
            "marks": self.marks(household) if may_mark else "",
        }

"""What changed in a text, and when."""

from __future__ import annotations

from typing import Any

from broadcasts import selectors
from broadcasts.selectors import versions
from vikhe_portal.core.views import TemplatePage


class VersionsView(TemplatePage):
    """The version of today against an earlier one: the last approved, or the one asked for (?so=2)."""

    permission = "broadcasts.list"
    template_name = "broadcasts/versions.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Two versions side by side and the list of all."""
        row = self.found(selectors.find(self.actor, kwargs["uuid"]))
        asked = self.request.GET.get("so", "")
        number = versions.base_for(row, int(asked[:5]) if asked.isascii() and asked.isdigit() else None)
        rows = versions.versions_of(row)
        by_number = {one.number: one for one in rows}
        new = rows[0] if rows else None
        old = by_number.get(number, new)
        return {
            "broadcast": row,
            "versions": rows,
            "approved": versions.approved_numbers(row),
            "old": old,
            "new": new,
            "changes": versions.changes(old, new) if old and new and old != new else [],
        }

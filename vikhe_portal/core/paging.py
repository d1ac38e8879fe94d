"""Pages of a list whose filter is costly: what matches is looked for once, not once to count and once to show."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Window
from django.utils.functional import cached_property

FARTHEST = 10_000_000  # a page behind this is no page of ours, and its offset would not fit the database's numbers


class OncePaginator(Paginator):
    """Reads the keys of a page together with how many rows match in one statement, then these rows alone.

    The list must be a queryset. A page that does not exist falls back to counting, as Django does. `known` is the
    number of rows when something kept by the writes says it already: then nothing is counted at all.
    """

    def __init__(self, *args: Any, known: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known is not None:
            self.__dict__["count"] = known

    def page(self, number: Any) -> Page[Any]:
        """The page, counted along the way."""
        rows: Any = self.object_list
        try:
            first = int(number)
        except (TypeError, ValueError):
            first = 0
        if 0 < first < FARTHEST and "count" not in self.__dict__:
            bottom = (first - 1) * self.per_page
            keys = list(rows.values_list("pk", Window(Count("pk")))[bottom : bottom + self.per_page])
            if keys:
                self.__dict__["count"] = keys[0][1]
                return Page(rows.filter(pk__in=[key for key, _count in keys]), first, self)
        return super().page(number)

    @cached_property
    def count(self) -> int:
        """How many rows match."""
        rows: Any = self.object_list
        return rows.count()

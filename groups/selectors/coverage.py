"""Reads of coverage: counts kept by the writes, never a scan of the households."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from groups.models import Coverage
from groups.policies.visibility import visible_neighbourhoods
from vikhe_portal.core.permissions import Actor


@dataclass(frozen=True)
class CoverageTotals:
    """Households and those reached: claimed (somebody says so), confirmed against Zalo, by another channel."""

    households: int = 0
    covered: int = 0
    confirmed: int = 0
    other_channel: int = 0
    people: int = 0
    members: int = 0

    @property
    def uncovered(self) -> int:
        """Households without a member in a group."""
        return self.households - self.covered


def coverage_totals(actor: Actor, neighbourhood_id: int | None = None) -> CoverageTotals:
    """Totals over the neighbourhoods the actor may know of, or one of them."""
    rows = Coverage.objects.filter(ward_id=actor.ward_id, neighbourhood__in=visible_neighbourhoods(actor))
    if neighbourhood_id is not None:
        rows = rows.filter(neighbourhood_id=neighbourhood_id)
    names = ("households", "covered", "confirmed", "other_channel", "people", "members")
    found = rows.aggregate(**{name: Sum(name) for name in names})
    return CoverageTotals(**{name: found[name] or 0 for name in names})

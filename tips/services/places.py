"""Open reports follow their neighbourhood when it is split or merged."""

from __future__ import annotations

from tips.models import Tip


def follow_neighbourhood(ward_id: int, before_id: int, after_id: int) -> int:
    """Move open reports to the neighbourhood that took over; closed ones keep the old one. Returns how many."""
    rows = Tip.objects.filter(ward_id=ward_id, neighbourhood_id=before_id).exclude(status__in=Tip.FINISHED)
    return rows.update(neighbourhood_id=after_id)

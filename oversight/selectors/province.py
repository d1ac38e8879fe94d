"""What a provincial viewer sees: counts of the wards of one province from the rolled-up coverage, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum

from groups.models import Coverage
from oversight.selectors.counting import SMALL
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import province_scope
from wards.models import Ward
from wards.selectors import active_wards

# A neighbourhood counts as behind when fewer than half of its households are reached.
BEHIND = 0.5


@dataclass(frozen=True)
class WardCounts:
    """Counts of one ward. `behind` is the number of neighbourhoods with less than half of the households reached."""

    ward: Ward
    neighbourhoods: int
    households: int
    covered: int
    confirmed: int
    behind: int

    @property
    def uncovered(self) -> Any:
        """Households not reached; small numbers are hidden."""
        left = self.households - self.covered
        return f"<{SMALL}" if 0 < left < SMALL else left

    @property
    def share(self) -> float:
        """Covered per cent."""
        return 100 * self.covered / self.households if self.households else 0.0


def wards_of_province(actor: Actor) -> tuple[list[WardCounts], dict[str, int]]:
    """The active wards of the province of the actor's post, least covered first, and the sums over them.

    Reads the rolled-up counts under the province's own policy: no name, no household can be reached from here.
    """
    province_id = Ward.objects.values_list("province_id", flat=True).get(pk=actor.ward_id)
    wards = {ward.pk: ward for ward in active_wards().filter(province_id=province_id)}
    with province_scope(province_id):
        rows = list(
            Coverage.objects.filter(ward_id__in=wards)
            .values("ward_id")
            .annotate(
                places=Count("pk"),
                all=Sum("households"),
                reached=Sum("covered"),
                sure=Sum("confirmed"),
                late=Count("pk", filter=Q(households__gt=0, covered__lt=F("households") * BEHIND)),
            )
            .order_by()
        )
    found = {row["ward_id"]: row for row in rows}
    empty = {"places": 0, "all": 0, "reached": 0, "sure": 0, "late": 0}
    counts = [
        WardCounts(ward, row["places"], row["all"], row["reached"], row["sure"], row["late"])
        for ward, row in ((ward, found.get(pk, empty)) for pk, ward in wards.items())
    ]
    counts.sort(key=lambda one: (one.households == 0, one.share, one.ward.name))
    totals = {
        "wards": len(counts),
        "households": sum(one.households for one in counts),
        "covered": sum(one.covered for one in counts),
        "confirmed": sum(one.confirmed for one in counts),
        "behind": sum(one.behind for one in counts),
    }
    return counts, totals

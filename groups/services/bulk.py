"""One mark for many households: what was shown is what is marked, or nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from groups.models import Household
from groups.selectors.rosters import list_digest
from groups.services import coverage, rosters
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require

MOST = 200
CHANNELS = Household.Channel.choices
# A wish not to join is said by the household itself, at its own door.
GAPS = [choice for choice in Household.Gap.choices if choice[0] != Household.Gap.DECLINES]


def _one(actor: Actor, what: str, value: str) -> Callable[[int], Household]:
    """The mark of one household. Raises DomainError for one that does not exist or is not for many at once."""
    if what == "join":
        return lambda pk: rosters.mark_joined(actor=actor, household_id=pk)
    if what == "channel" and value in Household.Channel.values:
        return lambda pk: rosters.choose_channel(actor=actor, household_id=pk, channel=value)
    if what == "gap" and value in dict(GAPS):
        return lambda pk: rosters.note_gap(actor=actor, household_id=pk, gap=value)
    raise DomainError(_("Choose what to note for these households."), field="mark")


@transaction.atomic
def mark_many(
    *, actor: Actor, rows: QuerySet[Household], digest: str, chosen: Iterable[int], what: str, value: str = ""
) -> dict[str, int]:
    """Note the same for the chosen households of a list. Returns how many were marked and how many stayed as they are.

    `rows` is the list found again by the filter it was shown with, `digest` that of the list as shown. Households of
    which somebody has joined already stay as they are; so does a wish not to join where a reason is noted. All or
    nothing: raises DomainError when the list is another one by now, nothing is chosen, or there are too many.
    """
    require(actor, "rosters.mark")
    mark, ids = _one(actor, what, value), sorted(set(chosen))
    if not ids:
        raise DomainError(_("Tick at least one household."))
    if len(ids) > MOST:
        raise DomainError(_("At most %(most)s households at once. Narrow the list by street.") % {"most": MOST})
    coverage.lock_coverage(actor.ward_id, sorted(set(rows.order_by().values_list("neighbourhood_id", flat=True))))
    shown = {home.pk: home for home in rows}
    if list_digest(shown.values()) != digest or not shown.keys() >= set(ids):
        raise DomainError(
            _("The list has changed since you saw it: nothing was noted. Look at it below, then press once more."),
            code="changed",
        )
    wish = Household.Gap.DECLINES if what == "gap" else None  # said at the door, never written over from a desk
    open_ids = [pk for pk in ids if not shown[pk].covered_by and shown[pk].gap != wish]
    for pk in open_ids:
        mark(pk)
    counts: dict[str, Any] = {"marked": len(open_ids), "left": len(ids) - len(open_ids)}
    audit.record(
        actor=actor, action="groups.households_marked", ward_id=actor.ward_id, values={**counts, what: value or True}
    )
    return counts

"""Which reports belong to one matter: what walls and destruction of one of them must cover as well."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tips.models import Route, Tip
from vikhe_portal.core.errors import DomainError


def joined_rows(tip: Tip) -> list[Tip]:
    """The reports joined to this one, locked."""
    rows = Tip.objects.select_for_update(of=("self",)).filter(ward_id=tip.ward_id, merged_into=tip)
    return list(rows.order_by("pk"))


def kin_of(tip: Tip, *, parts: bool = False) -> list[Tip]:
    """The reports joined to this one; for a joined report, the one it was joined to; for a part, the report it was
    split from. With `parts` also what was split off from it: another matter of the same reporter. All locked."""
    found = joined_rows(tip)
    ids = [pk for pk in (tip.split_from_id, tip.merged_into_id) if pk is not None]
    above = Tip.objects.select_for_update(of=("self",)).filter(ward_id=tip.ward_id, pk__in=ids)
    found += above.order_by("pk")
    if parts:
        below = Tip.objects.select_for_update(of=("self",)).filter(ward_id=tip.ward_id, split_from=tip)
        found += below.order_by("pk")
    return found


def must_stand_alone(tip: Tip) -> None:
    """Raises DomainError for a part whose first report still holds its words and its reporter in the ordinary way."""
    if tip.split_from_id is None:
        return
    first = Tip.objects.filter(ward_id=tip.ward_id, pk=tip.split_from_id, route=Route.ORDINARY).first()
    if first is not None and first.content is not None:
        raise DomainError(
            _(
                "This is a part of %(code)s, which holds the reporter's own words. Classify %(code)s this way first; "
                "then this part."
            )
            % {"code": first.code},
            field="track",
        )

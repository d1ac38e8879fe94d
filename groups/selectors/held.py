"""What an officer holds in the way of areas and leadership: the groups app's part of a handover's list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from groups.models import ZaloGroup
from groups.selectors.planning import leaders_at, officers_at, served_at
from vikhe_portal.core.holdings import Holding
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood

AREA, LED = "groups.area", "groups.led"


def areas_held(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    """Neighbourhoods in the person's charge now (among these)."""
    wanted = None if neighbourhood_ids is None else set(neighbourhood_ids)
    own = {place for place, user in officers_at(actor.ward_id, timezone.now()).items() if user == user_id}
    rows = Neighbourhood.objects.filter(ward_id=actor.ward_id, pk__in=own if wanted is None else own & wanted)
    return [Holding(AREA, row.pk, row.name, (row.pk,)) for row in rows.order_by("number", "key")]


def groups_led(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None) -> list[Holding]:
    """Groups the person leads now; of these neighbourhoods, those in which the leader keeps no other neighbourhood."""
    now = timezone.now()
    led = {group for group, user in leaders_at(actor.ward_id, now).items() if user == user_id}
    officers, places = officers_at(actor.ward_id, now), defaultdict(set)
    for place, group in served_at(actor.ward_id, now).items():
        if group in led:
            places[group].add(place)
    wanted = None if neighbourhood_ids is None else set(neighbourhood_ids)
    shown = [
        group
        for group, served in places.items()
        if wanted is None or (served & wanted and not any(officers.get(place) == user_id for place in served - wanted))
    ]
    rows = ZaloGroup.objects.filter(ward_id=actor.ward_id, pk__in=shown).order_by("pk")
    return [Holding(LED, row.pk, row.name, tuple(sorted(places[row.pk]))) for row in rows]

"""Looking for posts nobody is sure of: by their short code among the account's own messages in the group.

Found, it was posted. Not found twice, some minutes apart, a person looks and decides; nothing is sent again by itself.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from broadcasts.models import Delivery
from broadcasts.services.planning import settle
from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.client import OAClient
from gateways.zalo.outcomes import ZaloRefused
from gateways.zalo.records import OwnMessage
from gateways.zalo.transport import Transport
from groups.models import ZaloGroup
from vikhe_portal.core import audit
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope

GRACE = timedelta(minutes=2)  # a late post may still be on its way
APART = timedelta(minutes=5)
LOOKS = 2
AT_ONCE = 40
S = Delivery.State
_CODE = re.compile(r"Mã bản tin: (VK-[0-9A-Z]{6}(?:-\d+)?)\s*$")


@dataclass(frozen=True)
class _Sought:
    id: int
    code: str
    remote_group: str


def waiting_wards() -> list[int]:
    """Wards with posts to look for. For the worker, which may sweep this table."""
    rows = Delivery.objects.filter(state=S.UNKNOWN, kind=Delivery.Kind.GMF, looked__lt=LOOKS)
    return list(rows.order_by("ward_id").values_list("ward_id", flat=True).distinct())


def reconcile_ward(*, ward_id: int) -> int:
    """Look for what is due in one ward; returns how many were found. Outside transactions: it reads from Zalo."""
    sought = _due(ward_id)
    with ward_scope(ward_id):
        channel = ZaloChannel.objects.filter(ward_id=ward_id).order_by("id").first()
    if not sought or channel is None:
        return 0
    try:
        access = channels.access_token(channel.pk, reading=True)
    except channels.ChannelHeld:
        return 0
    seen = asyncio.run(_read(access, sorted({one.remote_group for one in sought})))
    looked = [one for one in sought if one.remote_group in seen]
    return _note(ward_id, looked, {code: message for found in seen.values() for code, message in found.items()})


def _due(ward_id: int) -> list[_Sought]:
    now = timezone.now()
    with ward_scope(ward_id):
        rows = Delivery.objects.filter(
            ward_id=ward_id, state=S.UNKNOWN, kind=Delivery.Kind.GMF, unknown_since__lte=now - GRACE, looked__lt=LOOKS
        ).exclude(looked_at__gt=now - APART)
        found = rows.select_related("group").order_by("unknown_since", "id")[:AT_ONCE]
        return [_Sought(row.pk, row.full_code, row.group.remote_id) for row in found if row.group.remote_id]


async def _read(access: str, groups: list[str]) -> dict[str, dict[str, OwnMessage]]:
    """The account's own posts by code, of each group that could be read."""
    seen: dict[str, dict[str, OwnMessage]] = defaultdict(dict)
    async with Transport(channels.endpoints(), limit=5) as transport:
        client = OAClient(transport, access_token=access)
        for group in groups:
            try:
                messages = await client.own_messages(group)
            except ZaloRefused:
                continue
            seen[group] = {found[1]: row for row in messages if (found := _CODE.search(row.text))}
    return seen


def _note(ward_id: int, looked: list[_Sought], posts: dict[str, OwnMessage]) -> int:
    now, found = timezone.now(), 0
    with ward_scope(ward_id):
        held = Delivery.objects.select_for_update().filter(pk__in=[one.id for one in looked], state=S.UNKNOWN)
        for row in held.filter(ward_id=ward_id).order_by("pk"):
            message = posts.get(row.full_code)
            row.looked, row.looked_at = row.looked + 1, now
            if message is not None:
                found += 1
                row.state, row.remote_id, row.sent_at = S.SENT, message.message_id[:40], row.unknown_since or now
            row.save(update_fields=["looked", "looked_at", "state", "remote_id", "sent_at"])
            if message is not None:
                ZaloGroup.objects.filter(ward_id=ward_id, pk=row.group_id).update(last_post_at=row.sent_at)
                settle(ward_id=ward_id, occurrence_id=row.occurrence_id)
                audit.record(actor=system_actor(ward_id), action="broadcasts.found", target=row)
    return found

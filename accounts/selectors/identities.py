"""Reads around reporters' identities: the mode in force, decisions, keys."""

from __future__ import annotations

from typing import Any

from accounts.models import IdentityDecision, Post, SealingKey
from accounts.selectors import holders
from vikhe_portal.core import crypto
from vikhe_portal.core.permissions import Actor, require
from wards.models import WardProfile
from wards.selectors import identity_mode

LATEST = 20


def identity_state(actor: Actor) -> dict[str, Any]:
    """Mode, waiting decision, earlier ones, and whether the chief holds a key that fits the mode."""
    require(actor, "accounts.identities")
    rows = IdentityDecision.objects.filter(ward_id=actor.ward_id).select_related("proposed_by", "confirmed_by")
    mode = WardProfile.IdentityMode(identity_mode(actor.ward_id or 0))
    return {
        "mode": mode,
        "takes": mode != WardProfile.IdentityMode.NONE,
        "decision": rows.filter(confirmed_at__isnull=False).first(),
        "waiting": rows.filter(confirmed_at__isnull=True, dropped_at__isnull=True).first(),
        "earlier": list(rows[:LATEST]),
        "key_fits": any(
            _fits(key, mode)
            for key in SealingKey.objects.filter(
                ward_id=actor.ward_id,
                retired_at__isnull=True,
                user_id__in=holders(actor.ward_id or 0, Post.Kind.CHIEF).values("pk"),
            )
        ),
    }


def _fits(key: SealingKey, mode: str) -> bool:
    return (bytes(key.locked_private_key) == b"") == (mode == WardProfile.IdentityMode.SEALED_OFFLINE)


def decision_of_ward(actor: Actor, pk: int) -> IdentityDecision | None:
    """One decision of the actor's ward, or None."""
    return IdentityDecision.objects.filter(ward_id=actor.ward_id, pk=pk).first()


def own_key(actor: Actor) -> dict[str, Any]:
    """The actor's live key as the page shows it, and how the ward treats identities."""
    require(actor, "accounts.sealing_key")
    mode = identity_mode(actor.ward_id or 0)
    key = SealingKey.objects.filter(ward_id=actor.ward_id, user_id=actor.id, retired_at__isnull=True).first()
    return {
        "offline": mode == WardProfile.IdentityMode.SEALED_OFFLINE,
        "takes": mode != WardProfile.IdentityMode.NONE,
        "key": key,
        "fits": key is not None and _fits(key, mode),
        "fingerprint": crypto.fingerprint(bytes(key.public_key)) if key else "",
    }

"""What hangs on a person or a territory: the protocol that handover and reorganisation drive.

Each app registers its kinds of holdings in AppConfig.ready(). A holding belongs to a user (owner, assignee, holder) or
to a neighbourhood; it can be listed, moved one by one, and asked about afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from vikhe_portal.core.permissions import Actor


@dataclass(frozen=True)
class Holding:
    """One thing held: `kind` names the registered provider, `id` the row; `label` is safe to show to the chief.

    `overdue`: its time has passed; the assignment board counts these as part of the load.
    """

    kind: str
    id: int
    label: str
    neighbourhood_ids: tuple[int, ...] = ()
    movable: bool = True
    sensitive: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class Provider:
    """A kind of holding.

    list_for(actor, user_id, neighbourhood_ids or None) → holdings of the person (in these neighbourhoods);
    move(actor, holding_id, from_user_id, to_user_id, reason) → moves one item, audited, idempotent.
    """

    kind: str
    label: Any
    list_for: Callable[[Actor, int, Iterable[int] | None], list[Holding]]
    move: Callable[..., None]
    order: int = 100


_providers: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Register a kind of holding (from AppConfig.ready())."""
    _providers[provider.kind] = provider


def providers() -> list[Provider]:
    """All kinds, in the order they are shown."""
    return sorted(_providers.values(), key=lambda provider: (provider.order, provider.kind))


def held_by(actor: Actor, user_id: int, neighbourhood_ids: Iterable[int] | None = None) -> list[Holding]:
    """Everything the person holds (in these neighbourhoods, or at all)."""
    return [item for provider in providers() for item in provider.list_for(actor, user_id, neighbourhood_ids)]


def move(actor: Actor, *, kind: str, holding_id: int, from_user_id: int, to_user_id: int, reason: str) -> None:
    """Move one item to another person. Raises KeyError for an unknown kind, DomainError when the item refuses."""
    _providers[kind].move(
        actor=actor, holding_id=holding_id, from_user_id=from_user_id, to_user_id=to_user_id, reason=reason
    )

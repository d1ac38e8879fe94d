"""Tables of broadcasts."""

from broadcasts.models.ledger import (
    Attempt,
    AttemptResult,
    Broadcast,
    BroadcastVersion,
    Category,
    Delivery,
    Occurrence,
    Proof,
    Target,
)

__all__ = [
    "Attempt",
    "AttemptResult",
    "Broadcast",
    "BroadcastVersion",
    "Category",
    "Delivery",
    "Occurrence",
    "Proof",
    "Target",
]

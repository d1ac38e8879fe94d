"""Tables of broadcasts."""

from broadcasts.models.emergency import EmergencyCall, EmergencyReview, EmergencyRules, EmergencyRun, EmergencyText
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
from broadcasts.models.quarantine import LedgerHome, Quarantine
from broadcasts.models.removal import Removal
from broadcasts.models.sources import Source, SourceItem

__all__ = [
    "Attempt",
    "AttemptResult",
    "Broadcast",
    "BroadcastVersion",
    "Category",
    "Delivery",
    "EmergencyCall",
    "EmergencyReview",
    "EmergencyRules",
    "EmergencyRun",
    "EmergencyText",
    "LedgerHome",
    "Occurrence",
    "Proof",
    "Quarantine",
    "Removal",
    "Source",
    "SourceItem",
    "Target",
]

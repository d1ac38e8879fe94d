"""Tips: what residents report, who handles it, what was said and done, and the clocks of the law."""

from tips.models.clocks import Clock, ClockPolicy
from tips.models.kinds import CRIME_TRACKS, PAPER_TRACKS, Channel, Kind, Progress, Route, Track, Urgency
from tips.models.sealed import Attachment, IdentityRequest, SealedOriginal, SealedReporter, SecurityReader
from tips.models.tips import Tip, TipEvent, TipMessage, TipSubject

__all__ = [
    "CRIME_TRACKS",
    "PAPER_TRACKS",
    "Attachment",
    "Channel",
    "Clock",
    "ClockPolicy",
    "IdentityRequest",
    "Kind",
    "Progress",
    "Route",
    "SealedOriginal",
    "SealedReporter",
    "SecurityReader",
    "Tip",
    "TipEvent",
    "TipMessage",
    "TipSubject",
    "Track",
    "Urgency",
]

"""Time that tests can move: 25 hours, 7 days, 45 days, 3 months, and the night."""

import time
from datetime import UTC, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))  # no summer time since 1945


class Clock:
    """Real time plus an offset in seconds."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset

    def ms(self) -> int:
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    def set(self, moment: datetime) -> None:
        """Jump to ``moment`` (aware); time runs on from there."""
        self.offset = moment.timestamp() - time.time()

    def local(self, at: float | None = None) -> datetime:
        """Time of day in Viet Nam."""
        return datetime.fromtimestamp(self.now() if at is None else at, UTC).astimezone(VIETNAM)

    def date(self, at: float) -> str:
        """d/m/Y as Zalo writes dates."""
        return self.local(at).strftime("%d/%m/%Y")

    def is_night(self) -> bool:
        """22:00–05:59, when broadcasts are refused."""
        return not 6 <= self.local().hour < 22

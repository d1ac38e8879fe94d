"""The worker's sign of life: progress and heartbeat on a connection of their own, visible while the work is not.

The work is one transaction, invisible until it commits; what people watch meanwhile is written beside it. When the
worker dies its transaction is rolled back by the database and the heartbeat stops: that is how the sweeper knows.
"""

from __future__ import annotations

import logging
import threading
import uuid
from types import TracebackType

from django.db import DatabaseError, connection
from django.utils import timezone

from groups.models import RosterImport
from vikhe_portal.core.scope import ward_scope

logger = logging.getLogger(__name__)
BEAT = 1.0  # seconds
STALE_AFTER = 20.0  # seconds without a sign of life: the worker is gone


class Stopped(Exception):
    """Somebody asked for the work to stop, or it was given to another worker."""


class SignOfLife:
    """While open, writes progress and heartbeat of an import every second."""

    def __init__(self, ward_id: int, import_id: int, claim: uuid.UUID) -> None:
        self.ward_id, self.import_id, self.claim = ward_id, import_id, claim
        self.percent = 1
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> SignOfLife:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=10)

    def reached(self, percent: int) -> None:
        """Note progress; raise Stopped when it was cancelled or is no longer ours. Call between long statements."""
        self.percent = percent
        mine = RosterImport.objects.filter(pk=self.import_id, ward_id=self.ward_id, claim=self.claim)
        if list(mine.values_list("stop_asked", flat=True)) != [False]:
            raise Stopped

    def _beat(self) -> None:
        try:
            while not self._ended.wait(BEAT):
                with ward_scope(self.ward_id):
                    RosterImport.objects.filter(pk=self.import_id, claim=self.claim).update(
                        progress=self.percent, heartbeat_at=timezone.now()
                    )
        except DatabaseError:
            logger.exception("import %s lost its heartbeat", self.import_id)
        finally:
            connection.close()

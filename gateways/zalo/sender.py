"""The sending side of a worker: a loop and its connections in a thread of their own, verdicts handed back in batches.

The worker's own thread keeps the ledger while calls are in flight, and connections live on between batches.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from gateways.zalo.dispatch import Job, send_many
from gateways.zalo.outcomes import Outcome
from gateways.zalo.transport import Transport

GATHER = 0.01  # seconds to wait for further verdicts, so that fast answers are written down together
Verdict = tuple[Job, Outcome]


class Sender:
    """Use as ``with Sender(Transport(endpoints)) as sender``; jobs make their calls on ``sender.transport``."""

    def __init__(self, transport: Transport, *, concurrency: int) -> None:
        self.transport = transport
        self._concurrency = concurrency
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="zalo-sender", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.transport.__aenter__(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.transport.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self, jobs: Sequence[Job]) -> Iterator[list[Verdict]]:
        """Start every job at once; the iterator returned yields the verdicts there are, all of them once.

        The jobs run whether or not anybody asks for verdicts, so the caller may prepare its next batch meanwhile.
        """
        done: queue.SimpleQueue[Verdict | None] = queue.SimpleQueue()
        running = asyncio.run_coroutine_threadsafe(self._run(jobs, done), self._loop)
        return self._verdicts(done, running)

    def _verdicts(self, done: "queue.SimpleQueue[Verdict | None]", running: "Future[None]") -> Iterator[list[Verdict]]:
        over = False
        while not over:
            found = [done.get()]
            if found[-1] is not None:
                time.sleep(GATHER)
            while found[-1] is not None and not done.empty():
                found.append(done.get())
            over = found[-1] is None
            verdicts = [verdict for verdict in found if verdict is not None]
            if verdicts:
                yield verdicts
        running.result()

    async def _run(self, jobs: Sequence[Job], done: "queue.SimpleQueue[Verdict | None]") -> None:
        try:
            async for verdict in send_many(jobs, concurrency=min(self._concurrency, len(jobs))):
                done.put(verdict)
        finally:
            done.put(None)

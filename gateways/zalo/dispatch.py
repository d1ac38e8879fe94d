"""Many sends at once, each exactly once, verdicts as they come."""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass

from gateways.zalo.outcomes import Kind, Outcome, not_started


@dataclass(frozen=True, slots=True)
class Job:
    """``key`` names it for the caller; ``send`` makes the one call, e.g. ``partial(client.send_group_text, id, text)``.

    ``not_after``: ``time.monotonic()`` value past which it must not be started any more (the claim may be lost by the
    time it ends); such a job comes back as RETRY with message ``fence`` and was never sent.
    """

    key: Hashable
    send: Callable[[], Awaitable[Outcome]]
    not_after: float | None = None


async def send_many(
    jobs: Iterable[Job] | AsyncIterable[Job],
    *,
    concurrency: int = 100,
    stop: Callable[[], bool] | None = None,
) -> AsyncIterator[tuple[Job, Outcome]]:
    """Run ``jobs`` with at most ``concurrency`` in flight; yield ``(job, outcome)`` in order of completion.

    Nothing is retried. A ``send`` that raises yields UNKNOWN: it may have written before it failed. ``stop`` is asked
    before each start; once it says True no further job is started or reported, and those in flight are still yielded.
    Leaving the loop early (or cancelling it) cancels what is in flight, whose fate then is unknown to everybody.
    """
    source = aiter(jobs) if isinstance(jobs, AsyncIterable) else _aiter(jobs)
    done: asyncio.Queue[tuple[Job, Outcome] | BaseException | None] = asyncio.Queue()
    taking = asyncio.Lock()

    async def work() -> None:
        try:
            while not (stop is not None and stop()):
                async with taking:
                    try:
                        job = await anext(source)
                    except StopAsyncIteration:
                        return
                if stop is not None and stop():
                    return
                done.put_nowait((job, await _run(job)))
        except Exception as error:
            done.put_nowait(error)  # the source of jobs failed; the caller must hear of it
        finally:
            done.put_nowait(None)

    workers = [asyncio.create_task(work()) for _index in range(concurrency)]
    open_workers = len(workers)
    try:
        while open_workers:
            item = await done.get()
            if item is None:
                open_workers -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _run(job: Job) -> Outcome:
    if job.not_after is not None and time.monotonic() > job.not_after:
        return not_started("fence")
    try:
        return await job.send()
    except Exception as error:
        return Outcome(Kind.UNKNOWN, message=type(error).__name__)


async def _aiter(jobs: Iterable[Job]) -> AsyncIterator[Job]:
    for job in jobs:
        yield job

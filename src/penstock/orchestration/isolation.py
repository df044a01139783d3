"""An event that has killed its workers is tried in a process of its own, beside the other lanes (design §4.1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.orchestration.failing import fail, unfinished
from penstock.orchestration.lanes import slot_of
from penstock.orchestration.run import Run
from penstock.orchestration.write import LostLeaseError, write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.worker import Worker

log = structlog.get_logger()

# What counts are deaths of a worker that had the event in hand, and statements for it that the server cut off.
SUSPECTED = 2  # times after which an event is tried with no other beside it
ATTEMPTS = 3  # times, the last one with no other beside it, after which it is tried in a process of its own
PAUSE = 1.0  # seconds before an event is tried again whose process could not work
_WAITS = "SELECT true FROM pending_event WHERE id = $1"


class Isolation:
    """The events of one worker that are being tried in processes of their own, one process at a time.

    The lanes of these events wait meanwhile, and their slots stay with the worker.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by lane
        self._one = asyncio.Lock()

    @property
    def lanes(self) -> set[int]:
        """Return the lanes that wait."""
        return set(self._tasks)

    @property
    def slots(self) -> set[int]:
        """Return the slots of these lanes."""
        return {slot_of(lane) for lane in self._tasks}

    def begin(self, event: PendingEvent) -> None:
        """Try an event; its lane waits until that is over."""
        task = asyncio.get_running_loop().create_task(self._try(event), name=f"isolated {event.id}")
        self._tasks[event.lane] = task

    def follow(self, lane: int, finish: Callable[[], Awaitable[None]]) -> None:
        """Let a lane that waits for something go on beside the others; it is claimed by nobody until it is done."""
        task = asyncio.get_running_loop().create_task(self._followed(lane, finish), name=f"lane {lane}")
        self._tasks[lane] = task

    async def idle(self) -> None:
        """Wait until nothing is being tried."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values())

    async def _followed(self, lane: int, finish: Callable[[], Awaitable[None]]) -> None:
        try:
            await finish()
        except Exception as error:  # noqa: BLE001 - whatever it was, the lane's events wait and are claimed again
            log.warning("lane not finished", lane=lane, error=repr(error))
            await asyncio.sleep(PAUSE)
        finally:
            del self._tasks[lane]
            self._worker.wake()

    async def _try(self, event: PendingEvent) -> None:
        try:
            async with self._one:
                await try_alone(self._worker, event)
        except Exception as error:  # noqa: BLE001 - whatever it was, the event waits and is tried again
            log.warning("event not tried", id=str(event.id), error=str(error))
            await asyncio.sleep(PAUSE)
        finally:
            del self._tasks[event.lane]
            self._worker.wake()

    async def close(self) -> None:
        """Give up what is being tried; it waits for another worker."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def try_alone(worker: Worker, event: PendingEvent) -> None:
    """Run the event in a process of its own; when that dies too, the event FAILS visibly."""
    engine = worker.engine
    ending = "nothing tries it alone"
    if engine.isolate is not None:
        ending = await engine.isolate(event.id, worker.lease.id)
    if not await engine.database.fetchval(_WAITS, event.id):
        return
    log.warning("event failed when tried alone", id=str(event.id), name=event.name, error=ending)
    batch = await worker.batch(0)
    run = Run(event.lane, [event])
    run.records.append(unfinished(event))
    failed = fail(run, RuntimeError(f"its worker died, or was cut off, {event.attempts} times; tried alone: {ending}"))
    failed.records[0].done = batch.now
    try:
        async with engine.database.transaction() as connection:
            await write(connection, worker.lease.id, [failed], batch, engine.guard)
    except (LostLeaseError, asyncpg.UniqueViolationError):
        return  # others decide; or its process was killed while it committed

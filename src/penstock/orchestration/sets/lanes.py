"""The lanes of sets in a worker: worked on beside its batches, since a set takes longer than others should wait."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from penstock.orchestration.queue import WORK, beside
from penstock.orchestration.sets.sending import meets
from penstock.orchestration.sets.working import roots_of, superseded

if TYPE_CHECKING:
    from penstock.database.pools import Database
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.worker import Worker


REST = 0.08  # seconds before a set while people wait
MEETING = 500  # sets that meet beside those that were claimed; ten million records wait in no more than thirty of them
# How long a lane in which sets meet rests behind them, in times of what they took, and the most of it in seconds: a
# load sends more meanwhile, and what several are about is computed once. Every so many seconds the lane looks whether
# it still does.
REST_BEHIND, LONGEST_REST, LOOK = 4, 10.0, 0.25
_WAITING = "SELECT count(*) FROM pending_event WHERE lane = $1 AND NOT scheduled"


def begin(worker: Worker, events: list[PendingEvent], revision: int) -> list[PendingEvent]:
    """Begin with the sets among events that were claimed; return the others. Their lanes wait until they are done."""
    sets = [event for event in events if event.members is not None]
    for lane, own in groupby(sets, key=lambda event: event.lane):
        worker.isolation.follow(lane, partial(work, worker, list(own), revision))
    return [event for event in events if event.members is None] if sets else events


async def work(worker: Worker, events: list[PendingEvent], revision: int) -> None:
    """Execute the sets of a lane, in order."""
    engine, begun = worker.engine, time.monotonic()
    roots = await roots_of(engine.database, events)
    meeting = any(map(meets, roots.values()))
    if meeting:
        events = [*events, *await beside(engine.database, events, MEETING)]
    for event, skipped in superseded(events, roots):
        if engine.crowded():
            await asyncio.sleep(REST)
        batch = await worker.batch(revision)
        done = await engine.sets.work(worker.lease.id, batch, event, skipped)
        now = engine.clock.now()
        for record in done.records:
            engine.meter.done(record)
            engine.meter.latency.add((now - record.created).total_seconds())
        if done.more:
            worker.wake()
            engine.signals.send(WORK)
    if meeting:
        took = time.monotonic() - begun
        await _rest(engine.database, events[0].lane, min(LONGEST_REST, REST_BEHIND * took))


async def _rest(database: Database, lane: int, most: float) -> None:
    """Wait so many seconds, or until nothing more arrives in a lane."""
    end, waiting = time.monotonic() + most, 0
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(LOOK, left))
        before, waiting = waiting, await database.fetchval(_WAITING, lane)
        if waiting == before:
            return

"""The lanes of sets in a worker: worked on beside its batches, since a set takes longer than others should wait."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from penstock.orchestration.queue import WORK, beside
from penstock.orchestration.sets.sending import meets
from penstock.orchestration.sets.working import Done, roots_of, superseded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from penstock.database.pools import Database
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.worker import Worker


REST = 0.08  # seconds before a set while people wait
NEEDLESS = 100  # sets, all of whose members are in later ones, that are noted in one transaction
AT_ONCE = 2  # sets that meet: while one is computed here, the database can read for the other
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
    """Execute the sets of a lane, in order; those that meet as one, and rest behind them."""
    roots = await roots_of(worker.engine.database, events)
    if not any(map(meets, roots.values())):
        await _work(worker, superseded(events, roots), revision)
        return
    begun = time.monotonic()
    met = superseded([*events, *await beside(worker.engine.database, events, MEETING)], roots)
    needless = [event for event, skipped in met if len(skipped) == event.members]
    for start in range(0, len(needless), NEEDLESS):
        some = needless[start : start + NEEDLESS]
        _tell(worker, await worker.engine.sets.skip(worker.lease.id, await worker.batch(revision), some, roots))
    left = iter([(event, skipped) for event, skipped in met if len(skipped) != event.members])
    async with asyncio.TaskGroup() as group:  # of members that meet no others
        for _ in range(AT_ONCE):
            group.create_task(_work(worker, left, revision))
    took = time.monotonic() - begun
    await _rest(worker.engine.database, events[0].lane, min(LONGEST_REST, REST_BEHIND * took))


async def _work(worker: Worker, sets: Iterable[tuple[PendingEvent, Mapping[int, str]]], revision: int) -> None:
    for event, skipped in sets:
        if worker.engine.crowded():
            await asyncio.sleep(REST)
        done = await worker.engine.sets.work(worker.lease.id, await worker.batch(revision), event, skipped)
        _tell(worker, done)


def _tell(worker: Worker, done: Done) -> None:
    """Count what was done, and wake who has to do with what is left."""
    engine, now = worker.engine, worker.engine.clock.now()
    for record in done.records:
        engine.meter.done(record)
        engine.meter.latency.add((now - record.created).total_seconds())
    if done.more:
        worker.wake()
        engine.signals.send(WORK)


async def _rest(database: Database, lane: int, most: float) -> None:
    """Wait so many seconds, or until nothing more arrives in a lane."""
    end, waiting = time.monotonic() + most, 0
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(LOOK, left))
        before, waiting = waiting, await database.fetchval(_WAITING, lane)
        if waiting == before:
            return

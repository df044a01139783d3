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
    from penstock.model.rows import Row
    from penstock.orchestration.records import PendingEvent
    from penstock.orchestration.worker import Worker


REST = 0.08  # seconds before a set while people wait
NEEDLESS = 100  # sets, all of whose members are in later ones, that are noted in one transaction
AT_ONCE = 2  # sets that meet: while one is computed here, the database can read for the other
MEETING = 300  # sets that meet beside those that were claimed: of a thousand members, each takes a third of a megabyte
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
    roots, lane = await roots_of(worker.engine.database, events), events[0].lane
    if not any(map(meets, roots.values())):
        await _work(worker, superseded(events, roots), revision)
        return
    begun = time.monotonic()
    await _meet(worker, events, roots, revision)
    took = time.monotonic() - begun
    await _rest(worker.engine.database, lane, min(LONGEST_REST, REST_BEHIND * took))


async def _meet(worker: Worker, events: list[PendingEvent], roots: Mapping[int, Row], revision: int) -> None:
    """Compute what sets that meet are about, each once; two at once, unless people wait."""
    met = superseded([*events, *await beside(worker.engine.database, events, MEETING)], roots)
    needless = [one for one in met if len(one[1]) == one[0].members]
    for start in range(0, len(needless), NEEDLESS):
        some = needless[start : start + NEEDLESS]
        if worker.engine.crowded():
            await asyncio.sleep(REST)
        batch = await worker.batch(revision)
        noted = await worker.engine.sets.skip(worker.lease.id, batch, [event for event, _ in some], roots)
        if noted is None:
            await _work(worker, some, revision)
        else:
            _tell(worker, noted)
    left = iter([one for one in met if len(one[1]) != one[0].members])  # their members meet no others
    async with asyncio.TaskGroup() as group:
        for _ in range(1 if worker.engine.crowded() else AT_ONCE):
            group.create_task(_work(worker, left, revision))


async def _work(worker: Worker, sets: Iterable[tuple[PendingEvent, Mapping[int, str]]], revision: int) -> None:
    for event, skipped in sets:
        if worker.engine.crowded():
            await asyncio.sleep(REST)
        _tell(worker, await worker.engine.sets.work(worker.lease.id, await worker.batch(revision), event, skipped))


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

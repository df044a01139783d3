"""The engine's loop: lease, claim, drive, write - and again (design §4).

A worker is killed without harm at any line: what was not committed is claimed again by whoever takes its slots
over, and what was committed has left the queue in the same transaction.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.database.pools import UNREACHABLE
from penstock.delivery.sending.queue import DUE
from penstock.orchestration import faults, lanes, queue, trees
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.failing import complain, fail, guilty, unfinished
from penstock.orchestration.isolation import ATTEMPTS, SUSPECTED, Isolation
from penstock.orchestration.meter import SECONDS, report
from penstock.orchestration.posting import readdressed
from penstock.orchestration.run import Run
from penstock.orchestration.sets import lanes as set_lanes
from penstock.orchestration.spans import tell
from penstock.orchestration.write import LostLeaseError, write
from penstock.tracing import TRACING

if TYPE_CHECKING:
    import uuid

    from penstock.orchestration.batch import Batch
    from penstock.orchestration.driver import Later, Task
    from penstock.orchestration.engine import Engine
    from penstock.orchestration.leases import Lease
    from penstock.orchestration.records import PendingEvent

log = structlog.get_logger()

LANES = 200  # lanes in a batch
FEW_LANES = 10  # the same while people wait for others: a batch is over soon
EVENTS = 100  # events of one lane in a batch
IDS = 4_000  # drawn ahead of a batch ...
IDS_A_ROW = 10  # ... and more for each row of its trees: a line may be split, promised, packed and shipped
POLL = 1.0  # seconds; the net below signals
TIMERS = 0.2  # seconds between looks for due timers
ALONE_AFTER = 2  # lost races after which a run takes its locks first, alone
FAILED = "FAILED"
MOST_TRIES = 100  # of a run alone
MOST_NAMED = 5  # events in a line of the log
DEADLOCKS = 3  # repeated writes


class Worker:
    """Processes the events of the slots that it leases."""

    def __init__(self, engine: Engine, lease: Lease) -> None:
        self.engine = engine
        self.lease = lease
        self._wake = asyncio.Event()
        self.isolation = Isolation(self)
        self._cursor: int | None = None
        self._attended = False  # the last batch was for who waits
        self._lost = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        await self.engine.signals.listen(queue.WORK, lambda _: self._wake.set())
        await self.lease.register()
        await self.lease.balance()
        heart = asyncio.create_task(self._heart(), name="heartbeat")
        timers = asyncio.create_task(self._timers(), name="timers")
        reporter = asyncio.create_task(self._report(), name="report")
        balanced = time.monotonic()
        try:
            while not stop.is_set() and not self._lost:
                if not await self.once():
                    await self._rest(stop)
                if time.monotonic() - balanced > POLL:
                    await self.lease.balance(self.isolation.slots)
                    balanced = time.monotonic()
                for task in (heart, timers, reporter):
                    if task.done():
                        task.result()  # without them this worker would seem dead, forget timers, or fall silent
        finally:
            await self.isolation.close()
            for task in (heart, timers, reporter):
                task.cancel()
            await asyncio.gather(heart, timers, reporter, return_exceptions=True)
            with suppress(asyncpg.PostgresError, OSError, asyncpg.InterfaceError):
                await self.lease.leave()

    def wake(self) -> None:
        """Let the worker look for work at once."""
        self._wake.set()

    async def only(self, id_: uuid.UUID) -> None:
        """Process one event, in the name of the worker whose lease this is; here it fails if it takes too long."""
        pending, revision = await queue.one(self.engine.database, id_)
        pending = set_lanes.begin(self, pending, revision)
        try:
            await self._process(pending, revision)
        except asyncpg.QueryCanceledError as error:
            await self._fail_first(pending, error, revision)
        await self.isolation.idle()

    async def once(self) -> int:
        """Claim and process one batch; return how many events it had."""
        self._wake.clear()
        ranges = lanes.ranges(self.lease.slots, self._cursor, self.isolation.lanes)
        if not ranges:
            return 0
        since = time.perf_counter()
        pending, revision = await self.claim(ranges)
        if not pending:
            self._cursor = None
            return 0
        faults.point("claimed")
        claimed, pending = len(pending), set_lanes.begin(self, pending, revision)
        if not pending:
            return claimed
        if any(event.entity_id is None for event in pending):  # timers for what was not there when they were set
            given = await readdressed(self.engine.database, pending)
            pending = [event for event in pending if event.id not in given]
            if given:
                self.engine.signals.send(queue.WORK)  # their lanes may be those of other workers
            if not pending:
                return len(given)
        suspects = [e for e in pending if e.attempts >= SUSPECTED]
        if suspects:
            await self._suspect(suspects, revision)
        else:
            await self._attempt(pending, revision)
        self.engine.meter.batches.add(time.perf_counter() - since)
        return len(pending)

    async def claim(self, ranges: list[tuple[int, int]]) -> tuple[list[PendingEvent], int]:
        """Claim a batch; events that somebody waits for come first, but every second batch is everybody's."""
        most = FEW_LANES if self.engine.attended() else LANES
        only = not self._attended
        pending, revision = await queue.claim(self.engine.database, self.lease.id, ranges, most, EVENTS, attended=only)
        waited_for = any(event.sync for event in pending)
        self._attended = waited_for and only
        if waited_for:
            self.engine.waited_for = time.monotonic()
        if pending and not self._attended:
            self._cursor = pending[-1].lane
        return pending, revision

    async def _suspect(self, suspects: list[PendingEvent], revision: int) -> None:
        """Try events that were there when workers died, one by one; the rest of the batch is claimed again."""
        for event in suspects:
            if event.lane in self.isolation.lanes:
                continue
            if event.attempts >= ATTEMPTS:
                self.isolation.begin(event)
            else:
                await queue.note(self.engine.database, self.lease.id, event.id)
                await self._attempt([event], revision)

    async def _attempt(self, pending: list[PendingEvent], revision: int) -> None:
        """Process events; those that a statement takes too long for are tried again with fewer beside them."""
        try:
            await self._process(pending, revision)
        except asyncpg.QueryCanceledError as error:
            await self._cut_off(pending, error)

    async def _cut_off(self, events: list[PendingEvent], error: Exception) -> None:
        named = ", ".join(str(e.id) for e in events[:MOST_NAMED])
        log.warning("cut off", events=len(events), first=named, error=str(error))
        await self.lease.cut_off([event.id for event in events])

    async def _process(self, pending: list[PendingEvent], revision: int) -> None:
        waiting, losses = pending, 0
        while waiting:
            if losses >= ALONE_AFTER:
                await self._one_by_one(waiting, revision)
                return
            waiting = await self._batch(waiting, revision)
            losses += 1

    async def _batch(self, pending: list[PendingEvent], revision: int) -> list[PendingEvent]:
        """Drive and write these events; return those of runs that lost a race."""
        batch = await self.batch(revision)
        runs = await trees.load(self.engine.database, pending)
        rows = sum(len(known) for run in runs for known in run.rows.values())
        await self.engine.ids.reserve(IDS + IDS_A_ROW * rows)
        faults.point("loaded")
        try:
            runs = await self._drive(runs, batch)
        except UNREACHABLE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of the engine itself must hit one event, not the worker
            return await self._apart(runs, error, revision, batch)
        faults.point("driven")
        lost = await self.write(runs, batch) if runs else []
        return [event for run in lost for event in run.events]

    async def _drive(self, runs: list[Run], batch: Batch) -> list[Run]:
        """Drive runs to their end; return those to write. One that waits for long goes on beside the batches."""
        tasks = {execute_run(run, batch): run for run in runs}
        driver = Driver(self.engine.answerers, batch)
        await driver.drive(list(tasks))
        left = {tasks[task].lane: (task, later) for task, later in driver.left}
        for run in runs:
            if run.lane in left:
                finish = partial(self._finish, run, batch, *left[run.lane])
                if run.lane not in self.isolation.lanes:
                    self.isolation.follow(run.lane, finish)
                else:  # this is its own way already
                    await finish()
        return [run for run in runs if run.lane not in left]

    async def _finish(self, run: Run, batch: Batch, task: Task, later: Later) -> None:
        """Drive a run on that was left behind, and write it."""
        driver = Driver(self.engine.answerers, batch)
        driver.left = [(task, later)]
        try:
            while driver.left:
                await self.engine.ids.reserve(IDS)
                await driver.resume(*driver.left.pop())
            lost = [event for loser in await self.write([run], batch) for event in loser.events]
        except asyncpg.QueryCanceledError as error:
            await self._cut_off(run.events, error)
            return
        except UNREACHABLE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of the engine itself must hit one event, not the worker
            lost = await self._apart([run], error, batch.configuration.revision, batch)
        await self._attempt(lost, batch.configuration.revision)

    async def _apart(self, runs: list[Run], error: Exception, revision: int, batch: Batch) -> list[PendingEvent]:
        """Drive lanes one by one after a fault of the engine itself, so that it hits one event only."""
        if len(runs) > 1:
            lost = [await self._batch(run.events, revision) for run in runs]
            return [event for events in lost for event in events]
        run = runs[0]
        if len(run.events) > 1:
            return await self._singly(run, revision)
        run.records = [unfinished(run.events[0])]
        await self._fail(run, error, batch)
        return []

    async def _singly(self, run: Run, revision: int) -> list[PendingEvent]:
        """Process the events of a lane one after another, so that only the guilty one among them fails."""
        for event in run.events:
            await self._process([event], revision)
        return []

    async def _one_by_one(self, pending: list[PendingEvent], revision: int) -> None:
        """Drive each lane alone, inside its transaction, with what it reads locked."""
        by_lane: dict[int, list[PendingEvent]] = {}
        for event in pending:
            by_lane.setdefault(event.lane, []).append(event)
        for own in by_lane.values():
            await self._alone(own, revision)

    async def _alone(self, pending: list[PendingEvent], revision: int) -> None:
        for _ in range(MOST_TRIES):
            if self._lost or await self._tried_alone(pending, revision):
                return
            self.engine.meter.losses.add("driven again")
        error = RuntimeError(f"others changed what it is about while it was tried {MOST_TRIES} times")
        await self._fail_first(pending, error, revision)

    async def _fail_first(self, pending: list[PendingEvent], error: Exception, revision: int) -> None:
        """Let the first of these events fail, whatever had come of it."""
        run = Run(pending[0].lane, pending[:1])
        run.records = [unfinished(pending[0])]
        await self._fail(run, error, await self.batch(revision))

    async def _tried_alone(self, pending: list[PendingEvent], revision: int) -> bool:
        """Drive and write one lane in a transaction; return whether it is done with, well or not."""
        batch = await self.batch(revision)
        batch.locking = True
        await self.engine.ids.reserve(IDS)
        try:
            async with self.engine.database.transaction() as connection:
                batch.reader = connection
                runs = await trees.load(connection, pending)
                await Driver(self.engine.answerers, batch).drive([execute_run(r, batch) for r in runs])
                lost = await write(connection, self.lease.id, runs, batch, self.engine.guard)
        except asyncpg.DeadlockDetectedError:
            return False
        except LostLeaseError:
            self._lost = True
            return True
        except guilty() as error:
            if len(pending) > 1:
                await self._singly(runs[0], revision)
            else:
                runs[0].records = runs[0].records or [unfinished(pending[0])]
                await self._fail(runs[0], error, batch)
            return True
        if not lost:
            self._tell(runs)
        return not lost

    async def batch(self, revision: int) -> Batch:
        """Return a fresh batch: configuration, time and ids."""
        return self.engine.working(await self.engine.configurations.at(revision))

    async def write(self, runs: list[Run], batch: Batch) -> list[Run]:
        """Write runs; on a data error halve them until the guilty one is alone and fails. Return the losers."""
        try:
            lost = await self._transaction(runs, batch)
        except guilty() as error:
            if len(runs) > 1:
                half = len(runs) // 2
                return await self.write(runs[:half], batch) + await self.write(runs[half:], batch)
            if len(runs[0].events) > 1:
                await self._singly(runs[0], batch.configuration.revision)
                return []
            if isinstance(error, asyncpg.UniqueViolationError):
                return runs  # somebody was faster with the same ref: driven again, its rules can see that
            return await self._fail(runs[0], error, batch)
        losses = self.engine.meter.losses
        losses.add("promise refused", by=batch.refusals)
        losses.add("driven again", by=len(lost))
        batch.refusals = 0
        self._tell([r for r in runs if r not in lost])
        return lost

    async def _fail(self, run: Run, error: Exception, batch: Batch) -> list[Run]:
        """Let the first event of a run fail without effect; its other events stay in the queue."""
        failed = fail(run, error)
        await self._transaction([failed], batch)
        self._tell([failed])
        return []

    async def _transaction(self, runs: list[Run], batch: Batch) -> list[Run]:
        for attempt in range(DEADLOCKS):
            try:
                async with self.engine.database.transaction() as connection:
                    lost = await write(connection, self.lease.id, runs, batch, self.engine.guard)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == DEADLOCKS - 1:
                    raise
                self.engine.meter.losses.add("deadlock")
            except LostLeaseError:
                self._lost = True
                return []
            else:
                faults.point("committed")
                return lost
        return []

    def _tell(self, runs: list[Run]) -> None:
        """Signal work for other workers, and the end of events that somebody waits for."""
        if any(run.outbound for run in runs):
            self._wake.set()
            self.engine.signals.send(queue.WORK)
        if any(run.webhooks for run in runs):
            self.engine.signals.send(DUE)
        now, meter = self.engine.clock.now(), self.engine.meter
        latency = meter.latency
        for run in runs:
            for record in run.records:
                meter.done(record)
                if record.status == FAILED:
                    complain(self.engine.account, record)
            if TRACING.on:
                for event, record in zip(run.events, run.records, strict=True):
                    tell(self.engine.account, event, record)
            for event in run.events:
                latency.add((now - (event.due or event.created)).total_seconds())
                if event.sync:
                    self.engine.signals.send(queue.DONE, str(event.id))
        faults.point("told")

    async def _rest(self, stop: asyncio.Event) -> None:
        """Wait for a signal, a second at most."""
        waits = {asyncio.create_task(self._wake.wait()), asyncio.create_task(stop.wait())}
        _, left = await asyncio.wait(waits, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()

    async def _heart(self) -> None:
        while not self._lost:
            self._lost = not await self.lease.beat()
            await asyncio.sleep(POLL)

    async def _timers(self) -> None:
        while True:
            own = lanes.ranges(self.lease.slots)
            woken = await queue.wake(self.engine.database, self.engine.clock.now(), own)
            if woken:
                self._wake.set()
            if woken < queue.WOKEN:
                await asyncio.sleep(TIMERS)

    async def _report(self) -> None:
        while True:
            await report(self.engine.database, self.lease.id, self.engine.meter)
            await asyncio.sleep(SECONDS)

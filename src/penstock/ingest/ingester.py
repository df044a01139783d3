"""The loop that brings batches in, beside the worker's own (spec 11 §4.3).

Every portion is one transaction. Killed before its commit, nothing of it has happened; killed after it, the next one
follows. So each record takes effect once. A batch whose workers die again and again at the same record goes on in a
process of its own (``isolation.py``), so that a record can stop no other.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import structlog

from penstock.database.packing import unpacked
from penstock.database.pools import UNREACHABLE, away
from penstock.identity.users import user_by_id
from penstock.ingest import claiming
from penstock.ingest.accepting import BATCHES
from penstock.ingest.audit import record_of
from penstock.ingest.isolation import OPENING, SUSPECTED, bring_in_apart
from penstock.ingest.loading import Order, portion, refusal
from penstock.model.writes import Changes
from penstock.orchestration import faults
from penstock.waiting import came

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Mapping, Sequence

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.identity.principal import Principal
    from penstock.ingest.isolation import Isolate
    from penstock.ingest.loading import Load, Loader, Record
    from penstock.ingest.records import Batch

log = structlog.get_logger()

AT_ONCE = 2  # batches that a worker brings in; each takes the memory of its records
SMALLER, REST = 4, 0.08  # how much less a portion is while people wait, and seconds before it
AGAIN = 2  # further tries of a portion after a deadlock
POLL = 1.0  # seconds; the net below signals
KEPT = timedelta(days=90)  # how long jobs are kept after they closed
TIDY = 600.0  # seconds between looks for older ones
OWN_LINE = "INVENTORY"  # thousands of records a second, which must not wait for those that take longer


Portion = tuple[int, "list[Record]"]  # the number of its first record


@dataclass
class Ingester:
    """Brings in the batches of one account; ``lease`` is the id of the worker that it belongs to."""

    account: str
    database: Database
    signals: Signals
    clock: Clock
    lease: uuid.UUID
    loaders: Mapping[str, Loader]
    isolate: Isolate
    crowded: Callable[[], bool] = lambda: False  # whether people wait, for events of this account or for its API

    def __post_init__(self) -> None:
        self._wake = asyncio.Event()
        self._running: set[int] = set()
        self._claiming = asyncio.Lock()
        self._claims = claiming.Claims(self.database, self.lease, OWN_LINE)

    async def run(self) -> None:
        """Work until cancelled; what is unfinished then is left to others."""
        await self.signals.listen(BATCHES, lambda _: self._wake.set())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._work())
                group.create_task(self._tidy())
        finally:
            await asyncio.shield(self._leave())

    async def _leave(self) -> None:
        try:
            await claiming.release(self.database, self.lease)
        except UNREACHABLE as error:  # the lease ends all the same
            log.warning("batches not released", error=str(error))

    async def _work(self) -> None:
        while True:
            try:
                busy = await self.once()
            except UNREACHABLE as error:
                log.warning("batch waits for the database", error=str(error))
                busy = False
            except Exception:
                log.exception("batch not brought in")  # it is tried again
                busy = False
            if not busy:
                await self._rest()

    async def _tidy(self) -> None:
        while True:
            with suppress(*UNREACHABLE):
                await claiming.forget(self.database, self.clock.now() - KEPT)
            await asyncio.sleep(TIDY)

    async def _rest(self) -> None:
        """Wait for a signal, a second at most."""
        self._wake.clear()
        await came(self._wake, POLL)

    async def once(self) -> bool:
        """Claim one batch and bring it in; return whether there was one."""
        batch = await self._claim()
        if batch is None:
            return False
        try:
            await self._bring_in(batch)
        finally:
            self._running.discard(batch.id)
        self._wake.set()  # the next one of this retailer may have waited for it
        return True

    async def _claim(self) -> Batch | None:
        """Claim one batch, one claim at a time: what is claimed already must be known to the next one."""
        async with self._claiming:
            # People who wait come first: then no second worker loads stock beside the one that does.
            batch = await self._claims.next(self.clock.now(), self._running, beside=not self.crowded())
            if batch is not None:
                self._running.add(batch.id)
            return batch

    async def _bring_in(self, batch: Batch) -> None:
        if await (self._bring_in_apart(batch) if batch.attempts >= SUSPECTED else self._bring_in_here(batch)):
            await self._complete(batch)
            faults.point("completed")

    async def _bring_in_here(self, batch: Batch) -> bool:
        """Bring a batch in, portion by portion; False when another worker goes on with it."""
        try:
            load, records, done = await self._open(batch)
        except UNREACHABLE:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a batch, the others go on
            log.warning("batch not opened", batch=batch.id, error=repr(error))
            return await self._bring_in_apart(batch)
        while done < len(records):
            faults.point("bringing")
            size, paired = load.size, load.paired
            if self.crowded():  # people who wait come first: less at once, and a rest before it
                size, paired = max(1, size // SMALLER), False
                await asyncio.sleep(REST)
            portions = await _portions(load, records, done, size, 2 if paired else 1)
            if not await (self._pair(load, batch, portions) if paired else self._all(load, batch, portions)):
                return False
            faults.point("brought")
            done += sum(len(own) for _, own in portions)
        return True

    async def _pair(self, load: Load, batch: Batch, portions: list[Portion]) -> bool:
        """Bring two portions in side by side, the second committed behind the first; what fails comes in by itself."""
        before: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        before.set_result(None)
        tasks = []
        for first, records in portions:
            before = asyncio.ensure_future(load.load(first, records, before))
            tasks.append(before)
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [p for p, end in zip(portions, ended, strict=True) if end is not None]
        return await self._all(load, batch, failed)

    async def _all(self, load: Load, batch: Batch, portions: list[Portion]) -> bool:
        """Bring portions in, one after another; False when another worker has done one of them."""
        for first, records in portions:
            if not await self._portion(load, batch, first, records):
                return False
        return True

    async def _bring_in_apart(self, batch: Batch) -> bool:
        batch.records = b""
        return await bring_in_apart(self.database, batch, self.isolate)

    async def alone(self, batch_id: int, say: Callable[[str], None]) -> None:
        """Bring in what is left of a batch of this worker, one record at a time; ``say`` which, before it begins."""
        batch = await claiming.held(self.database, batch_id, self.lease)
        if batch is None:
            return
        say(OPENING)
        load, records, done = await self._open(batch)
        for number in range(done, len(records)):
            say(str(number))
            if not await self._portion(load, batch, number, [records[number]]):
                return

    async def _open(self, batch: Batch) -> tuple[Load, list[Record], int]:
        """Return a batch ready to be brought in, its records, and how many of them are done."""
        records: list[Record] = msgspec.json.decode(unpacked(batch.records))
        batch.records = b""
        load = await self.loaders[batch.entity_type](Order(batch, records, await self._sender(batch)))
        return load, records, await claiming.already_done(self.database, batch.id)

    async def _sender(self, batch: Batch) -> Principal | None:
        """Return who sent a batch, with what they may do now; None when they may not log in any more."""
        user = await user_by_id(self.database, self.account, batch.user_id)
        return user.principal if user and user.active else None

    async def _portion(self, load: Load, batch: Batch, first: int, records: Sequence[Record]) -> bool:
        """Bring a portion in, record by record if it cannot be as a whole; False when another worker has done it."""
        try:
            await _tried(load, first, records)
        except asyncpg.QueryCanceledError as error:  # alone, a record that takes so long gets that for its result
            return await self._apart(load, batch, first, records, error)
        except UNREACHABLE:
            raise
        except asyncpg.UniqueViolationError as error:
            if error.table_name == "batch_result":
                return False
            return await self._apart(load, batch, first, records, error)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a record must hit it alone
            return await self._apart(load, batch, first, records, error)
        return True

    async def _apart(self, load: Load, batch: Batch, first: int, records: Sequence[Record], error: Exception) -> bool:
        if len(records) > 1:
            for number, record in enumerate(records, first):
                if not await self._portion(load, batch, number, [record]):
                    return False
            return True
        log.error("record failed", batch=batch.id, number=first, exc_info=error)
        changes = Changes()
        changes.insert(portion(batch, first, [refusal(error, None)]))
        try:
            await changes.write(self.database)
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def _complete(self, batch: Batch) -> None:
        """Mark a batch COMPLETE, and leave the event that tells of it."""
        now = self.clock.now()
        async with self.database.transaction() as connection:
            totals = await claiming.complete(connection, batch.id, now)
            if totals is not None:
                changes = Changes()
                changes.insert(record_of(batch, totals, now))
                await changes.write(connection)


async def _portions(load: Load, records: list[Record], first: int, size: int, most: int) -> list[Portion]:
    """Return the next portions of a batch; where it cannot be told what is in them, so many records each."""
    found: list[Portion] = []
    while first < len(records) and len(found) < most:
        try:
            end = await load.cut(first, size)
        except Exception as error:
            if away(error):
                raise
            log.info("batch cut by numbers", first=first, error=repr(error))  # what is wrong hits one record later
            end = first + size
        found.append((first, records[first:end]))
        first = end
    return found


async def _tried(load: Load, first: int, records: Sequence[Record]) -> None:
    """Bring a portion in; one that met somebody at the same rows is tried again."""
    for _ in range(AGAIN):
        try:
            await load.load(first, records)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            log.info("portion tried again", first=first, error=str(error))
        else:
            return
    await load.load(first, records)

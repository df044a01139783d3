"""Finding events and their audit (spec 11 §1.2, §1.3).

Inline events and audit entries stand in the traces of the stored events. A search finds stored events by an index
where what is asked for allows it (an id, a root, an entity, what failed), else by time; reads their marks, which
say what cannot be in them; opens the traces that are left, newest first, and stops when it has enough. One that is
not done after ``SECONDS`` ends with an error that says what to add.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from penstock.errors import SlowSearchError
from penstock.orchestration.expand import Props, entries, waiting
from penstock.orchestration.log import whereabouts
from penstock.orchestration.log.attempts import attempted, sends
from penstock.orchestration.log.partitions import first_id
from penstock.orchestration.log.query import EARLIEST, Asked, EventQuery, base
from penstock.orchestration.log.statements import ORDERED, PLAN, Statement, count, in_order, late, log, queue, skip
from penstock.orchestration.log.whereabouts import Arm
from penstock.orchestration.queue import pending_event
from penstock.orchestration.records import INLINE_BITS, INLINE_MASK, EventRecord
from penstock.orchestration.sets.trace import Unfolded
from penstock.orchestration.sets.trace import decode as folded
from penstock.orchestration.trace import decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable

    from penstock.database.pools import Database
    from penstock.orchestration.configuration import Configurations
    from penstock.orchestration.expand import Entry
    from penstock.orchestration.log.attempts import Attempts
    from penstock.orchestration.trace import TraceBody

__all__ = ["EARLIEST", "EventQuery", "Search"]

SECONDS = 2.0  # that a search may take
# The last set that begins with this id or before it: the ids of its members follow one another.
_SET = "SELECT id, members FROM event WHERE members IS NOT NULL AND id <= $1 ORDER BY id DESC LIMIT 1"
CHUNKS = (20, 60, 200)  # stored events read at once; at first few, since often few are enough
SKIPPED = 500  # entries from which on it pays to count them unopened


class Search:
    """Searches the events of one account."""

    def __init__(
        self, account: str, database: Database, configurations: Configurations, attempts: Attempts | None = None
    ) -> None:
        """Prepare; ``attempts`` finds those to deliver webhooks."""
        self._attempts = attempts
        self._account = account
        self._database = database
        self._configurations = configurations

    async def get(self, id_: uuid.UUID, query: EventQuery) -> dict[str, Any] | None:
        """Return one event or audit entry in its stored shape; None when unknown or not visible."""
        found = await self.find(query)
        return next((shape for shape in found if shape["id"] == str(id_)), None)

    async def find(self, query: EventQuery) -> list[dict[str, Any]]:
        """Return matching events and audit entries, newest first: a page, and one more if there are more.

        Raises:
            SlowSearchError: it was not done in time.
        """
        try:
            async with self._database.transaction("repeatable_read") as connection:
                found = await self._read(connection, Asked(query))
                if found or query.event_id is None or self._attempts is None:
                    return found
                owner = await self._attempts.event_of(connection, query.event_id)
                return await self._read(connection, Asked(query, base(owner.int))) if owner else []
        except asyncpg.QueryCanceledError:
            raise _slow() from None

    async def _read(self, connection: asyncpg.Connection, asked: Asked) -> list[dict[str, Any]]:
        return await _Reading(self._account, connection, asked, self._configurations, self._attempts).page()


def _slow() -> SlowSearchError:
    return SlowSearchError(
        f"The search was not done after {SECONDS:g} s. Add what finds its events: context.rootEntityId, "
        "context.entityId with context.entityType, context.sourceEvents or eventId; or give a shorter time by from "
        "and to."
    )


class _Reading:
    """One search, in one snapshot of the queue and the log."""

    def __init__(
        self,
        account: str,
        connection: asyncpg.Connection,
        asked: Asked,
        configurations: Configurations,
        attempts: Attempts | None,
    ) -> None:
        self._attempts = attempts
        self._account = account
        self._connection = connection
        self._asked = asked
        self._configurations = configurations
        self._deadline = asyncio.get_running_loop().time() + SECONDS

    async def page(self) -> list[dict[str, Any]]:
        """Return the shapes of the page, and of one entry more."""
        asked, query = self._asked, self._asked.query
        await self._connection.execute(PLAN.format(milliseconds=int(SECONDS * 1000)))
        await self._owning()
        arms = await self._arms()
        left, before = await self._skipped(arms)
        found: list[dict[str, Any]] = []
        async for entry in self._entries(arms, before):
            if not asked.fits(entry):
                continue
            if left:
                left -= 1
                continue
            found.append(entry.shape())
            if len(found) > query.count:
                break
        return found

    async def _owning(self) -> None:
        """Find the sets that hold the events whose ids are asked for."""
        asked = self._asked
        for wanted in (*([asked.stored] if asked.stored else ()), *map(base, asked.sources)):
            row = await self._connection.fetchrow(_SET, wanted)
            if row is not None and wanted.int < row["id"].int + (row["members"] << INLINE_BITS):
                asked.sets[wanted] = row["id"]

    async def _arms(self) -> Collection[Arm] | None:
        """Return the stretches of the log in which all that is wanted stands; None: it may stand anywhere."""
        asked, connection = self._asked, self._connection
        if not asked.done or asked.id is not None or asked.sources:
            return None
        if asked.root_ids:
            return [Arm(root=id_) for id_ in asked.root_ids]
        if asked.entity_ids or asked.entity_refs:
            ids, refs = sorted(asked.entity_ids), sorted(asked.entity_refs)
            return await whereabouts.of_entities(connection, asked.entity_types, ids, refs)
        if asked.root_refs:
            return await whereabouts.of_roots(connection, asked.root_types, sorted(asked.root_refs))
        return None

    async def _skipped(self, arms: Collection[Arm] | None) -> tuple[int, uuid.UUID | None]:
        """Return how many entries to leave out, and the event to begin with (None: the newest)."""
        start = self._asked.query.start
        if start < SKIPPED or not self._asked.whole or not self._asked.done:
            return start, None
        counting = skip(self._asked, arms)
        if counting is None:
            return start, None
        await self._connection.execute(ORDERED)
        found = await self._connection.fetchrow(counting.sql, *counting.arguments)
        begin = uuid.UUID(int=max(0, first_id(self._asked.since).int - 1)) if found is None else found["id"]
        if found is None:  # the page begins behind all that can be counted
            counting = count(self._asked, arms)
            found = await self._connection.fetchrow(counting.sql, *counting.arguments)
        return (start, None) if found["unknown"] else (start - found["before"], begin)

    async def _entries(self, arms: Collection[Arm] | None, begin: uuid.UUID | None) -> AsyncIterator[Entry]:
        """Yield what may be wanted: what waits and what is done, merged, newest first."""
        asked = self._asked
        waits = self._read(queue(asked, begin)) if asked.waiting else _nothing()
        next_ = await anext(waits, None)
        async for record in self._stored(arms, begin):
            while next_ is not None and next_["id"] > record.id:
                yield waiting(self._account, pending_event(next_))
                next_ = await anext(waits, None)
            for own, body in _contexts(record):
                if record.members is not None:  # each may take as long as a record
                    self._check_time()
                for entry in await self._opened(own, body):
                    yield entry
        while next_ is not None:
            yield waiting(self._account, pending_event(next_))
            next_ = await anext(waits, None)

    async def _stored(self, arms: Collection[Arm] | None, begin: uuid.UUID | None) -> AsyncIterator[EventRecord]:
        """Yield stored events, each once: those that came in at the time asked for, then older ones run at it."""
        if not self._asked.done or arms == set():
            return
        if in_order(self._asked, arms):
            await self._connection.execute(ORDERED)
        last = None
        for statement in (log(self._asked, arms, begin), late(self._asked, arms)):
            async for record in self._read(statement):
                if record["id"] != last:
                    yield EventRecord(**dict(record))
                last = record["id"]

    async def _read(self, statement: Statement) -> AsyncIterator[asyncpg.Record]:
        cursor = await self._connection.cursor(statement.sql, *statement.arguments)
        chunks = iter(CHUNKS)
        size = next(chunks)
        while records := await cursor.fetch(size):
            for record in records:
                self._check_time()
                yield record
            size = next(chunks, CHUNKS[-1])

    def _check_time(self) -> None:
        if asyncio.get_running_loop().time() > self._deadline:
            raise _slow()

    async def _opened(self, record: EventRecord, body: TraceBody) -> list[Entry]:
        """Return an event and all that its trace tells, newest first."""
        props = await self._props(record, body)
        found = list(entries(self._account, record, body, props, audit=self._asked.audit))
        if self._attempts is not None and self._asked.audit and sends(body):
            own = record.id, uuid.UUID(int=record.id.int | INLINE_MASK)
            found += attempted(found, await self._attempts.of_events(self._connection, [own]))
        return found[::-1]

    async def _props(self, record: EventRecord, body: TraceBody) -> Props:
        workflow = None
        if body.workflow is not None and body.version is not None:
            version = (record.retailer_id, body.workflow, body.version)
            workflow = await self._configurations.exact(*version, self._connection)
        once = None if body.once is None else msgspec.json.decode(body.values[body.once])
        return Props(workflow.document["rulesets"] if workflow else [], once)


def _contexts(record: EventRecord) -> Iterable[tuple[EventRecord, TraceBody]]:
    """Return the context of a record, or those of the members of a set, newest first."""
    if record.members is None:
        return [(record, decode(record.trace))]
    return Unfolded(record, folded(record.trace)).newest_first()


async def _nothing() -> AsyncIterator[asyncpg.Record]:
    none: tuple[asyncpg.Record, ...] = ()
    for record in none:
        yield record

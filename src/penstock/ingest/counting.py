"""Counts on their way to the workflow: as sets, or by themselves where something of a position waits already."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.model.writes import Changes
from penstock.orchestration import faults
from penstock.orchestration.actions import event_id
from penstock.orchestration.lanes import own_lane
from penstock.orchestration.posting import Target, queued
from penstock.orchestration.sets.carried import Carried
from penstock.orchestration.sets.sending import set_event
from penstock.orchestration.sets.working import Done
from penstock.rules.context import Event
from penstock.tracing import TRACING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    import asyncpg

    from penstock.database.pools import Database
    from penstock.database.reading import Reader
    from penstock.ingest.counts import Count, Counted
    from penstock.ingest.records import Batch, BatchResult
    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch as Working
    from penstock.orchestration.records import EventRecord, PendingEvent
    from penstock.orchestration.sets.working import Sets

CATALOGUE = "INVENTORY_CATALOGUE"
_ATTRIBUTE = "inventoryPosition"
# Lanes in which something waits: a count must not overtake it.
_BUSY = "SELECT DISTINCT lane FROM pending_event WHERE root_id = $1 AND NOT scheduled AND members IS NULL"

# The one that is second waits for its turn with locks in hand, which the database does not see: who waits for these may
# hold what the first one waits for.
_PATIENCE = "SET LOCAL lock_timeout = '1s'"

_POSITION = MODEL.entity("InventoryPosition")


@dataclass(frozen=True)
class Batches:
    """Writes the counts of one batch, portion by portion."""

    sets: Sets
    working: Working
    batch: Batch

    async def write(
        self, database: Database, counts: Sequence[Counted], results: BatchResult, turn: Awaitable[None] | None
    ) -> bool:
        """Give counts to the workflows of their catalogues, with the results; return whether events are left to do.

        It is committed after its ``turn``; where that fails, or somebody else holds what it takes for a second, nothing
        is written.

        Raises:
            asyncpg.LockNotAvailableError: it has a turn, and somebody else holds a row.
        """
        changes = Changes()
        changes.insert(results)
        if not counts:
            if turn is not None:
                await turn
            await changes.write(database)
            return False
        more = False
        records: list[EventRecord] = []
        async with database.transaction() as connection:
            if turn is not None:
                await connection.execute(_PATIENCE)
            for alike in _alike(counts):
                done = await self._take(connection, alike, changes)
                more |= done.more
                records += done.records
            faults.point("counted")
            if turn is not None:
                await turn
            await changes.write(connection)
        for record in records:
            self.working.meter.done(record)
        return more

    async def _take(self, connection: asyncpg.Connection, counts: Sequence[Counted], changes: Changes) -> Done:
        """Take counts of one catalogue, each of another position; return what was done, and whether events are left."""
        catalogue = counts[0][1]
        busy = await busy_lanes(connection, catalogue.id)
        taken = [count for count, _ in counts]
        waiting: list[Count] = []
        if busy:
            waiting = [count for count in taken if lane_of_position(count, catalogue) in busy]
            taken = [count for count in taken if lane_of_position(count, catalogue) not in busy]
        done = Done([], more=False)
        if taken:
            done, left = await self._as_set(connection, taken, catalogue)
            waiting += left
        for count in waiting:
            changes.insert(self._single(count, catalogue))
        return Done(done.records, bool(waiting) or done.more)

    async def _as_set(
        self, connection: asyncpg.Connection, counts: Sequence[Count], catalogue: Row
    ) -> tuple[Done, list[Count]]:
        """Take counts as one set; return what was done, and the counts that have to go by themselves."""
        carried = Carried(len(counts), {_ATTRIBUTE: [count.position(catalogue.type) for count in counts]})
        pending = set_event(
            self.batch.event,
            catalogue,
            carried,
            self.working.now,
            retailer_id=counts[0].retailer_id,
            meta={"mode": "ASYNC", **TRACING.carried()},
            source=self.batch.source or "Fluent-API",
            generated_by=self.batch.created_by,
            parent=self.batch.event_id,
        )
        execution, left = await self.sets.execute(connection, self.working, pending, carried, catalogue, {})
        alone = [counts[n] for n in left]
        if execution is None:
            return Done([], more=False), alone
        return await self.sets.write(connection, execution, Changes()), alone

    def _single(self, count: Count, catalogue: Row) -> PendingEvent:
        event = Event(
            id=event_id(self.working.now),
            name=self.batch.event,
            retailer_id=count.retailer_id,
            entity_type=CATALOGUE,
            source=self.batch.source,
            attributes={_ATTRIBUTE: count.position(catalogue.type)},
        )
        target = Target(catalogue, catalogue, None)
        user, parent = self.batch.created_by, self.batch.event_id
        return queued(event, target, event.id, now=self.working.now, user=user, parent=parent)


async def busy_lanes(reader: Reader, catalogue: int) -> set[int]:
    """Return the lanes of a catalogue's positions in which something waits."""
    return {lane for (lane,) in await reader.fetch(_BUSY, catalogue)}


def lane_of_position(count: Count, catalogue: Row) -> int:
    """Return the lane of the position that a count is about."""
    return own_lane(_POSITION, 0, count.position_ref(catalogue.type), catalogue.id)


def _alike(counts: Sequence[Counted]) -> list[list[Counted]]:
    """Return counts by retailer and catalogue; of several counts of a position each comes in a set behind the last."""
    found: dict[tuple[Any, ...], list[Counted]] = defaultdict(list)
    times: dict[tuple[int, str, str], int] = defaultdict(int)
    for count, catalogue in counts:
        position = (catalogue.id, count.sku, count.location)
        times[position] += 1
        found[times[position], count.retailer_id, catalogue.id].append((count, catalogue))
    return list(found.values())

"""Sets in a worker: claimed with other events, each executed and written in one transaction (ADR 22).

A set that cannot be executed as one, for whatever reason, is taken apart: its members become events of their own,
in the lanes that they would have had, and whatever is wrong with one of them hits only that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from penstock.database.ids import IdSource
from penstock.database.pools import away
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Lane
from penstock.model.writes import Changes
from penstock.orchestration import faults
from penstock.orchestration.actions import event_id
from penstock.orchestration.places import table_of
from penstock.orchestration.posting import queued as posted
from penstock.orchestration.posting import targets
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.sets.carried import Carried, member_id
from penstock.orchestration.sets.execution import SetExecution
from penstock.orchestration.sets.sending import keyed
from penstock.orchestration.trees import read
from penstock.orchestration.write import LostLeaseError, gather
from penstock.rules.context import Event
from penstock.rules.sets import LeaveError, RowsWhere, Same

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

    from penstock.database.pools import Database
    from penstock.model.rows import Row
    from penstock.model.vocabulary import Entity
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run
    from penstock.orchestration.sets.execution import SetAnswerer
    from penstock.orchestration.write import Guard
    from penstock.rules.sets import Column

log = structlog.get_logger()

_LEASED = "SELECT true FROM worker WHERE id = $1 AND alive FOR SHARE"
_LATER = "A later event computes the same anew."
_ALONE = "It goes by itself, as an event of its own: {}."
IDS = 3  # new rows that a member may need
AGAIN = 3  # tries of a set that met another one
TRIES = 10  # to execute a set without those who have to leave it
HELD = 1.0  # seconds that rows may be held by a set before those that follow it are left to another transaction


_NOTHING: Mapping[str, Mapping[int, Row]] = MappingProxyType({})
_MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.UniqueViolationError)
# What may be wrong with a set, or with one of its members; without the set, it is found out whose fault it is.
_WRONG = (asyncpg.PostgresError, LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Sets:
    """What executing sets takes."""

    database: Database
    answerers: Mapping[type, SetAnswerer]
    guard: Guard

    async def execute(
        self,
        connection: asyncpg.Connection,
        batch: Batch,
        pending: PendingEvent,
        carried: Carried,
        root: Row,
        skipped: Mapping[int, str],
        lent: Mapping[str, Mapping[int, Row]] = _NOTHING,
    ) -> tuple[SetExecution | None, dict[int, str]]:
        """Execute a set in a transaction, but for members that leave it; return it, and why those did.

        None where nobody is left. ``lent`` are rows by table and id that the transaction holds already.
        """
        if batch.reader is not connection:
            batch.reader, batch.ids = connection, IdSource(connection)
        await batch.ids.reserve(IDS * carried.size)
        left: dict[int, str] = {}
        for tries in range(TRIES):
            if len(skipped) + len(left) >= carried.size and left:
                break
            # What was lent may have been changed by the first one, of which nothing is written.
            execution = SetExecution(batch, pending, carried, root, self.answerers, _NOTHING if tries else lent)
            try:
                rows = await _entities(execution)
                await execution.execute(rows, {**skipped, **{n: _ALONE.format(why) for n, why in left.items()}})
            except LeaveError as leaving:
                left |= {n: str(leaving) for n in leaving.numbers if n not in skipped}
            else:
                return execution, left
        return None, {n: left.get(n, "the set is taken apart") for n in range(carried.size) if n not in skipped}

    async def write(self, connection: asyncpg.Connection, execution: SetExecution, changes: Changes) -> Done:
        """Write a set that was executed, with more that belongs to the same transaction, and what follows at once."""
        run = execution.run
        whole = gather([run])
        whole.merge(changes)
        await self.guard.count(connection, run, whole)
        await whole.write(connection)
        done = Done(run.records, bool(run.outbound))
        if not execution.following:
            await self.guard.finish(connection, [run], execution.batch)
            return done
        lent = {**execution.lent, **run.rows}
        if shown := await self.guard.finish_set(connection, run, execution.batch):
            lent[table_of(shown[0])] = {row.id: row for row in shown}
        for pending in execution.following:
            followed = await self._follow(connection, execution, pending, lent)
            done = Done([*done.records, *followed.records], done.more or followed.more)
        return done

    async def _follow(
        self,
        connection: asyncpg.Connection,
        execution: SetExecution,
        pending: PendingEvent,
        lent: Mapping[str, Mapping[int, Row]],
    ) -> Done:
        """Execute a set that another one sends, while its rows are at hand and held; else leave it to the queue.

        Whatever is wrong with it must not harm the one that sent it.
        """
        if execution.trace.elapsed() < HELD * 1e6:
            try:
                async with connection.transaction():
                    carried = Carried.read(pending.members or 0, pending.attributes)
                    return await self.within(connection, execution.batch, pending, carried, {}, lent)
            except _WRONG as error:
                if away(error):
                    raise
                log.info("set left to the queue", id=str(pending.id), name=pending.name, error=repr(error))
        changes = Changes()
        changes.insert(pending)
        await changes.write(connection)
        return Done([], more=True)

    async def work(self, worker: uuid.UUID, batch: Batch, pending: PendingEvent, skipped: Mapping[int, str]) -> Done:
        """Execute and write a set of the queue.

        Raises:
            LostLeaseError: another worker has taken this one's slots over.
        """
        for _ in range(AGAIN):
            try:
                return await self._written(worker, batch, pending, skipped)
            except _MET as error:
                log.info("set tried again", id=str(pending.id), name=pending.name, error=str(error))
            except _WRONG as error:
                if away(error):
                    raise
                log.warning("set taken apart", id=str(pending.id), name=pending.name, error=repr(error))
                break
        return await self.take_apart(worker, batch, pending)

    async def _written(
        self, worker: uuid.UUID, batch: Batch, pending: PendingEvent, skipped: Mapping[int, str]
    ) -> Done:
        carried = Carried.read(pending.members or 0, pending.attributes)
        async with self.database.transaction() as connection:
            return await self.within(connection, batch, pending, carried, skipped, worker=worker)

    async def skip(
        self, worker: uuid.UUID, batch: Batch, sets: Sequence[PendingEvent], roots: Mapping[int, Row]
    ) -> Done | None:
        """Note of sets in the log that none of their members has to be executed; that changes nothing else.

        None where something is wrong with one of them, and nothing was noted.

        Raises:
            LostLeaseError: another worker has taken this one's slots over.
        """
        try:
            return await self._skipped(worker, batch, sets, roots)
        except _WRONG as error:
            if away(error):
                raise
            log.info("sets noted one by one", error=repr(error))
            return None

    async def _skipped(
        self, worker: uuid.UUID, batch: Batch, sets: Sequence[PendingEvent], roots: Mapping[int, Row]
    ) -> Done:
        runs: list[Run] = []
        for pending in sets:
            carried, root = Carried.read(pending.members or 0, pending.attributes), roots[pending.root_id or 0]
            execution = SetExecution(batch, pending, carried, root, self.answerers, _NOTHING)
            await execution.execute(Same(root), dict.fromkeys(range(carried.size), _LATER))
            runs.append(execution.run)
        changes = gather(runs)
        changes.delete(PendingEvent, *[pending.id for pending in sets])
        async with self.database.transaction() as connection:
            await _leased(connection, worker)
            faults.point("set executed")
            await changes.write(connection)
        return Done([record for run in runs for record in run.records], more=False)

    async def within(
        self,
        connection: asyncpg.Connection,
        batch: Batch,
        pending: PendingEvent,
        carried: Carried,
        skipped: Mapping[int, str],
        lent: Mapping[str, Mapping[int, Row]] = _NOTHING,
        *,
        worker: uuid.UUID | None = None,
    ) -> Done:
        """Execute and write a set in a transaction; ``lent`` are rows by table and id that this holds already.

        Raises:
            LostLeaseError: the ``worker``, if one is given, has lost its slots to another one.
        """
        root = await read(connection, _catalogue(pending), pending.root_id)
        if root is None:
            raise LookupError(f"{pending.root_type} {pending.root_id} does not exist")
        execution, left = await self.execute(connection, batch, pending, carried, root, skipped, lent)
        faults.point("set executed")
        if worker is not None:
            await _leased(connection, worker)
        changes = Changes()
        changes.delete(PendingEvent, pending.id)
        if left:
            changes.merge(await apart(connection, batch, pending, carried, sorted(left), renamed=execution is not None))
        if execution is None:
            await changes.write(connection)
            return Done([], bool(left))
        done = await self.write(connection, execution, changes)
        return Done(done.records, bool(left) or done.more)

    async def take_apart(self, worker: uuid.UUID, batch: Batch, pending: PendingEvent) -> Done:
        """Let the members of a set go the ordinary way, all of them."""
        carried = Carried.read(pending.members or 0, pending.attributes)
        async with self.database.transaction() as connection:
            await _leased(connection, worker)
            changes = await apart(connection, batch, pending, carried, range(carried.size), renamed=False)
            changes.delete(PendingEvent, pending.id)
            await changes.write(connection)
        return Done([], more=True)


async def _leased(connection: asyncpg.Connection, worker: uuid.UUID) -> None:
    """Have a worker keep its slots until the commit, which its heart waits for."""
    if not await connection.fetchval(_LEASED, worker):
        raise LostLeaseError


@dataclass(frozen=True)
class Done:
    """What came of a set: its records, and whether there are further events."""

    records: list[Any]
    more: bool


def superseded(events: Sequence[PendingEvent], roots: Mapping[int, Row]) -> list[tuple[PendingEvent, dict[int, str]]]:
    """Return sets in order, with the members of each that need not be executed, since later sets compute the same."""
    seen: dict[tuple[Any, ...], set[Any]] = {}
    found: list[tuple[PendingEvent, dict[int, str]]] = []
    for event in reversed(events):
        root = roots.get(event.root_id or 0)
        if root is None or event.entity_id != event.root_id:
            found.append((event, {}))
            continue
        carried = Carried.read(event.members or 0, event.attributes)
        known = seen.setdefault((event.name, event.entity_type, event.root_id), set())
        members = keyed(root, range(carried.size), carried.columns)
        found.append((event, {n: _LATER for key, n in members.items() if key in known}))
        known.update(members)
    return found[::-1]


async def apart(
    connection: asyncpg.Connection,
    batch: Batch,
    pending: PendingEvent,
    carried: Carried,
    numbers: Iterable[int],
    *,
    renamed: bool,
) -> Changes:
    """Return the changes that give members events of their own.

    They keep their ids, unless they are ``renamed``: a set that is executed for others has a record with these ids.
    """
    chosen = list(numbers)
    events = [_event(pending, carried, n) for n in chosen]
    changes = Changes()
    for n, event, target in zip(chosen, events, await targets(connection, events), strict=True):
        id_ = event_id(batch.now) if renamed else member_id(pending.id, n)
        parent = carried.parents.of(n) if carried.parents else pending.parent
        user = pending.generated_by or ""
        row = posted(event, target, id_, now=pending.created, user=user, parent=parent)
        row.meta = pending.meta
        changes.insert(row)
    return changes


def _event(pending: PendingEvent, carried: Carried, number: int) -> Event:
    return Event(
        id=pending.id,
        name=pending.name,
        retailer_id=pending.retailer_id,
        entity_type=pending.entity_type,
        entity_id=pending.entity_id if carried.ids is None else carried.ids[number],
        attributes=carried.attributes(number),
        source=pending.source,
    )


def _catalogue(pending: PendingEvent) -> Entity:
    return MODEL.of_event(pending.root_type or "")[0]


async def roots_of(database: Database, events: Iterable[PendingEvent]) -> dict[int, Row]:
    """Return the catalogues without lanes that sets are about, by id."""
    catalogues = {event.root_id: _catalogue(event) for event in events if event.root_id is not None}
    found = {id_: await read(database, of, id_) for id_, of in catalogues.items() if of.lane is Lane.NONE}
    return {id_: row for id_, row in found.items() if row is not None}


async def _entities(execution: SetExecution) -> Column:
    """Return the entities of the members, locked where they lead lanes."""
    ids = execution.carried.ids
    if ids is None:
        return Same(execution.root)

    entity = MODEL.of_event(execution.pending.entity_type)[0]
    found = {row.id: row for row in await execution.ask(RowsWhere(entity.name, (("id", ids),)))}
    missing = [n for n, id_ in enumerate(ids) if id_ not in found]
    if missing:
        raise LeaveError(missing, "its entity does not exist")
    return [found[id_] for id_ in ids]

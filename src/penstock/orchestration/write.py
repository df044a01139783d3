"""The one short transaction that writes what a batch was driven to (design §4.3).

Locks are taken first, table by table in the order of names and row by row in the order of ids; then revisions
and promises are checked; then everything is written by one statement.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from penstock.model.writes import Changes
from penstock.orchestration import faults
from penstock.orchestration.records import PendingEvent

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    import asyncpg

    from penstock.model.rows import Row
    from penstock.orchestration.batch import Batch
    from penstock.orchestration.run import Run


class LostLeaseError(Exception):
    """Another worker has taken this one's slots over: what was driven must not be written."""


class Guard(Protocol):
    """What watches over promises; the room that owns the stock implements it."""

    def locks(self, run: Run) -> dict[str, set[int]]:
        """Return the further rows to lock for this run: table -> ids."""
        ...

    async def refused(self, connection: asyncpg.Connection, runs: list[Run], batch: Batch) -> list[Run]:
        """Return the runs whose promises cannot be kept any more, and prepare the ledger rows of the others."""
        ...

    async def count(self, connection: asyncpg.Connection, run: Run, changes: Changes) -> None:
        """Let the changes of a run hold the counters of positions, all of which it has locked."""
        ...

    async def finish(self, connection: asyncpg.Connection, runs: list[Run], batch: Batch) -> None:
        """Bring what is derived from stock up to date."""
        ...

    async def finish_set(self, connection: asyncpg.Connection, run: Run, batch: Batch) -> list[Row]:
        """Do the same after a set; return the rows that this has changed, all of one table."""
        ...


@lru_cache(maxsize=256)
def _lock_sql(tables: tuple[str, ...]) -> str:
    """Lock the worker's lease and the rows of these tables; return (table, id, revision)."""
    locks = [
        f"l{n} AS (SELECT id, revision FROM {t} WHERE id = ANY(${n + 2}::bigint[]) ORDER BY id FOR NO KEY UPDATE)"
        for n, t in enumerate(tables)
    ]
    lease = "w AS (SELECT 1 FROM worker WHERE id = $1 AND alive FOR SHARE)"
    parts = ["SELECT '' AS part, 0::bigint AS id, count(*)::int AS revision FROM w"]
    parts += [f"SELECT '{t}', id, revision FROM l{n}" for n, t in enumerate(tables)]
    return f"WITH {', '.join([lease, *locks])} {' UNION ALL '.join(parts)}"


async def write(
    connection: asyncpg.Connection, worker: uuid.UUID, runs: list[Run], batch: Batch, guard: Guard
) -> list[Run]:
    """Write the runs inside the caller's transaction; return those that must be driven again.

    Raises :class:`LostLeaseError` when the worker's lease is gone; nothing must be written then.
    """
    stale = await _lock(connection, worker, runs, guard)
    stale += _clashing([r for r in runs if r not in stale])
    faults.point("locked")
    current = [r for r in runs if r not in stale]
    refused = await guard.refused(connection, current, batch)
    kept = [r for r in current if r not in refused]
    await gather(kept).write(connection)
    await guard.finish(connection, kept, batch)
    faults.point("written")
    return stale + refused


async def _lock(connection: asyncpg.Connection, worker: uuid.UUID, runs: list[Run], guard: Guard) -> list[Run]:
    wanted: dict[str, set[int]] = {}
    for run in runs:
        for table, ids in _locks(run, guard):
            wanted.setdefault(table, set()).update(ids)
    tables = tuple(sorted(wanted))
    records = await connection.fetch(_lock_sql(tables), worker, *(sorted(wanted[t]) for t in tables))
    found = {(part, id_): revision for part, id_, revision in records}
    if not found["", 0]:
        raise LostLeaseError
    return [r for r in runs if not _current(r, found)]


def _locks(run: Run, guard: Guard) -> Iterable[tuple[str, Iterable[int]]]:
    yield from run.locks.items()
    yield from run.read_at.items()
    yield from run.joined.items()
    yield from guard.locks(run).items()


def _current(run: Run, found: dict[tuple[str, int], Any]) -> bool:
    """Return whether all roots that the run changes are still as they were loaded."""
    return all(
        found.get((table, id_)) == revision
        for known in (run.locks, run.read_at)
        for table, revisions in known.items()
        for id_, revision in revisions.items()
    )


def _clashing(runs: list[Run]) -> list[Run]:
    """Return the runs that change the root of another run's lane, or one that an earlier run changes as well."""
    if not any(run.read_at for run in runs):
        return []
    taken = {(table, id_) for run in runs for table, ids in run.locks.items() for id_ in ids}
    found = []
    for run in runs:
        own = {(table, id_) for table, ids in run.read_at.items() for id_ in ids}
        if own & taken:
            found.append(run)
        taken |= own
    return found


def gather(runs: list[Run]) -> Changes:
    """Return all changes of these runs, their follow-up events, outbox rows and records; and close their events."""
    changes = Changes()
    for run in runs:
        changes.merge(run.ready())
        for rows in (run.ledger, run.outbound, run.webhooks, run.records):
            if rows:
                changes.insert(*rows)
        changes.delete(PendingEvent, *[event.id for event in run.events])
    return changes

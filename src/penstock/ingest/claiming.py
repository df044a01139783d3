"""Which worker brings in which batch.

Batches of a retailer are brought in one after another, in the order in which they were accepted, so that of two
counts of a position the later one stays; those of different retailers side by side. Stock waits for stock only. A
worker's claim holds as long as its lease lives; that no portion takes effect twice does not depend on it (see
``records.py``). Whoever claims a batch from a dead worker counts that: an orderly end releases it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.ingest.records import Batch

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import datetime

    import asyncpg

    from penstock.database.pools import Database

_COLUMNS = (
    "b.id, b.job_id, b.retailer_id, b.entity_type, b.source, b.event, b.catalogue_ref, b.conditions, b.records, "
    "b.total, b.attempts, b.event_id, b.user_id, b.created_by, b.created_on, "
    "j.name AS job_name, j.meta ->> 'preprocessing' AS preprocessing"
)
_NEXT = "(SELECT coalesce(max(r.first + r.size), 0) FROM batch_result r WHERE r.batch_id = b.id)"
_CLAIM = f"""
UPDATE batch b SET worker = $1, status = 'RUNNING', started_on = coalesce(b.started_on, $2), tried = {_NEXT},
  attempts = CASE WHEN b.worker IS NULL OR b.worker = $1 THEN b.attempts
    WHEN b.tried = {_NEXT} THEN b.attempts + 1 ELSE 1 END
FROM job j
WHERE j.id = b.job_id AND EXISTS (SELECT FROM worker WHERE id = $1 AND alive) AND b.id = (
  SELECT n.id FROM batch n
  WHERE n.status <> 'COMPLETE' AND n.id <> ALL($3::bigint[])
    AND (n.worker IS NULL OR n.worker = $1 OR NOT EXISTS (SELECT FROM worker w WHERE w.id = n.worker AND w.alive))
    AND NOT EXISTS (
      SELECT FROM batch o WHERE o.status <> 'COMPLETE' AND o.retailer_id = n.retailer_id AND o.id < n.id
        AND (o.entity_type = $4) = (n.entity_type = $4))
  ORDER BY n.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}"""
_HELD = f"SELECT {_COLUMNS} FROM batch b JOIN job j ON j.id = b.job_id WHERE b.id = $1 AND b.worker = $2"
_RELEASE = "UPDATE batch SET worker = NULL WHERE worker = $1 AND status <> 'COMPLETE'"
# In small bites, with their batches and results.
_FORGET = """
DELETE FROM job WHERE id IN (
  SELECT j.id FROM job j WHERE j.closes_on < $1
    AND NOT EXISTS (SELECT FROM batch b WHERE b.job_id = j.id AND b.status <> 'COMPLETE')
  ORDER BY j.closes_on LIMIT 20 FOR UPDATE SKIP LOCKED)"""
_DONE = "SELECT coalesce(max(first + size), 0) FROM batch_result WHERE batch_id = $1"
_COMPLETE = """
UPDATE batch SET status = 'COMPLETE', records = NULL, worker = NULL, completed_on = $2
WHERE id = $1 AND status <> 'COMPLETE' RETURNING true"""
_TOTALS = """
SELECT coalesce(sum(size), 0)::int AS total, coalesce(sum(skipped), 0)::int AS skipped,
  coalesce(sum(failed), 0)::int AS failed
FROM batch_result WHERE batch_id = $1"""


async def claim(
    database: Database, worker: uuid.UUID, now: datetime, *, running: Collection[int], own_line: str
) -> Batch | None:
    """Claim the next batch; ``running`` are those that this worker works on already.

    Batches of the entity type ``own_line`` form a line of their own. None when there is nothing to do.
    """
    return _batch(await database.fetchrow(_CLAIM, worker, now, list(running), own_line))


async def held(database: Database, batch_id: int, worker: uuid.UUID) -> Batch | None:
    """Return a batch that a worker has claimed; None when it is not that worker's, or not any more."""
    return _batch(await database.fetchrow(_HELD, batch_id, worker))


def _batch(row: Any) -> Batch | None:
    if row is None:
        return None
    conditions = None if row["conditions"] is None else msgspec.json.decode(row["conditions"])
    return Batch(**{**row, "conditions": conditions})


async def release(database: Database, worker: uuid.UUID) -> None:
    """Leave what this worker has not finished to the others."""
    await database.execute(_RELEASE, worker)


async def forget(database: Database, closed_before: datetime) -> None:
    """Delete some of the jobs that closed before a moment and have nothing left to do."""
    await database.execute(_FORGET, closed_before)


async def already_done(database: Database, batch_id: int) -> int:
    """Return how many records of a batch are done: the first ones."""
    done: int = await database.fetchval(_DONE, batch_id)
    return done


async def complete(connection: asyncpg.Connection, batch_id: int, now: datetime) -> dict[str, Any] | None:
    """Mark a batch COMPLETE and return its totals; None when it was already."""
    if not await connection.fetchval(_COMPLETE, batch_id, now):
        return None
    return dict(await connection.fetchrow(_TOTALS, batch_id))

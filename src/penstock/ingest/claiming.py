"""Which worker brings in which batch.

Batches of a retailer are brought in in the order in which they were accepted, so that of two counts of a position the
later one stays; those of different retailers side by side. Stock waits for stock only, and a batch of stock only for
those that count one of its positions: a worker takes the next one beside those that others bring in, if the two have
nothing in common. A worker's claim holds as long as its lease lives; that no portion takes effect twice does not depend
on it (see ``records.py``). Whoever claims a batch from a dead worker counts that: an orderly end releases it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.database.packing import unpacked
from penstock.ingest.records import Batch

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Iterable
    from datetime import datetime

    import asyncpg

    from penstock.database.pools import Database

_COLUMNS = (
    "b.id, b.job_id, b.retailer_id, b.entity_type, b.source, b.event, b.catalogue_ref, b.conditions, b.records, "
    "b.total, b.attempts, b.event_id, b.user_id, b.created_by, b.created_on, "
    "j.name AS job_name, j.meta ->> 'preprocessing' AS preprocessing"
)
_NEXT = "(SELECT coalesce(max(r.first + r.size), 0) FROM batch_result r WHERE r.batch_id = b.id)"
# A batch that $1 may take, $2 being those that it has in hand already; and what was accepted before that, in its line:
# batches of the entity type $3 form one of their own.
_LIVING = "EXISTS (SELECT FROM worker w WHERE w.id = {0}.worker AND w.alive)"
_FREE = f"""n.status <> 'COMPLETE' AND n.id <> ALL($2::bigint[])
  AND (n.worker IS NULL OR n.worker = $1 OR NOT {_LIVING.format("n")})"""
_AHEAD = """SELECT {} FROM batch o WHERE o.status <> 'COMPLETE' AND o.retailer_id = n.retailer_id AND o.id < n.id
  AND (o.entity_type = $3) = (n.entity_type = $3)"""
_CLAIM = f"""
UPDATE batch b SET worker = $1, status = 'RUNNING', started_on = coalesce(b.started_on, $4), tried = {_NEXT},
  attempts = CASE WHEN b.worker IS NULL OR b.worker = $1 THEN b.attempts
    WHEN b.tried = {_NEXT} THEN b.attempts + 1 ELSE 1 END
FROM job j
WHERE j.id = b.job_id AND EXISTS (SELECT FROM worker WHERE id = $1 AND alive) AND b.id = (
  SELECT n.id FROM batch n WHERE {_FREE} AND (n.id = $5 OR $5 IS NULL AND NOT EXISTS ({_AHEAD.format("")}))
  ORDER BY n.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}"""
# The next batch of a line all others of which somebody else brings in at this moment, and these.
_BESIDE = f"""
SELECT n.id, ARRAY({_AHEAD.format("o.id")}) AS ahead FROM batch n
WHERE {_FREE} AND n.entity_type = $3 AND NOT EXISTS (
  {_AHEAD.format("")} AND (o.worker IS NULL OR o.worker = $1 OR NOT {_LIVING.format("o")}))
ORDER BY n.id LIMIT 1"""
_RECORDS = "SELECT id, records FROM batch WHERE id = ANY($1::bigint[]) AND records IS NOT NULL"
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


class _Place(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """What a record counts, as most say it: stock of a product at a location."""

    sku_ref: str
    location_ref: str
    ref: None = None


class _Said(msgspec.Struct, rename="camel"):
    """The same as any record says it, which may as well name a quantity by its ref."""

    sku_ref: Any = None
    location_ref: Any = None
    ref: Any = None


_places = msgspec.json.Decoder(list[_Place]).decode
_said = msgspec.json.Decoder(list[_Said]).decode


class Claims:
    """How a worker claims batches; those of the entity type ``own_line`` form a line of their own."""

    def __init__(self, database: Database, worker: uuid.UUID, own_line: str) -> None:
        self._database = database
        self._worker = worker
        self._own_line = own_line
        self._met: tuple[int, list[int]] | None = None  # a batch that counts what those ahead of it do

    async def next(self, now: datetime, running: Collection[int], *, beside: bool) -> Batch | None:
        """Claim the next batch, ``running`` being those that this worker works on already; None: nothing is to do.

        ``beside``: also of a line of which others bring in something else.
        """
        arguments = self._worker, list(running), self._own_line
        found = _batch(await self._database.fetchrow(_CLAIM, *arguments, now, None))
        if found is not None or not beside:
            return found
        candidate = await self._database.fetchrow(_BESIDE, *arguments)
        if candidate is None or tuple(candidate) == self._met:
            return None
        if await self._meet(*candidate):
            self._met = tuple(candidate)
            return None
        return _batch(await self._database.fetchrow(_CLAIM, *arguments, now, candidate["id"]))

    async def _meet(self, id_: int, ahead: list[int]) -> bool:
        """Return whether a batch counts what one of those ahead of it counts."""
        own: set[Any] = set()
        others: set[Any] = set()
        for batch, records in await self._database.fetch(_RECORDS, [id_, *ahead]):
            (own if batch == id_ else others).update(_counted(unpacked(records)))
        return not own.isdisjoint(others)


def _counted(records: bytes) -> Iterable[Any]:
    """Return what records count: positions, and refs of quantities."""
    try:
        return _places(records)
    except msgspec.ValidationError:
        found = _said(records)
    refs = [str(one.ref) for one in found if one.ref is not None]
    return [*(_Place(str(one.sku_ref), str(one.location_ref)) for one in found), *refs]


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

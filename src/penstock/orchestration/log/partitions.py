"""Tables that are partitioned by id, a partition a week: which there are, making them, dropping them.

The ids begin with a moment (``database/ids.py:uuid7``), so a week is a range of ids. What fits no week goes to the
partition ``TABLE_rest``: no insert ever fails for want of a partition.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from penstock.database.ids import uuid7

if TYPE_CHECKING:
    import asyncpg

WEEK = timedelta(days=7)
_EPOCH, _MONDAY = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 5, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MOMENT_BITS = 80  # to the right of the milliseconds since 1970

_PARTITIONS = """
SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds, greatest(c.reltuples, 0)::bigint AS rows,
       pg_total_relation_size(c.oid) AS bytes
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = $1::regclass AND NOT i.inhdetachpending ORDER BY c.relname"""
_BOUNDS = re.compile(r"FROM \((?:MINVALUE|'([0-9a-f-]+)')\) TO \('([0-9a-f-]+)'\)")
_REST_WEEKS = """
SELECT DISTINCT floor((milliseconds - $1::bigint) / $2::float8) AS week
FROM {}, LATERAL (SELECT ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint AS milliseconds) m"""

# What PostgreSQL is to make no statistics of: tables made LIKE another do not take that over.
_UNCOUNTED = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attstattarget = 0"

# Attached at the end: that locks the table for writers to nothing but the rest.
_MAKE = """
CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING INDEXES);{uncounted}
WITH moved AS (DELETE FROM {table}_rest WHERE id >= '{low}' AND id < '{high}' RETURNING *)
INSERT INTO {name} SELECT * FROM moved;
ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"""


@dataclass(frozen=True)
class Partition:
    """A partition: the ids from ``low`` (None: from the first) up to ``high``; the rest has no bounds.

    ``rows`` is the planner's estimate.
    """

    name: str
    low: uuid.UUID | None
    high: uuid.UUID | None
    rows: int
    bytes: int

    @property
    def ends(self) -> datetime | None:
        """Return the moment that no id in it has reached; None for the rest."""
        return None if self.high is None else moment_of(self.high)

    def covers(self, moment: datetime) -> bool:
        """Return whether ids of this moment go into it, were it not for the rest."""
        first = first_id(moment)
        return self.high is not None and (self.low is None or self.low <= first) and first < self.high


def first_id(moment: datetime) -> uuid.UUID:
    """Return the lowest id that begins with this moment, to the millisecond."""
    return uuid.UUID(int=uuid7(moment).int >> _MOMENT_BITS << _MOMENT_BITS)


def moment_of(id_: uuid.UUID) -> datetime:
    """Return the moment that an id begins with."""
    return _EPOCH + (id_.int >> _MOMENT_BITS) * _MILLISECOND


def week_of(moment: datetime) -> datetime:
    """Return the Monday, midnight in UTC, before this moment."""
    return _MONDAY + (moment - _MONDAY) // WEEK * WEEK


async def partitions(connection: asyncpg.Connection, table: str) -> list[Partition]:
    """Return the partitions of a table, the rest among them."""
    return [_partition(record) for record in await connection.fetch(_PARTITIONS, table)]


def _partition(record: asyncpg.Record) -> Partition:
    bounds = _BOUNDS.search(record["bounds"])
    low, high = (uuid.UUID(b) if b else None for b in bounds.groups()) if bounds else (None, None)
    return Partition(record["name"], low, high, record["rows"], record["bytes"])


async def weeks_in_rest(connection: asyncpg.Connection, table: str) -> list[datetime]:
    """Return the weeks of what fitted no partition."""
    first, length = ((_MONDAY - _EPOCH) // _MILLISECOND, WEEK // _MILLISECOND)
    numbers = await connection.fetch(_REST_WEEKS.format(f"{table}_rest"), first, length)
    return sorted(_MONDAY + int(record["week"]) * WEEK for record in numbers)


async def make(connection: asyncpg.Connection, table: str, week: datetime) -> None:
    """Add the partition of a week, with what the rest holds of it; in a transaction of the caller's."""
    name = f"{table}_{week:%Y_%m_%d}"
    columns = await connection.fetch(_UNCOUNTED, table)
    uncounted = "".join(f"\nALTER TABLE {name} ALTER COLUMN {column} SET STATISTICS 0;" for (column,) in columns)
    bounds = {"low": first_id(week), "high": first_id(week + WEEK)}
    statements = _MAKE.format(table=table, name=name, uncounted=uncounted, **bounds)
    await connection.execute(statements)


async def drop(connection: asyncpg.Connection, table: str, name: str, kept: str) -> None:
    """Drop a partition in an instant, whatever it holds; rows for which the SQL ``kept`` holds move to the rest.

    In a transaction of the caller's; it waits for those that write to the table, and they for it.
    """
    await connection.execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
    await connection.execute(f"INSERT INTO {table} SELECT * FROM {name} WHERE {kept}")
    await connection.execute(f"DROP TABLE {name}")

"""The statements of a search, newest first: of the queue, of the log, of what was executed late, of what to skip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.orchestration.log.query import Asked, Where, in_log, in_queue, of_late, reaching, since, stretches
from penstock.orchestration.records import EventRecord, PendingEvent

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection

    from penstock.orchestration.log.whereabouts import Arm

MOST_ARMS = 20  # stretches that are read side by side; of more, all rows are found first and then sorted
# The plan depends on the time that is asked for: it says which partitions matter.
PLAN = "SET LOCAL statement_timeout = {milliseconds}; SET LOCAL plan_cache_mode = force_custom_plan"
# Rows are read in order until there are enough of them, however many PostgreSQL believes there are.
ORDERED = "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"

_QUEUED = ", ".join(f"e.{c}" for c in PendingEvent.__struct_fields__)
_STORED = ", ".join(f"e.{c}" for c in EventRecord.__struct_fields__ if c not in {"marks", "keys"})

# The first event that reaches beyond so many entries. PostgreSQL stops there: rows come in order, and are not sorted.
_SKIP = """
SELECT id, up_to - entries AS before, unknown FROM (
  SELECT id, entries, sum(entries) OVER newer AS up_to, count(*) FILTER (WHERE entries IS NULL) OVER newer AS unknown
  FROM ({counted}) e WINDOW newer AS (ORDER BY id DESC)
) counted WHERE up_to > {start} OR unknown > 0 ORDER BY id DESC LIMIT 1"""
_ALL = (
    "SELECT coalesce(sum(entries), 0) AS before, count(*) FILTER (WHERE entries IS NULL) AS unknown FROM ({counted}) e"
)


@dataclass(frozen=True)
class Statement:
    """SQL and what it binds."""

    sql: str
    arguments: list[Any]


def in_order(asked: Asked, arms: Collection[Arm] | None) -> bool:
    """Return whether an index gives the rows of each stretch newest first."""
    return asked.id is None and not asked.sources and len(arms or ()) <= MOST_ARMS


def queue(asked: Asked, begin: uuid.UUID | None) -> Statement:
    """Return what finds events that are not done."""
    where = in_queue(asked, [])
    _from(where, begin)
    return Statement(f"SELECT {_QUEUED} FROM pending_event e WHERE {where} ORDER BY e.id DESC", where.arguments)


def log(asked: Asked, arms: Collection[Arm] | None, begin: uuid.UUID | None) -> Statement:
    """Return what finds stored events; one may come twice, then one behind the other."""
    where = in_log(asked, [])
    reaching(asked, where)
    _from(where, begin)
    return Statement(f"SELECT * FROM ({_union(_STORED, asked, arms, where)}) e ORDER BY id DESC", where.arguments)


def late(asked: Asked, arms: Collection[Arm] | None) -> Statement:
    """Return what finds events that came in before the time asked for, and were executed at it."""
    where = in_log(asked, [])
    of_late(asked, where)
    _any_of(where, stretches(asked, arms, where))
    return Statement(f"SELECT {_STORED} FROM event e WHERE {where} ORDER BY e.id DESC", where.arguments)


def skip(asked: Asked, arms: Collection[Arm] | None) -> Statement | None:
    """Return what finds the event that holds the first entry of the page; None when that cannot be counted."""
    if len(arms or ()) > 1:
        return None
    counted = _counted(asked, arms)
    place = f"${len(counted.arguments) + 1}"
    return Statement(_SKIP.format(counted=counted.sql, start=place), [*counted.arguments, asked.query.start])


def count(asked: Asked, arms: Collection[Arm] | None) -> Statement:
    """Return what counts all entries that :func:`skip` looks at."""
    counted = _counted(asked, arms)
    return Statement(_ALL.format(counted=counted.sql), counted.arguments)


def _counted(asked: Asked, arms: Collection[Arm] | None) -> Statement:
    """Return what finds how many entries each event has."""
    summed = " + ".join(c for c, wanted in (("e.events", asked.events), ("e.entries", asked.audit)) if wanted)
    arguments: list[Any] = []
    where = in_log(asked, arguments)
    since(asked, where)
    parts = [_union(f"e.id, {summed} AS entries", asked, arms, where)]
    if asked.waiting:
        parts.append(f"(SELECT e.id, 1 FROM pending_event e WHERE {in_queue(asked, arguments)} ORDER BY e.id DESC)")
    return Statement(" UNION ALL ".join(parts), arguments)


def _from(where: Where, begin: uuid.UUID | None) -> None:
    if begin is not None:
        where.conditions.append(f"e.id <= {where.bind(begin)}")


def _union(columns: str, asked: Asked, arms: Collection[Arm] | None, where: Where) -> str:
    """Return a SELECT for each stretch of the log, each in order, so that PostgreSQL merges them as it reads."""
    found = stretches(asked, arms, where)
    if len(found) > MOST_ARMS:
        _any_of(where, found)
        found = []
    return " UNION ALL ".join(
        f"(SELECT {columns} FROM event e WHERE {where} AND {condition} ORDER BY e.id DESC)"
        for condition in found or ["true"]
    )


def _any_of(where: Where, conditions: list[str]) -> None:
    if conditions:
        where.conditions.append(f"({' OR '.join(f'({c})' for c in conditions)})")

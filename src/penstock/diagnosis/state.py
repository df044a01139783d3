"""The state of the queue and of those who work on it, from one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.orchestration.lanes import SLOTS

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database

# Of a deep queue only the front is counted: a look must not cost more the worse things are.
MOST_COUNTED = 100_000
_QUEUE = f"""
WITH waiting AS (SELECT created, scheduled, due, attempts FROM pending_event LIMIT {MOST_COUNTED})
SELECT count(*) FILTER (WHERE NOT scheduled)::int AS ready,
       coalesce(extract(epoch FROM $1 - min(coalesce(due, created)) FILTER (WHERE NOT scheduled)), 0)::float8 AS age,
       count(*) FILTER (WHERE scheduled)::int AS timers,
       coalesce(extract(epoch FROM $1 - min(due) FILTER (WHERE scheduled)), 0)::float8 AS overdue,
       count(*) FILTER (WHERE attempts > 0)::int AS suspects
FROM waiting"""
_WORKERS = """
SELECT w.id::text, w.alive AND EXISTS (
         SELECT FROM pg_stat_activity a WHERE a.pid = w.backend AND a.backend_start = w.backend_start) AS alive,
       extract(epoch FROM clock_timestamp() - w.heartbeat)::float8 AS silent, cardinality(w.events) AS events,
       (SELECT count(*) FROM slot s WHERE s.worker = w.id)::int AS slots
FROM worker w ORDER BY w.id"""


class Queue(msgspec.Struct, frozen=True, rename="camel"):
    """What waits: events ready to run, timers, and events at which workers died; seconds for ages.

    Attributes:
        age: of the oldest event that is ready.
        overdue: how long the first timer has been due already; 0 where none is.
    """

    ready: int
    age: float
    timers: int
    overdue: float
    suspects: int


class Worker(msgspec.Struct, frozen=True, rename="camel"):
    """A worker as its row tells: silent for so many seconds, at work on so many events, with so many slots of 256."""

    id: str
    alive: bool
    silent: float
    events: int
    slots: int


async def queue(database: Database, now: datetime) -> Queue:
    """Return what waits at this moment of the engine's clock; of more than 100,000 events only so many are counted."""
    record = await database.fetchrow(_QUEUE, now)
    assert record is not None
    return Queue(**{**record, "age": max(0.0, record["age"]), "overdue": max(0.0, record["overdue"])})


async def workers(database: Database) -> list[Worker]:
    """Return the workers, those included whose death nobody has noticed yet."""
    return [Worker(**record) for record in await database.fetch(_WORKERS)]


def troubles(waiting: Queue, working: list[Worker], *, patience: float = 60.0) -> list[str]:
    """Return sentences about what is wrong, each with what to do; none when all is well.

    ``patience`` is the age in seconds from which on a waiting event or timer is a trouble.
    """
    alive = [w for w in working if w.alive]
    found = []
    if not alive:
        found.append("No worker runs: events wait. Start one with penstock worker, or penstock up.")
    elif sum(w.slots for w in alive) < SLOTS:
        found.append("Not all lanes have a worker yet. If that stays so, look into the workers' logs.")
    if waiting.age > patience:
        found.append(
            f"The oldest event has waited {waiting.age:.0f} s. Start more workers, or see in their logs what they do."
        )
    if waiting.overdue > patience:
        found.append(f"A timer has been due for {waiting.overdue:.0f} s. See in the workers' logs what they do.")
    if waiting.suspects:
        found.append(
            f"{waiting.suspects} events were there when workers died; they are tried alone and fail if that goes on."
        )
    return found

"""A batch that its workers died with is brought in by a process of its own, record by record (design §4.1).

That process says which record it begins, and stores what became of it before it begins the next one. So when it dies,
the record that it named last is the guilty one, whatever else the workers had in hand that died before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.ingest.claiming import already_done
from penstock.ingest.loading import LONGEST_MESSAGE, portion
from penstock.ingest.records import FAILED, Batch, Result
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from penstock.database.pools import Database

log = structlog.get_logger()

SUSPECTED = 2  # deaths of a worker at the same record, after which the batch is brought in apart
OPENING = "opening"  # what such a process says before it looks at a batch

# Brings a batch in, in a process of its own; returns how that ended, and what the process said last.
Isolate = Callable[[Batch], Awaitable[tuple[str, str]]]


class NotBegunError(Exception):
    """A process that was to bring a batch in ended before it came to it: no record is guilty of that."""


async def bring_in_apart(database: Database, batch: Batch, isolate: Isolate) -> bool:
    """Bring in what is left of a batch; a record that ends its process gets a result that says so.

    Returns:
        False when another worker goes on with the batch.

    Raises:
        NotBegunError: the process did not come to the batch.
    """
    while await already_done(database, batch.id) < batch.total:
        ending, said = await isolate(batch)
        done = await already_done(database, batch.id)
        if not said:
            raise NotBegunError(ending)
        if said != OPENING and done > int(said):
            continue  # it ended behind a record that is done
        size = batch.total - done if said == OPENING else 1
        log.error("records failed when tried alone", batch=batch.id, number=done, records=size, error=ending)
        if not await _fail(database, batch, done, size, ending):
            return False
    return True


async def _fail(database: Database, batch: Batch, first: int, size: int, ending: str) -> bool:
    """Store that records failed; False when another worker has stored what became of them."""
    died = f", after its workers died {batch.attempts} times" if batch.attempts else ""
    message = f"Tried alone{died}: {ending}"[:LONGEST_MESSAGE]
    changes = Changes()
    changes.insert(portion(batch, first, [Result(response_code=FAILED, message=message) for _ in range(size)]))
    try:
        await changes.write(database)
    except asyncpg.UniqueViolationError:
        return False
    return True

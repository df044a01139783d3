"""Jobs that closed long ago are forgotten, with their batches and results (see the how-to page on batches)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.ingest.accepting import NewBatch, accept, open_job
from penstock.ingest.claiming import forget
from penstock.ingest.ingester import KEPT
from penstock.ingest.loading import portion
from penstock.ingest.reading import find_job
from penstock.ingest.records import Batch, Result
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from penstock.database.pools import Database

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)


async def job_with_a_batch(database: Database, now: datetime, status: str) -> int:
    """Open a job that has one batch with a result."""
    job = await open_job(database, "stock", 0, None, user="admin", now=now)
    batch = NewBatch("INVENTORY", "batch", "InventoryChanged", None, None, b"[]", 1)
    id_ = await accept(database, job, batch, user_id=1, username="admin", now=now)
    await database.execute("UPDATE batch SET status = $2 WHERE id = $1", id_, status)
    about: dict[str, Any] = dict.fromkeys(Batch.__struct_fields__)
    stored = Batch(**(about | {"id": id_}))  # only its id is looked at
    changes = Changes()
    changes.insert(portion(stored, 0, [Result(response_code="200", message="OK")]))
    await changes.write(database)
    return job


async def test_old_jobs_are_forgotten_once_all_is_done(database: Database) -> None:
    old = await job_with_a_batch(database, NOW - KEPT - timedelta(days=2), "COMPLETE")
    unfinished = await job_with_a_batch(database, NOW - KEPT - timedelta(days=2), "RUNNING")
    young = await job_with_a_batch(database, NOW - KEPT, "COMPLETE")

    await forget(database, NOW - KEPT)

    assert await find_job(database, old) is None
    assert await find_job(database, unfinished) is not None
    assert await find_job(database, young) is not None
    for table in ("batch", "batch_result"):
        assert await database.fetchval(f"SELECT count(*) FROM {table}") == 2, table

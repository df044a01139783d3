"""Looking jobs and batches up: how far they are, and what became of each record (spec 11 §3.2, §3.3, §4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from penstock.database.packing import unpacked
from penstock.ingest.records import Result

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.database.pools import Database

_JOB = """
SELECT id, name, retailer_id, created_on, closes_on,
  (SELECT count(*) FROM batch b WHERE b.job_id = j.id) AS batches
FROM job j WHERE id = $1"""
_BATCH = """
SELECT b.id, b.job_id, b.status, b.total, b.created_on, b.user_id, done.*
FROM batch b, LATERAL (
  SELECT coalesce(sum(size), 0)::int AS processed, coalesce(sum(skipped), 0)::int AS skipped,
    coalesce(sum(failed), 0)::int AS failed
  FROM batch_result r WHERE r.batch_id = b.id
) done
WHERE """
_ONE = _BATCH + "b.job_id = $1 AND b.id = $2"
_PAGE = _BATCH + "b.id IN (SELECT id FROM batch WHERE job_id = $1 ORDER BY id OFFSET $2 LIMIT $3) ORDER BY b.id"
# How many batches are done, and of these how many without the failure of any record.
_TOTALS = """
SELECT count(*) FILTER (WHERE NOT bad)::int AS successful, count(*) FILTER (WHERE bad)::int AS failed FROM (
  SELECT EXISTS (SELECT FROM batch_result r WHERE r.batch_id = b.id AND r.failed > 0) AS bad
  FROM batch b WHERE b.job_id = $1 AND b.status = 'COMPLETE'
) done"""
_RESULTS = """
SELECT first, results FROM batch_result
WHERE batch_id = $1 AND first < $2::bigint + $3::bigint AND first + size > $2::bigint ORDER BY first"""

_results = msgspec.json.Decoder(list[Result])


@dataclass(frozen=True, slots=True)
class Job:
    """A job and how many batches it has."""

    id: int
    name: str
    retailer_id: int
    created_on: datetime
    closes_on: datetime
    batches: int

    def status(self, now: datetime) -> str:
        """Return OPEN, or CLOSED from the midnight after its opening on."""
        return "OPEN" if now < self.closes_on else "CLOSED"


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch and how many of its records are done; those skipped were unchanged."""

    id: int
    job_id: int
    status: str
    total: int
    created_on: datetime
    user_id: int
    processed: int
    skipped: int
    failed: int


async def find_job(database: Database, job_id: int) -> Job | None:
    """Return a job; None when there is none."""
    row = await database.fetchrow(_JOB, job_id)
    return Job(*row) if row else None


async def find_batch(database: Database, job_id: int, batch_id: int) -> Progress | None:
    """Return a batch of a job; None when there is none."""
    row = await database.fetchrow(_ONE, job_id, batch_id)
    return Progress(*row) if row else None


async def batches_of(database: Database, job_id: int, start: int, count: int) -> list[Progress]:
    """Return a page of a job's batches, oldest first."""
    return [Progress(*row) for row in await database.fetch(_PAGE, job_id, start, count)]


async def totals_of(database: Database, job_id: int) -> tuple[int, int]:
    """Return how many batches are complete without and with records that failed."""
    row = await database.fetchrow(_TOTALS, job_id)
    assert row is not None
    return row["successful"], row["failed"]


async def results_of(database: Database, batch_id: int, start: int, count: int) -> list[tuple[int, Result]]:
    """Return the results of the records that are done, by their number, from ``start`` on."""
    found: list[tuple[int, Result]] = []
    for row in await database.fetch(_RESULTS, batch_id, start, count):
        found += enumerate(_results.decode(unpacked(row["results"])), row["first"])
    return [(number, result) for number, result in found if start <= number < start + count]

"""Accepting jobs and batches: they are stored, and the workers are told (spec 11 §3.1, §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from penstock.errors import InvalidValueError, NotFoundError
from penstock.orchestration.actions import event_id

if TYPE_CHECKING:
    from penstock.database.pools import Database

BATCHES = "penstock_batches"  # NOTIFY channel: there are batches to bring in
_JOB = """
INSERT INTO job (name, retailer_id, meta, created_by, created_on, closes_on)
SELECT $1, $2::bigint, $3::text::jsonb, $4, $5, $6
WHERE $2::bigint = 0 OR EXISTS (SELECT FROM retailer WHERE id = $2::bigint) RETURNING id"""
# The signal is part of the transaction; batches are far too few for that to cost anything.
_BATCH = """
WITH accepted AS (
  INSERT INTO batch (job_id, retailer_id, entity_type, source, event, catalogue_ref, conditions, records, total, status,
    event_id, user_id, created_by, created_on)
  SELECT id, retailer_id, $2, $3, $4, $5, $6::text::jsonb, $7, $8, 'PENDING', $9, $10, $11, $12::timestamptz
  FROM job WHERE id = $1 AND closes_on > $12::timestamptz
  RETURNING id
)
SELECT id, pg_notify($13, '') FROM accepted"""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch as it was accepted; ``records`` is their list as it is stored, ``total`` how many they are."""

    entity_type: str
    source: str
    event: str
    catalogue_ref: str | None
    conditions: Any
    records: bytes
    total: int


def closing(now: datetime) -> datetime:
    """Return when a job closes that is opened now: at the next midnight UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


async def open_job(
    database: Database, name: str, retailer_id: int, meta: dict[str, Any] | None, *, user: str, now: datetime
) -> int:
    """Open a job and return its id; the retailer 0 means the whole account.

    Raises:
        NotFoundError: there is no such retailer.
    """
    stored = None if meta is None else msgspec.json.encode(meta).decode()
    id_: int | None = await database.fetchval(_JOB, name, retailer_id, stored, user, now, closing(now))
    if id_ is None:
        raise NotFoundError(f"Retailer {retailer_id} does not exist.")
    return id_


async def accept(
    database: Database, job_id: int, batch: NewBatch, *, user_id: int, username: str, now: datetime
) -> int:
    """Store a batch for the workers and return its id.

    Raises:
        InvalidValueError: the job is closed.
    """
    conditions = None if batch.conditions is None else msgspec.json.encode(batch.conditions).decode()
    about = (batch.entity_type, batch.source, batch.event, batch.catalogue_ref, conditions)
    id_: int | None = await database.fetchval(
        _BATCH, job_id, *about, batch.records, batch.total, event_id(now), user_id, username, now, BATCHES
    )
    if id_ is None:
        raise InvalidValueError(f"Job {job_id} is closed: it expired at midnight UTC. Open a new job for this batch.")
    return id_

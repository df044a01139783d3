"""The tables of jobs and batches, and their rows in memory.

A batch keeps its records until all are done. What became of them stands in ``batch_result``, portion by portion:
whoever brings a portion in writes its results in the same transaction, so the primary key makes sure that no portion
takes effect twice, whoever is killed when.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import JSONB

from penstock.model.tables import metadata
from penstock.model.writes import register

Code = Literal["200", "301", "400", "404", "500"]
OK: Code = "200"
FORBIDDEN: Code = "301"
INVALID: Code = "400"
MISSING: Code = "404"
FAILED: Code = "500"


class Result(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """What became of one record, as clients see it (spec 11 §4.3); ``user_id`` is a user who waits for a password."""

    entity_id: str | None = None
    entity_ref: str | None = None
    response_code: Code
    message: str
    username: str | None = None
    user_id: int | None = None


class BatchResult(msgspec.Struct, kw_only=True):
    """What became of a portion of a batch: of ``size`` records from the number ``first`` on."""

    batch_id: int
    first: int
    size: int
    skipped: int  # were unchanged
    failed: int
    results: bytes  # a list of Result, as JSON; compressed unless it is short


class Batch(msgspec.Struct, kw_only=True):
    """A batch at work."""

    id: int
    job_id: int
    job_name: str
    retailer_id: int
    entity_type: str
    source: str
    event: str
    catalogue_ref: str | None
    conditions: Any
    preprocessing: str | None  # what the job's meta says about it
    records: bytes  # JSON, compressed unless it is short
    total: int
    attempts: int  # deaths of its workers at the record that is next
    event_id: uuid.UUID
    user_id: int
    created_by: str
    created_on: datetime


_WHEN = DateTime(timezone=True)

job = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("retailer_id", BigInteger, nullable=False, comment="0: of the whole account"),
    Column("meta", JSONB),
    Column("created_by", Text, nullable=False),
    Column("created_on", _WHEN, nullable=False),
    Column("closes_on", _WHEN, nullable=False),
    PrimaryKey("id"),
)
Index("job_closes_on_idx", job.c.closes_on)

batch = Table(
    "batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("job_id", BigInteger, ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
    Column("retailer_id", BigInteger, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("catalogue_ref", Text),
    Column("conditions", JSONB),
    Column("records", LargeBinary, comment="JSON, compressed unless it is short; none once all are done"),
    Column("total", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("worker", Uuid, comment="who brings it in"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="deaths of workers at one record"),
    Column("tried", Integer, comment="the record that was next when it was claimed"),
    Column("event_id", Uuid, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_on", _WHEN, nullable=False),
    Column("started_on", _WHEN),
    Column("completed_on", _WHEN),
    PrimaryKey("id"),
)
Index("batch_job_id_id_idx", batch.c.job_id, batch.c.id)
Index("batch_retailer_id_id_idx", batch.c.retailer_id, batch.c.id, postgresql_where=batch.c.status != "COMPLETE")

batch_result = Table(
    "batch_result",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("batch.id", ondelete="CASCADE"), nullable=False),
    Column("first", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("results", LargeBinary, nullable=False, comment="JSON, compressed unless it is short"),
    PrimaryKey("batch_id", "first"),
)

register(
    BatchResult,
    "batch_result",
    {
        "batch_id": "bigint",
        "first": "integer",
        "size": "integer",
        "skipped": "integer",
        "failed": "integer",
        "results": "bytea",
    },
)

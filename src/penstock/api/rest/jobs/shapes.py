"""Jobs and batches as they go over the wire (spec 11 §3, §4; 43 §8)."""

# ruff: noqa: N815 - the members are spelt as on the wire

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

MOST_RECORDS = 5_000
LONGEST_TEXT = 255

Text = Annotated[str, msgspec.Meta(extra_json_schema={"maxLength": LONGEST_TEXT})]
Id = Annotated[str, msgspec.Meta(description="a number")] | int
JobStatus = Literal["OPEN", "CLOSED"]
BatchStatus = Literal["PENDING", "RUNNING", "COMPLETE"]


class GivenJob(msgspec.Struct):
    """A job as it is opened; ``retailerId`` is 0 for work on the whole account.

    ``meta.preprocessing`` may be ``skip``: then unchanged stock is not left out. Other members are kept.
    """

    name: Text
    retailerId: Id
    meta: dict[str, Any] | None = None


class OpenedJob(msgspec.Struct):
    """A job that was opened; it closes at midnight UTC."""

    id: str
    name: str
    retailerId: str
    status: JobStatus
    createdOn: str


class Condition(msgspec.Struct):
    """A type and a status of quantities."""

    type: str
    status: str


class Conditions(msgspec.Struct):
    """Which other quantities of a position keep a count from being unchanged."""

    hasRelatedInventoryQuantities: list[Condition] | None = None


class GivenBatch(msgspec.Struct):
    """Records of one kind, 1 to 5,000 of them; unknown members are ignored.

    UPSERT goes with INVENTORY, LOCATION and CATEGORY, CREATE with RETAILER. ``event``, ``catalogueRef`` and
    ``conditions`` are for INVENTORY.
    """

    action: str
    entityType: str
    entities: Annotated[list[dict[str, Any]], msgspec.Meta(extra_json_schema={"minItems": 1, "maxItems": MOST_RECORDS})]
    source: Text | None = None
    event: Text | None = None
    catalogueRef: Text | None = None
    conditions: Conditions | None = None


class AcceptedBatch(msgspec.Struct):
    """A batch that waits to be brought in."""

    id: str
    status: BatchStatus


class BatchState(msgspec.Struct):
    """How far a batch is: of ``total`` records so many are done, of these skipped since unchanged, and failed."""

    batchId: str
    id: str
    status: BatchStatus
    createdOn: str
    total: int
    processed: int
    skipped: int
    failed: int


class JobState(OpenedJob):
    """A job and a page of its batches, oldest first."""

    jobId: str
    start: int
    count: int
    total: int
    batch: list[BatchState]


class BatchPage(msgspec.Struct):
    """A page of a job's batches, oldest first."""

    start: int
    count: int
    total: int
    results: list[BatchState]


class BatchOutcome(msgspec.Struct):
    """How many records of a batch are done."""

    batchId: str
    status: BatchStatus
    processedEntities: int
    totalEntities: int


class JobOutcome(msgspec.Struct):
    """How many batches are complete; those with the failure of a record count as failed."""

    id: str
    status: JobStatus
    totalBatches: int
    successfulBatches: int
    failedBatches: int
    start: int
    count: int
    results: list[BatchOutcome]


class RecordOutcome(msgspec.Struct, omit_defaults=True):
    """What became of a record: ``responseCode`` 200, or 301, 400, 404 or 500 with the reason."""

    responseCode: str
    message: str
    entityId: str | msgspec.UnsetType = msgspec.UNSET
    entityRef: str | msgspec.UnsetType = msgspec.UNSET
    username: str | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET


class BatchResults(BatchState):
    """A batch and a page of the records that are done; it is COMPLETE whether records failed or not."""

    start: int
    count: int
    results: list[RecordOutcome]

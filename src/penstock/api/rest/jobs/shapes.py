"""Jobs and batches as they go over the wire (spec 11 §3, §4; 43 §8)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from penstock.api.rest.shape import Shape

MOST_RECORDS = 5_000
LONGEST_TEXT = 255

Text = Annotated[str, msgspec.Meta(extra_json_schema={"maxLength": LONGEST_TEXT})]
Id = Annotated[str, msgspec.Meta(description="a number")] | int
JobStatus = Literal["OPEN", "CLOSED"]
BatchStatus = Literal["PENDING", "RUNNING", "COMPLETE"]


class GivenJob(Shape):
    """A job as it is opened; ``retailerId`` is 0 for work on the whole account.

    ``meta.preprocessing`` may be ``skip``: then unchanged stock is not left out. Other members are kept.
    """

    name: Text
    retailer_id: Id
    meta: dict[str, Any] | None = None


class OpenedJob(Shape):
    """A job that was opened; it closes at midnight UTC."""

    id: str
    name: str
    retailer_id: str
    status: JobStatus
    created_on: str


class Condition(Shape):
    """A type and a status of quantities."""

    type: str
    status: str


class Conditions(Shape):
    """Which other quantities of a position keep a count from being unchanged."""

    has_related_inventory_quantities: list[Condition] | None = None


class GivenBatch(Shape):
    """Records of one kind, 1 to 5,000 of them; unknown members are ignored.

    UPSERT goes with INVENTORY, LOCATION and CATEGORY, CREATE with RETAILER. ``event``, ``catalogueRef`` and
    ``conditions`` are for INVENTORY.
    """

    action: str
    entity_type: str
    entities: Annotated[list[dict[str, Any]], msgspec.Meta(extra_json_schema={"minItems": 1, "maxItems": MOST_RECORDS})]
    source: Text | None = None
    event: Text | None = None
    catalogue_ref: Text | None = None
    conditions: Conditions | None = None


class AcceptedBatch(Shape):
    """A batch that waits to be brought in."""

    id: str
    status: BatchStatus


class BatchState(Shape):
    """How far a batch is: of ``total`` records so many are done, of these skipped since unchanged, and failed."""

    batch_id: str
    id: str
    status: BatchStatus
    created_on: str
    total: int
    processed: int
    skipped: int
    failed: int


class JobState(OpenedJob):
    """A job and a page of its batches, oldest first."""

    job_id: str
    start: int
    count: int
    total: int
    batch: list[BatchState]


class BatchPage(Shape):
    """A page of a job's batches, oldest first."""

    start: int
    count: int
    total: int
    results: list[BatchState]


class BatchOutcome(Shape):
    """How many records of a batch are done."""

    batch_id: str
    status: BatchStatus
    processed_entities: int
    total_entities: int


class JobOutcome(Shape):
    """How many batches are complete; those with the failure of a record count as failed."""

    id: str
    status: JobStatus
    total_batches: int
    successful_batches: int
    failed_batches: int
    start: int
    count: int
    results: list[BatchOutcome]


class RecordOutcome(Shape, omit_defaults=True):
    """What became of a record: ``responseCode`` 200, or 301, 400, 404 or 500 with the reason."""

    response_code: str
    message: str
    entity_id: str | msgspec.UnsetType = msgspec.UNSET
    entity_ref: str | msgspec.UnsetType = msgspec.UNSET
    username: str | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET


class BatchResults(BatchState):
    """A batch and a page of the records that are done; it is COMPLETE whether records failed or not."""

    start: int
    count: int
    results: list[RecordOutcome]

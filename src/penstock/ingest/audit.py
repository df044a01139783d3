"""The event that a batch leaves (spec 11 §2): its entity is the batch, the root its job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.orchestration.failing import unfinished
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.trace import Trace
from penstock.rules.context import Event

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.ingest.records import Batch
    from penstock.orchestration.records import EventRecord

NAME = "BatchComplete"


def record_of(batch: Batch, totals: dict[str, Any], now: datetime) -> EventRecord:
    """Return the record of a batch that is complete; the events of its records name it as their source."""
    about: dict[str, Any] = {
        "id": batch.event_id,
        "name": NAME,
        "retailer_id": batch.retailer_id,
        "entity_type": "BATCH",
        "entity_id": batch.id,
        "root_type": "JOB",
        "root_id": batch.job_id,
        "root_ref": batch.job_name,
        "attributes": {"recordType": batch.entity_type, **totals},
        "source": batch.source,
    }
    trace = Trace(batch.created_on.timestamp())
    trace.event(Event(**about), -1)
    record = unfinished(PendingEvent(**about, lane=0, generated_by=batch.created_by, created=batch.created_on))
    record.status, record.code, record.done, record.trace = "SUCCESS", None, now, trace.stored()
    return record

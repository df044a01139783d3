"""Events that fail at the write: the context is kept apart and leaves a FAILED record (design §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.orchestration.log.marks import apart, set_marks
from penstock.orchestration.records import UNSTORED, EventRecord
from penstock.orchestration.run import Run
from penstock.orchestration.trace import Trace
from penstock.rules.context import Event

if TYPE_CHECKING:
    from penstock.orchestration.records import PendingEvent

log = structlog.get_logger()


def took_effect(record: EventRecord) -> bool:
    """Return whether what a context did was stored; the changes of one that :func:`fail` met were not."""
    return not (record.status == "FAILED" and (record.failure or "").startswith(UNSTORED))


def guilty() -> tuple[type[Exception], ...]:
    """Return the errors that speak of the data written, not of the server or the network."""
    return (
        asyncpg.IntegrityConstraintViolationError,
        asyncpg.DataError,
        asyncpg.RaiseError,
        asyncpg.exceptions.ProgramLimitExceededError,
        TypeError,
        ValueError,
        OverflowError,
    )


def fail(run: Run, error: Exception) -> Run:
    """Return a run that writes nothing but the failure of the first event of this one."""
    first: PendingEvent = run.events[0]
    failed = Run(run.lane, [first])
    record: EventRecord = run.records[0]
    record.status = "FAILED"
    record.failure = f"{UNSTORED} {first.name} cannot be stored: {error}"
    record.code = 422
    record.marks = record.events = record.entries = None  # were of what was not to be
    record.failed = True
    failed.records.append(record)
    return failed


def unfinished(event: PendingEvent, failure: str | None = None, code: int = 500) -> EventRecord:
    """Return the record of an event whose execution left no trace but the event itself."""
    trace = Trace(event.created.timestamp())
    trace.event(_given(event), -1).result = "FAILED"
    record = EventRecord.of(event, "FAILED", [event.name], trace.stored(), event.created)
    record.failure, record.code, record.lane = failure, code, apart(event.entity_type, event.lane)
    set_marks(record, trace.body)
    return record


def _given(event: PendingEvent) -> Event:
    return Event(
        id=event.id,
        name=event.name,
        retailer_id=event.retailer_id,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        entity_ref=event.entity_ref,
        type=event.type,
        attributes=event.attributes,
    )


def complain(account: str, record: EventRecord) -> None:
    """Tell the log of an event that failed."""
    log.warning(
        "event failed",
        account=account,
        retailer=record.retailer_id,
        id=str(record.id),
        name=record.name,
        entity=f"{record.entity_type} {record.entity_ref or record.entity_id}",
        root=f"{record.root_type} {record.root_ref or record.root_id}",
        code=record.code,
        error=record.failure,
    )

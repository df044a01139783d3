"""Events that fail at the write: the context is kept apart and leaves a FAILED record (design §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from penstock.orchestration.records import EventRecord
from penstock.orchestration.run import Run
from penstock.orchestration.trace import EventNode, Trace, decode, encode

if TYPE_CHECKING:
    from penstock.orchestration.records import PendingEvent


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
    record.failure = f"the changes of event {first.name} cannot be stored: {error}"
    record.code = 422
    body = decode(record.trace)
    body.events[0].exception = {"message": record.failure}
    record.trace = encode(body)
    failed.records.append(record)
    return failed


def unfinished(event: PendingEvent) -> EventRecord:
    """Return the record of an event whose execution left no trace: that of the event alone."""
    trace = Trace(event.created.timestamp())
    given = trace.attributes(event.attributes)
    own = (event.name, event.type, event.entity_type, event.entity_id, event.entity_ref, None, given)
    trace.body.events.append(EventNode(-1, *own, result="FAILED", rulesets=[]))
    return EventRecord(
        id=event.id,
        name=event.name,
        type=event.type,
        retailer_id=event.retailer_id,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        entity_ref=event.entity_ref,
        root_type=event.root_type,
        root_id=event.root_id,
        root_ref=event.root_ref,
        status="FAILED",
        source=event.source,
        generated_by=event.generated_by,
        created=event.created,
        done=event.created,
        parent=event.parent,
        names=[event.name],
        failure=None,
        code=500,
        trace=trace.stored(),
    )

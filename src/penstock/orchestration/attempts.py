"""The attempts to deliver a webhook, as entries of the audit of the event that sent it (spec 14 §7).

A trace ends with its write and says that a webhook was queued; what became of that is in the delivery's own table,
one row a request. So as many actions are called ``Send Webhook`` as requests were made.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from penstock.delivery.log import attempts_of
from penstock.orchestration.expand import attributes_of, wire_time
from penstock.orchestration.records import INLINE_MASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.database.pools import Database
    from penstock.delivery.log import AuditedAttempt
    from penstock.orchestration.records import EventRecord

Shape = dict[str, Any]


async def with_attempts(
    database: Database, records: Sequence[EventRecord], opened: list[list[Shape]]
) -> list[list[Shape]]:
    """Return the shapes of each stored event, newest first, with the attempts of its webhooks before them."""
    ranges = [(r.id, uuid.UUID(int=r.id.int | INLINE_MASK)) for r in records]
    by_event: dict[str, list[AuditedAttempt]] = {}
    for attempt in await attempts_of(database, ranges) if ranges else ():
        by_event.setdefault(str(attempt.event_id), []).append(attempt)
    return [_entries(shapes, by_event) + shapes for shapes in opened] if by_event else opened


def _entries(shapes: list[Shape], by_event: dict[str, list[AuditedAttempt]]) -> list[Shape]:
    found = [(attempt, shape) for shape in shapes for attempt in by_event.get(shape["id"], ())]
    found.sort(key=lambda each: each[0].id, reverse=True)
    return [_entry(attempt, event) for attempt, event in found]


def _entry(attempt: AuditedAttempt, event: Shape) -> Shape:
    values = {
        "url": attempt.url,
        "request": attempt.body,
        "responseCode": attempt.code,
        "responseBody": attempt.response,
        "attempt": attempt.attempt,
        "startTimer": int(attempt.started.timestamp() * 1000),
        "stopTimer": int(attempt.stopped.timestamp() * 1000),
        "error": attempt.error,
    }
    return {
        **event,
        "id": str(attempt.id),
        "name": "Send Webhook",
        "type": "ORCHESTRATION_AUDIT",
        "category": "ACTION",
        "context": {**event["context"], "sourceEvents": [event["id"]]},
        "eventStatus": "SUCCESS" if attempt.accepted else "FAILED",
        "attributes": attributes_of({k: v for k, v in values.items() if v is not None}),
        "source": "delivery",
        "generatedOn": wire_time(attempt.started),
    }

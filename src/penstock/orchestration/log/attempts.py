"""Attempts to deliver webhooks and mails, as entries of the audit (spec 14 §7).

They are stored elsewhere, by whoever delivers: a search asks for those of the contexts that it opens. What it has to
know before it opens one - that something failed, how many entries there are, how long it went on - stands with the
event; so whoever stores an attempt calls :func:`note` in the same transaction.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from penstock.delivery.mail.letters import TARGET as MAIL
from penstock.orchestration.expand import AUDIT, Entry, moment
from penstock.orchestration.log.marks import CATEGORY, FAILED, NAME, QUEUED, STATUS, SUCCESS, bits
from penstock.orchestration.records import INLINE_MASK, MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from penstock.delivery.log import AuditedAttempt
    from penstock.orchestration.trace import TraceBody

SEND, SEND_MAIL = "Send Webhook", "Send Mail"
Range = tuple[uuid.UUID, uuid.UUID]

_NOTE = """
UPDATE event SET entries = entries + 1, failed = failed OR NOT $2, marks = marks | $3,
       ended = greatest(coalesce(ended, done), $4)
WHERE id = $1"""


class Attempts(Protocol):
    """Finds attempts, on the connection of whoever asks."""

    async def of_events(self, connection: asyncpg.Connection, ranges: list[Range], /) -> Sequence[AuditedAttempt]:
        """Return the attempts for events whose ids are in these ranges, oldest first."""
        ...

    async def event_of(self, connection: asyncpg.Connection, attempt: uuid.UUID, /) -> uuid.UUID | None:
        """Return the event that an attempt belongs to; None when the id is no attempt's."""
        ...


async def note(
    connection: asyncpg.Connection, event_id: uuid.UUID, *, target: str, accepted: bool, stopped: datetime
) -> None:
    """Note with an event that there was an attempt to deliver a webhook or mail of it."""
    status = SUCCESS if accepted else FAILED
    marks = bits(NAME, _name(target)) | bits(CATEGORY, "action") | bits(STATUS, status)
    base = uuid.UUID(int=event_id.int & ~INLINE_MASK)
    await connection.execute(_NOTE, base, accepted, asyncpg.BitString(f"{marks:0{MARKS}b}"), stopped)


def sends(body: TraceBody) -> bool:
    """Return whether a rule of the context sent a webhook or a mail."""
    return any(
        action[0] in QUEUED
        for event in body.events
        for ruleset in event.rulesets
        for rule in ruleset.rules
        for action in rule.actions
    )


def attempted(events: Sequence[Entry], attempts: Sequence[AuditedAttempt]) -> Iterator[Entry]:
    """Yield an entry for each attempt, oldest first; ``events`` are those of the context, its children too."""
    by_id = {e.id: e for e in events if e.type != AUDIT}
    for attempt in attempts:
        event = by_id.get(attempt.event_id.int)
        if event is not None:
            yield _entry(event, attempt)


def _entry(event: Entry, attempt: AuditedAttempt) -> Entry:
    return Entry(
        event.account,
        event.record,
        attempt.id.int,
        _name(attempt.target),
        AUDIT,
        "ACTION",
        SUCCESS if attempt.accepted else FAILED,
        moment(attempt.started),
        event.id,
        event.entity,
        lambda: _told(attempt),
    )


def _name(target: str) -> str:
    return SEND_MAIL if target == MAIL else SEND


def _told(attempt: AuditedAttempt) -> dict[str, Any]:
    return {
        "url": attempt.url,
        "request": attempt.body,
        "responseCode": attempt.code,
        "responseBody": attempt.response,
        "attempt": attempt.attempt,
        "startTimer": moment(attempt.started) // 1000,
        "stopTimer": moment(attempt.stopped) // 1000,
        "error": attempt.error,
    }

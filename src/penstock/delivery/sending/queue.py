"""The outbox as a queue: claiming what is due, noting what became of it, taking over from the dead.

A claim notes the holder and ends its transaction before anything is sent. The holder is a connection of the sending
process, so a killed process is noticed as soon as its connection is gone, by whoever looks next. Moments of
schedules are the clock's, those of holds the database's own.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from penstock.database.ids import uuid7
from penstock.delivery.records import DELIVERED, FAILED, PENDING
from penstock.delivery.sending.schedule import wait_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.delivery.outcomes import Outcome

DUE = "penstock_webhook"  # NOTIFY channel: there is something to deliver
SECONDS_HELD = 60  # four times what the slowest request takes
MOST_FORGOTTEN = 500

_SELF = """
SELECT pid || '@' || extract(epoch FROM backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()"""

_HOLD = f"""
UPDATE outbox o SET holder = $1, held_until = clock_timestamp() + interval '{SECONDS_HELD} s'
FROM picked WHERE o.id = picked.id AND o.holder IS NULL
RETURNING o.id, o.event_id, o.name, o.url, o.target, o.body, o.schedule, o.tries, o.trace"""

# Goes from target to target along the index, so that a target with a hundred thousand waiting webhooks, or a paused
# one, costs no more than another; takes of each as many as there is room for.
_CLAIM = f"""
WITH RECURSIVE targets(target) AS (
  (SELECT target FROM outbox WHERE due IS NOT NULL AND holder IS NULL ORDER BY target LIMIT 1)
  UNION ALL
  SELECT n.target FROM targets t, LATERAL (
    SELECT target FROM outbox WHERE due IS NOT NULL AND holder IS NULL AND target > t.target ORDER BY target LIMIT 1
  ) n
), picked AS MATERIALIZED (
  SELECT o.id FROM targets t LEFT JOIN unnest($3::text[], $4::integer[]) AS busy(target, count) USING (target),
  LATERAL (
    SELECT id, due FROM outbox w WHERE w.target = t.target AND w.due <= $2 AND w.holder IS NULL
    ORDER BY w.due LIMIT greatest(0, $5 - coalesce(busy.count, 0)) FOR UPDATE SKIP LOCKED
  ) o
  WHERE NOT EXISTS (SELECT FROM webhook_circuit c WHERE c.target = t.target AND c.paused_until IS NOT NULL)
  ORDER BY o.due LIMIT $6
)
{_HOLD}"""
_TAKE = f"WITH picked AS (SELECT unnest($2::uuid[]) AS id) {_HOLD}"

# Whoever delivers settles, even if somebody else holds the row by now; a failure counts, and the holder decides.
_NOTE = """
WITH told AS (
  UPDATE outbox SET
    attempts = attempts + 1,
    tries = tries + 1,
    status = CASE WHEN $3 OR holder = $2 THEN $4 ELSE status END,
    due = CASE WHEN $3 OR holder = $2 THEN $5::timestamptz ELSE due END,
    settled = CASE WHEN ($3 OR holder = $2) AND $5::timestamptz IS NULL THEN $8::timestamptz ELSE settled END,
    held_until = CASE WHEN $3 OR holder = $2 THEN NULL ELSE held_until END,
    holder = CASE WHEN $3 OR holder = $2 THEN NULL ELSE holder END
  WHERE id = $1 RETURNING event_id, attempts
)
INSERT INTO delivery_attempt (id, delivery_id, event_id, attempt, started, stopped, accepted, code, response, error)
SELECT $6, $1, event_id, attempts, $7, $8, $3, $9, $10, $11 FROM told RETURNING attempt"""

_RELEASE = "UPDATE outbox SET holder = NULL, held_until = NULL WHERE holder = $1"
_BURY = """
UPDATE outbox SET holder = NULL, held_until = NULL
WHERE holder IS NOT NULL AND (held_until < clock_timestamp() OR holder NOT IN (
  SELECT pid || '@' || extract(epoch FROM backend_start) FROM pg_stat_activity WHERE backend_start IS NOT NULL))"""
_FORGET = f"""
DELETE FROM outbox WHERE id IN (
  SELECT id FROM outbox WHERE id < $1 AND due IS NULL ORDER BY id LIMIT {MOST_FORGOTTEN} FOR UPDATE SKIP LOCKED)"""


class Noted(Protocol):
    """Whoever keeps the events' audit."""

    async def __call__(
        self, connection: asyncpg.Connection, event_id: uuid.UUID, *, target: str, accepted: bool, stopped: datetime
    ) -> None:
        """Note with an event that there was an attempt to deliver a webhook or mail of it."""
        ...


class Claimed(msgspec.Struct, frozen=True):
    """A webhook or mail that this process holds."""

    id: uuid.UUID
    event_id: uuid.UUID
    name: str
    url: str
    target: str
    body: str
    schedule: str
    tries: int  # before this one
    trace: str | None  # the place in a trace, as a header traceparent


class Settled(msgspec.Struct, frozen=True):
    """What follows from an attempt: its number, and how long until the next one, None when there is none."""

    attempt: int
    wait: timedelta | None


class Queue:
    """The outbox of one account, as one holder works on it; make it with ``await Queue.held_by(...)``."""

    def __init__(self, database: Database, clock: Clock, holder: str, noted: Noted | None = None) -> None:
        """Prepare; ``noted`` is told of each attempt in the transaction that stores it."""
        self._database = database
        self._clock = clock
        self._holder = holder
        self._noted = noted

    @classmethod
    async def held_by(
        cls, database: Database, clock: Clock, connection: asyncpg.Connection, noted: Noted | None = None
    ) -> Queue:
        """Return the queue; what is claimed is held for as long as this connection lives."""
        return cls(database, clock, await connection.fetchval(_SELF), noted)

    async def claim(self, busy: Mapping[str, int], each: int, most: int) -> list[Claimed]:
        """Take what is due, up to ``each`` for a target less those ``busy`` already, up to ``most`` in all."""
        arguments = (self._clock.now(), list(busy), list(busy.values()), each, most)
        return [Claimed(*row) for row in await self._database.fetch(_CLAIM, self._holder, *arguments)]

    async def take(self, ids: list[uuid.UUID]) -> list[Claimed]:
        """Take these, unless somebody else holds them."""
        return [Claimed(*row) for row in await self._database.fetch(_TAKE, self._holder, ids)] if ids else []

    async def note(self, claimed: Claimed, outcome: Outcome, started: datetime) -> Settled:
        """Note an attempt and what follows from it; what was given up or delivered leaves the queue."""
        wait = None
        if not outcome.accepted and not outcome.refused:
            wait = wait_after(claimed.schedule, claimed.tries + 1)
        now = self._clock.now()
        status = DELIVERED if outcome.accepted else FAILED if wait is None else PENDING
        due = None if wait is None else now + wait
        async with self._database.transaction() as connection:
            attempt = await connection.fetchval(
                _NOTE,
                *(claimed.id, self._holder, outcome.accepted, status, due, uuid7(started), started, now),
                *(outcome.code, outcome.response, outcome.error),
            )
            if self._noted is not None:
                await self._noted(
                    connection, claimed.event_id, target=claimed.target, accepted=outcome.accepted, stopped=now
                )
        return Settled(attempt or 0, wait)

    async def release(self) -> None:
        """Let go of all that this holder holds: it is due as before."""
        await self._database.execute(_RELEASE, self._holder)

    async def bury(self) -> None:
        """Let go of what the dead hold."""
        await self._database.execute(_BURY)

    async def forget(self, days: int) -> bool:
        """Remove deliveries of so many days ago from the log; return whether there may be more of them."""
        last = uuid7(self._clock.now() - timedelta(days=days))
        return (await self._database.execute(_FORGET, last)).endswith(f" {MOST_FORGOTTEN}")

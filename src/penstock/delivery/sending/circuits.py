"""A target that fails again and again is left alone for a while, and what is for it waits.

Failures of the target itself count (no connection, no answer, 429, 5xx), in a row and over all deliveries. More than
one delivery can cause alone open its circuit: nothing is sent there but one probe after each pause, and pauses grow.
Any answer closes it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import uuid

    from penstock.clock import Clock
    from penstock.database.pools import Database

FAILURES = 10  # twice the requests of one delivery
FIRST_PAUSE, LONGEST_PAUSE = 10, 600  # seconds
SECONDS_OF_A_PROBE = 20  # longer than any request; then another one is tried
MOST_LISTED = 1_000

_COLUMNS = "target, failures, pauses, paused_until, error, changed"
_LIST = f"SELECT {_COLUMNS} FROM webhook_circuit ORDER BY paused_until IS NULL, target LIMIT {MOST_LISTED}"

_PAUSE = f"least({LONGEST_PAUSE}, {FIRST_PAUSE} * 2 ^ least(c.pauses, 20)) * interval '1 s'"
_OPENS = f"(c.paused_until IS NULL AND c.failures + 1 >= {FAILURES} OR c.probe = $3)"
_FAILED = f"""
INSERT INTO webhook_circuit AS c (target, failures, pauses, error, changed) VALUES ($1, 1, 0, $4, $2)
ON CONFLICT (target) DO UPDATE SET
  failures = c.failures + 1,
  error = excluded.error,
  changed = excluded.changed,
  paused_until = CASE WHEN {_OPENS} THEN $2 + {_PAUSE} ELSE c.paused_until END,
  pauses = c.pauses + CASE WHEN {_OPENS} THEN 1 ELSE 0 END,
  probe = CASE WHEN {_OPENS} THEN NULL ELSE c.probe END
RETURNING failures, pauses"""
_ANSWERED = """
UPDATE webhook_circuit SET failures = 0, pauses = 0, paused_until = NULL, probe = NULL, changed = $2
WHERE target = $1 AND failures > 0 RETURNING pauses"""
_WAITING = "FROM outbox o WHERE o.target = c.target AND o.due <= $1 AND o.holder IS NULL"
# Of several processes that look at once, one gets the probe: the others find the pause prolonged.
_PROBES = f"""
UPDATE webhook_circuit c SET
  probe = (SELECT o.id {_WAITING} ORDER BY o.due LIMIT 1),
  paused_until = $1 + interval '{SECONDS_OF_A_PROBE} s'
WHERE c.paused_until <= $1 AND EXISTS (SELECT {_WAITING}) RETURNING probe"""
_HASTEN = "UPDATE webhook_circuit SET paused_until = $2 WHERE target = $1 AND paused_until > $2"
_FORGET = "DELETE FROM webhook_circuit WHERE paused_until IS NULL AND changed < $1"


class Circuit(msgspec.Struct, frozen=True):
    """How a target does; it is paused while ``paused_until`` is set, and probed once after it."""

    target: str
    failures: int
    pauses: int
    paused_until: datetime | None
    error: str | None
    changed: datetime


class Circuits:
    """The circuits of one account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def known(self) -> list[Circuit]:
        """Return what is known of targets that have failed, paused ones first."""
        return [Circuit(*row) for row in await self._database.fetch(_LIST)]

    async def failed(self, target: str, delivery: uuid.UUID, error: str) -> bool:
        """Note that a target failed; return whether that has just opened its circuit."""
        row = await self._database.fetchrow(_FAILED, target, self._clock.now(), delivery, error)
        return row is not None and row["failures"] == FAILURES

    async def answered(self, target: str) -> bool:
        """Note that a target is there; return whether it had failed before."""
        return await self._database.fetchrow(_ANSWERED, target, self._clock.now()) is not None

    async def probes(self) -> list[uuid.UUID]:
        """Return the deliveries to try paused targets with, one for each whose pause is over."""
        return [row["probe"] for row in await self._database.fetch(_PROBES, self._clock.now())]

    async def hasten(self, target: str) -> None:
        """End the pause of a target: it is probed with the next delivery."""
        await self._database.execute(_HASTEN, target, self._clock.now())

    async def forget(self, before: datetime) -> None:
        """Forget targets that have been well for long."""
        await self._database.execute(_FORGET, before)

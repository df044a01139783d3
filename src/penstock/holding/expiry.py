"""The end of holds whose time is over, by any worker: which one does not matter, since a hold ends once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from penstock.holding.ending import end_locked
from penstock.holding.records import ACTIVE, COLUMNS, EXPIRED, as_hold
from penstock.orchestration.queue import WORK

if TYPE_CHECKING:
    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals

SECONDS = 0.5  # between two looks
MOST = 200  # that end in a transaction
KEPT = timedelta(days=30)  # after its end, a hold can be looked up for so long, and its ref is taken
EACH = 600  # looks after which holds are forgotten

# While orders wait to be taken up that were placed before a hold's end, it goes on: one of them may have named it.
_DUE = f"""
SELECT {COLUMNS} FROM hold WHERE status = '{ACTIVE}' AND expires_on <= least($1, coalesce(
  (SELECT min(created) FROM pending_event WHERE name = 'CREATE' AND entity_type = 'ORDER'), $1))
ORDER BY expires_on, id LIMIT {MOST} FOR NO KEY UPDATE SKIP LOCKED"""
_FORGET = f"DELETE FROM hold WHERE status <> '{ACTIVE}' AND updated_on < $1"

log = structlog.get_logger()


class Expiry:
    """Ends the holds of one account; those of a worker that is killed meanwhile are ended by the next look."""

    def __init__(self, database: Database, clock: Clock, signals: Signals) -> None:
        self._database, self._clock, self._signals = database, clock, signals

    async def run(self) -> None:
        """Look again and again."""
        looks = 0
        while True:
            if looks % EACH == 0:
                await self._database.execute(_FORGET, self._clock.now() - KEPT)
            looks += 1
            if await self.once() < MOST:
                await asyncio.sleep(SECONDS)

    async def once(self) -> int:
        """End holds whose time is over, ``MOST`` at most; return how many."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            due = [as_hold(r) for r in await connection.fetch(_DUE, now)]
            ended = await end_locked(connection, due, EXPIRED, now, None)
        if ended:
            log.debug("holds expired", holds=ended)
            self._signals.send(WORK)
        return ended

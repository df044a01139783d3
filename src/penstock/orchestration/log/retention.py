"""How long the log is kept: partitions are made ahead, and dropped when all that is in them is too old (spec 19).

A worker tends the log of each account every hour; a lock lets one do it at a time. What else is to go with the log
is given as ``further``: functions that delete what is older than a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import structlog

from penstock.orchestration.log import partitions
from penstock.orchestration.log.partitions import WEEK, week_of
from penstock.orchestration.records import ENDED, LATE

if TYPE_CHECKING:
    from penstock.clock import Clock
    from penstock.database.pools import Database

log = structlog.get_logger()

TABLE = "event"
SETTING = "event.retention.days"  # of the account; 0 keeps everything
DAYS, LEAST_DAYS = 126, 30  # four months, as weeks; what a search without from looks through
AHEAD = 2  # weeks
EVERY, AGAIN = 3_600.0, 60.0  # seconds; the second when something was in the way
# Those who wait for a lock hold up all who come after them: rather try again later.
_PATIENCE = "SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '60s'"
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('penstock events prune', 0))"
_DAYS = "SELECT value FROM setting WHERE name = $1 AND context IN ('ACCOUNT', 'GLOBAL') ORDER BY context LIMIT 1"
_OLD_REST = f"DELETE FROM {TABLE}_rest WHERE {ENDED} < $1"

# Deletes what is older than a moment; returns how many rows.
Expire = Callable[[asyncpg.Connection, datetime], Awaitable[int]]


@dataclass(frozen=True)
class Dropped:
    """A partition that was dropped, or would be: ``rows`` is an estimate."""

    name: str
    before: datetime  # all that came in before this moment
    rows: int
    bytes: int


class Retention:
    """Tends the log of one account."""

    def __init__(self, database: Database, clock: Clock, further: Sequence[Expire] = ()) -> None:
        self._database = database
        self._clock = clock
        self._further = further

    async def tend(self) -> None:
        """Make partitions ahead and drop old ones, now and every hour, until cancelled."""
        while True:
            try:
                await self.ahead()
                for dropped in await self.prune():
                    log.info("events dropped", partition=dropped.name, before=str(dropped.before), rows=dropped.rows)
                pause = EVERY
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("the log was not tended", error=str(error))
                pause = AGAIN
            await asyncio.sleep(pause)

    async def days(self) -> int | None:
        """Return how many days events are kept; None for ever.

        A setting that is no whole number counts as the default, one below ``LEAST_DAYS`` as that.
        """
        value = await self._database.fetchval(_DAYS, SETTING)
        if value is None or not (value.isascii() and value.isdecimal()):
            return DAYS
        days = int(value)
        return None if days == 0 else min(max(days, LEAST_DAYS), timedelta.max.days)

    async def ahead(self) -> None:
        """See to it that there are partitions for this week and the next ones, and for all that fitted none."""
        now, oldest = self._clock.now(), await self._oldest()
        async with self._database.connection() as connection:
            weeks = [week_of(now) + n * WEEK for n in range(AHEAD + 1)]
            weeks += [w for w in await partitions.weeks_in_rest(connection, TABLE) if _within(w, oldest, now)]
            for week in sorted(set(weeks)):
                await self._make(connection, week)

    async def _make(self, connection: asyncpg.Connection, week: datetime) -> None:
        async with connection.transaction():
            if not await _alone(connection):
                return
            known = await partitions.partitions(connection, TABLE)
            if not any(p.covers(week) for p in known):
                await partitions.make(connection, TABLE, week)

    async def prune(self, *, dry: bool = False) -> list[Dropped]:
        """Drop the partitions whose events all came in too long ago; return them. ``dry``: only return them.

        Raises:
            asyncpg.LockNotAvailableError: somebody holds the log for longer than one may wait.
        """
        oldest = await self._oldest()
        if oldest is None:
            return []
        async with self._database.connection() as connection:
            old = [p for p in await partitions.partitions(connection, TABLE) if p.ends and p.ends <= oldest]
            dropped = [Dropped(p.name, p.ends, p.rows, p.bytes) for p in old if p.ends]
            if dry:
                return dropped
            await self._expire(connection, oldest)
            return [d for d in dropped if await self._drop(connection, d, oldest)]

    async def _expire(self, connection: asyncpg.Connection, oldest: datetime) -> None:
        """Delete what is too old of the little that is in no week, and of what goes with the log."""
        async with connection.transaction():
            if await _alone(connection):
                await connection.execute(_OLD_REST, oldest)
                for expire in self._further:
                    await expire(connection, oldest)

    async def _drop(self, connection: asyncpg.Connection, dropped: Dropped, oldest: datetime) -> bool:
        """Drop one partition; a timer that was set long ago and ran of late stays."""
        async with connection.transaction():
            known = await _alone(connection) and await partitions.partitions(connection, TABLE)
            if not known or dropped.name not in {p.name for p in known}:
                return False
            kept = f"{LATE} AND {ENDED} >= '{oldest.isoformat()}'"
            await partitions.drop(connection, TABLE, dropped.name, kept)
            return True

    async def _oldest(self) -> datetime | None:
        days = await self.days()
        with suppress(OverflowError):
            return None if days is None else self._clock.now() - timedelta(days=days)
        return None


def _within(week: datetime, oldest: datetime | None, now: datetime) -> bool:
    return (oldest is None or week + WEEK > oldest) and week <= now + AHEAD * WEEK


async def _alone(connection: asyncpg.Connection) -> bool:
    """Return whether nobody else tends this log; for the rest of the transaction nobody will."""
    await connection.execute(_PATIENCE)
    return bool(await connection.fetchval(LOCK))

"""The engine inside the measuring process: its CPU is this process's, and its statements can be counted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from penstock import app
from penstock.bootstrap import ACCOUNT
from penstock.clock import SystemClock
from penstock.database.placement import Placement
from penstock.database.signals import Signals
from penstock.memory import collect_rarely
from penstock.orchestration.leases import Lease
from penstock.orchestration.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.tools.house import House
    from penstock.database.pools import Database


@dataclass(frozen=True)
class Inside:
    """A worker that holds all slots and does nothing by itself."""

    worker: Worker
    database: Database

    async def drain(self) -> int:
        """Work until the queue is empty; return how many events were processed."""
        events = 0
        while done := await self.worker.once():
            events += done
        return events


@asynccontextmanager
async def working_in(house: House) -> AsyncIterator[Inside]:
    """Put an engine together, as a worker process does."""
    placement = await Placement.open(house.server.url)
    database = await placement.database(ACCOUNT)
    signals, connection = Signals(database.dsn), await asyncpg.connect(database.dsn)
    lease = Lease(connection)
    try:
        await lease.register()
        await lease.balance()
        collect_rarely()
        yield Inside(Worker(await app.engine(ACCOUNT, database, signals, SystemClock()), lease), database)
    finally:
        await lease.leave()
        await connection.close()
        await signals.close()
        await placement.close()

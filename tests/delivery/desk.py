"""One account's outbox with a courier that a test steps, on a clock that it moves."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from penstock.clock import VirtualClock
from penstock.database.ids import uuid7
from penstock.database.signals import Signals
from penstock.delivery.http.client import Client
from penstock.delivery.http.guard import Guard
from penstock.delivery.keys.sealing import Seal
from penstock.delivery.keys.store import Keys
from penstock.delivery.log import DeliveryLog
from penstock.delivery.records import OutboxRow
from penstock.delivery.sending.circuits import Circuits
from penstock.delivery.sending.counters import Counters
from penstock.delivery.sending.courier import Courier
from penstock.delivery.sending.post import Post
from penstock.delivery.sending.queue import Queue
from penstock.delivery.targets import target_of
from penstock.model.writes import Changes

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator

    from penstock.database.pools import Database
    from penstock.delivery.log import Attempt, Delivery

SECRET = "a secret of the tests, of 32 and more"
START = datetime(2026, 2, 2, tzinfo=UTC)


@dataclass
class Desk:
    """The outbox and what works on it."""

    database: Database
    clock: VirtualClock
    signals: Signals
    post: Post
    keys: Keys
    log: DeliveryLog
    courier: Courier

    async def put(self, url: str, *, schedule: str = "default", body: str | None = None, **more: Any) -> uuid.UUID:
        """Put a webhook into the outbox."""
        self.clock.advance(timedelta(milliseconds=1))
        now = self.clock.now()
        id_ = uuid7(now)
        target, host = target_of(url)
        row = OutboxRow(
            id=id_,
            event_id=uuid7(now),
            retailer_id=1,
            name="changed",
            url=url,
            target=target,
            host=host,
            body=body or f'{{"id":"{id_}","name":"changed"}}',
            schedule=schedule,
            created=now,
            due=now,
        )
        for name, value in more.items():
            setattr(row, name, value)
        changes = Changes()
        changes.insert(row)
        await changes.write(self.database)
        return id_

    async def turn(self) -> int:
        """Let the courier send what is due, and wait for all of it."""
        count = await self.courier.once()
        await self.courier.idle()
        return count

    async def turns(self) -> int:
        """Let it send until nothing is due any more."""
        total = 0
        while count := await self.turn():
            total += count
        return total

    async def wait(self, seconds: float) -> int:
        """Let time pass; return how many requests were due then."""
        self.clock.advance(timedelta(seconds=seconds))
        return await self.turns()

    async def delivery(self, id_: uuid.UUID) -> Delivery:
        """Return what the log says of a delivery."""
        return await self.log.get(id_, None)

    async def attempts(self, id_: uuid.UUID) -> list[Attempt]:
        """Return its attempts, oldest first."""
        return (await self.log.attempts(id_))[::-1]

    @asynccontextmanager
    async def colleague(self, **other: Any) -> AsyncIterator[tuple[Courier, asyncpg.Connection]]:
        """Yield a second process's courier, and the connection that it lives by; ``other`` is what its post has."""
        connection = await asyncpg.connect(self.database.dsn)
        post = dataclasses.replace(self.post, counters=Counters(), **other)
        yield await _courier(self.database, self.clock, self.signals, post, connection), connection
        await connection.close()


async def _courier(
    database: Database, clock: VirtualClock, signals: Signals, post: Post, connection: asyncpg.Connection
) -> Courier:
    queue = await Queue.held_by(database, clock, connection)
    keys = Keys(database, clock, post.seal, post.bits)
    return Courier("ACME", queue, Circuits(database, clock), keys, post, clock, signals)


@asynccontextmanager
async def opened(database: Database, *, bits: int = 1_024) -> AsyncIterator[Desk]:
    """Yield a desk on this database; small keys are made faster."""
    clock, signals, seal = VirtualClock(START), Signals(database.dsn), Seal(SECRET)
    connection = await asyncpg.connect(database.dsn)
    async with Client(Guard(allow_loopback=True)) as client:
        post = Post(client, seal, bits, counters=Counters())
        courier = await _courier(database, clock, signals, post, connection)
        keys, log = Keys(database, clock, seal, bits), DeliveryLog(database, clock, signals)
        yield Desk(database, clock, signals, post, keys, log, courier)
    await signals.close()
    await connection.close()

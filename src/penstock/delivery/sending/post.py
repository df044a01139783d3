"""What all couriers of a process share: the client, who takes mails, bounds, counters, and the seal of the keys."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.delivery.http.client import Client
from penstock.delivery.keys.sealing import Seal
from penstock.delivery.keys.store import DEFAULT_BITS, Keys
from penstock.delivery.mail.mailers import Mailer, NoMailer
from penstock.delivery.sending.circuits import Circuits
from penstock.delivery.sending.counters import COUNTERS, Counters
from penstock.delivery.sending.courier import Courier
from penstock.delivery.sending.queue import Queue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.database.signals import Signals
    from penstock.delivery.http.guard import Guard
    from penstock.delivery.sending.queue import Noted

MOST = 64  # requests of a process at once ...
MOST_EACH = 8  # ... and to one target, so that a slow one leaves room for others


@dataclass
class Post:
    """What a process sends with; make it with :func:`opened`."""

    client: Client
    seal: Seal
    bits: int = DEFAULT_BITS
    days: int = 0  # that the log goes back; 0: for ever
    most: int = MOST
    most_each: int = MOST_EACH
    counters: Counters = field(default_factory=lambda: COUNTERS)
    noted: Noted | None = None
    mailer: Mailer = field(default_factory=NoMailer)

    @property
    def room(self) -> int:
        """Return how many more requests may be on their way."""
        return self.most - self.counters.sending

    @asynccontextmanager
    async def delivering(
        self, account: str, database: Database, signals: Signals, clock: Clock, connection: asyncpg.Connection
    ) -> AsyncIterator[Courier]:
        """Deliver for an account meanwhile; what is sent is held for as long as ``connection`` lives."""
        queue = await Queue.held_by(database, clock, connection, self.noted)
        keys = Keys(database, clock, self.seal, self.bits)
        courier = Courier(account, queue, Circuits(database, clock), keys, self, clock, signals)
        stop = asyncio.Event()
        task = asyncio.create_task(courier.run(stop), name="courier")
        try:
            yield courier
        finally:
            stop.set()
            await task


@asynccontextmanager
async def opened(
    secret: str, guard: Guard, mailer: Mailer, *, bits: int, days: int, noted: Noted | None = None
) -> AsyncIterator[Post | None]:
    """Yield what this process sends with; None when it has no secret, and so no key to sign with."""
    if not secret:
        yield None
        return
    async with Client(guard) as client:
        yield Post(client, Seal(secret), bits, days, noted=noted, mailer=mailer)

"""Minutes of simulated load, and somebody who kills whatever there is to kill."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench.proving import facts
from bench.proving.marks import KNOWING, marks
from bench.proving.shop import Purchase
from bench.tools.waiting import until_true

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.proving.house import House
    from bench.proving.receiver import Receiver
    from bench.proving.shop import Shop
    from penstock.database.embedded.server import PostgresServer

DELIVERS = find_spec("penstock.delivery") is not None  # whether webhooks leave the house
WORKERS, TELLERS, PRODUCTS = 2, 4, 5
SECONDS_TO_SETTLE = 180
_BUYERS_PAUSE, _TELLERS_PAUSE = 0.4, 0.2  # seconds, at most
# How many of each are killed in a round, and the longest time between two kills.
_VICTIMS = {"worker": 5, "api": 2, "receiver": 2, "database": 1}
_PAUSE = 4.0
_TOLD = "SELECT id::text AS id, status FROM event WHERE name = 'Tell' AND root_ref LIKE $1 || '%'"
_ORDERS = "SELECT count(*) FROM orders WHERE ref LIKE $1 || '%'"
_STUCK = "SELECT count(*) FROM pending_event WHERE NOT scheduled OR due < now()"


@dataclass
class Aftermath:
    """What came of a storm."""

    seed: int
    orders: int = 0
    events: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, repeated or stuck."""
        return not self.faults and not any(self.wrong.values())


class Storm:
    """One run with a seed."""

    def __init__(self, house: House, shop: Shop, server: PostgresServer, receiver: Receiver, seed: int) -> None:
        self._house = house
        self._shop = shop
        self._server = server
        self._receiver = receiver
        self._random = random.Random(seed)
        self._prefix = f"K{seed}-"
        self._placed: list[str] = []
        self._answered: list[str] = []
        self._doomed: list[str] = []
        self._after = Aftermath(seed)

    async def run(self, seconds: float) -> Aftermath:
        """Let it storm for so long, wait until all is quiet, and look."""
        await self._shop.stock({self._product(n): 100_000 if n else 50 for n in range(PRODUCTS)})  # one runs out
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as load:
            load.create_task(self._until(end, self._buy, _BUYERS_PAUSE))
            for _ in range(TELLERS):
                load.create_task(self._until(end, self._tell, _TELLERS_PAUSE))
            load.create_task(self._until(end, self._kill, _PAUSE))
        await self._house.quiet(SECONDS_TO_SETTLE)
        return await self._look()

    def _product(self, number: int) -> str:
        return f"{self._prefix}P{number}"

    async def _until(self, end: float, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while time.monotonic() < end:
            await asyncio.sleep(self._random.uniform(0, pause))
            await step()

    async def _buy(self) -> None:
        first = self._after.orders
        refs = [f"{self._prefix}{first + n}" for n in range(self._random.randint(1, 4))]
        self._after.orders += len(refs)
        units = {self._product(n): self._random.randint(1, 2) for n in self._random.sample(range(PRODUCTS), 2)}
        await self._shop.sell([Purchase(ref, units) for ref in refs])
        self._placed += refs

    async def _tell(self) -> None:
        if self._placed:
            order = self._random.choice(self._placed[-50:])
            url = {"url": self._receiver.url} if DELIVERS else {}
            self._answered.append(await self._shop.send(order, "Tell", **url))

    async def _kill(self) -> None:
        if not self._doomed:
            self._doomed = self._random.sample(list(_VICTIMS), counts=list(_VICTIMS.values()), k=sum(_VICTIMS.values()))
        victim = self._doomed.pop()
        self._after.kills[victim] += 1
        if victim == "worker":
            self._house.kill(self._random.choice(self._house.workers))
            self._house.worker(**KNOWING)
        elif victim == "api":
            self._house.kill(self._house.server)
        elif victim == "receiver":
            self._receiver.kill()
            await asyncio.sleep(self._random.uniform(0, 1.5))
            self._receiver.start()
        else:
            await self._kill_database()

    async def _kill_database(self) -> None:
        os.kill(self._server.pid, signal.SIGKILL)
        await until_true(lambda: not self._server.running)
        self._server.start()  # from this thread: the server ends with the thread that started it

    async def _look(self) -> Aftermath:
        after, database = self._after, self._house.database
        told = {row["id"]: row["status"] for row in await database.fetch(_TOLD, self._prefix)}
        effects = Counter(m for own in (await marks(database, self._prefix)).values() for m in own)
        received = await self._deliveries(set(told)) if DELIVERS else Counter(told)
        after.events, after.delivered = len(told), len(received) if DELIVERS else 0
        after.wrong = {
            "orders lost": after.orders - await self._house.value(_ORDERS, self._prefix),
            "events answered and lost": len(set(self._answered) - told.keys()),
            "events that did not succeed": sum(status != "SUCCESS" for status in told.values()),
            "effects missing": len(told.keys() - effects.keys()),
            "effects twice": effects.total() - len(effects),
            "effects of no event": len(effects.keys() - told.keys()),
            "webhooks missing": len(told.keys() - received.keys()),
            "events stuck": await self._house.value(_STUCK),
            "units promised twice": await facts.oversold(database, self._prefix),
        }
        after.faults = await facts.faults(database, self._prefix)
        return after

    async def _deliveries(self, wanted: set[str]) -> Counter[str]:
        """Wait until the receiver was told of all these events, or has had the time for it."""
        with suppress(TimeoutError):
            await until_true(lambda: not self._received().keys() < wanted, seconds=SECONDS_TO_SETTLE, every=0.1)
        return self._received()

    def _received(self) -> Counter[str]:
        return self._receiver.received(Counter())

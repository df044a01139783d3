"""A sale: many buyers, few units, stock that changes meanwhile, and somebody who kills whatever works."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from bench.proving import facts
from bench.proving.shop import Purchase
from bench.proving.traffic import moving
from bench.tools.waiting import until_true

if TYPE_CHECKING:
    from bench.proving.carts import Carts
    from bench.proving.house import House
    from bench.proving.shop import Shop
    from bench.proving.traffic import Traffic
    from penstock.database.embedded.server import PostgresServer

SECONDS_TO_SETTLE = 120
MOST_DOORS = 8
CARTED = 0.06  # of those who may: the others are to race for what is left


@dataclass(frozen=True)
class Size:
    """How much goes on in one run.

    Attributes:
        doors: how often the doors open for a crowd.
        crowd: orders at each opening.
        products: that all of a crowd want.
        units: of each product in each warehouse.
        kills: of workers at each opening; the API and the database are killed once, at the last planned one.
        races: that a run must lose to prove anything; with fewer, the doors open again.
    """

    doors: int
    crowd: int
    products: int = 4
    units: int = 4
    workers: int = 2
    kills: int = 2
    races: int = 0


@dataclass
class Outcome:
    """What one run came to."""

    seed: int
    orders: int
    promises: int
    holds: int
    lost_races: int
    kills: int
    oversold: int
    faults: list[str]

    @property
    def clean(self) -> bool:
        """Whether no unit was promised twice and everything adds up."""
        return not self.oversold and not self.faults


class Sale:
    """One run with a seed. ``server`` is killed once, where there is one to kill."""

    def __init__(
        self,
        house: House,
        shop: Shop,
        traffic: Traffic,
        carts: Carts,
        seed: int,
        size: Size,
        *,
        server: PostgresServer | None,
        guarded: bool = True,
    ) -> None:
        self._house = house
        self._shop = shop
        self._traffic = traffic
        self._carts = carts
        self._seed = seed
        self._size = size
        self._server = server
        self._environment = {} if guarded else {"PENSTOCK_STOCK_GUARD": "off"}
        self._prefix = f"S{seed}{'' if guarded else 'X'}-"
        self._random = Random(seed)
        self._killed = 0

    async def run(self) -> Outcome:
        """Open the doors several times, kill, wait until all is quiet, and look."""
        while len(self._house.workers) < self._size.workers:
            self._house.worker(**self._environment)
        database, size = self._house.database, self._size
        for door in range(size.doors):
            await self._open(door, last=door == size.doors - 1)
        doors = size.doors
        while (lost := await facts.lost_races(database, self._prefix)) < size.races and doors < MOST_DOORS:
            await self._open(doors, last=False)
            doors += 1
        return Outcome(
            self._seed,
            doors * size.crowd,
            await facts.promises(database, self._prefix),
            sum((await self._carts.statuses(self._prefix)).values()),
            lost,
            self._killed,
            await facts.oversold(database, self._prefix),
            await facts.faults(database, self._prefix),
        )

    async def _open(self, door: int, *, last: bool) -> None:
        """Let a crowd queue while the workers stand still, then let them work and be killed."""
        size, draw = self._size, self._random
        hot = [f"{self._prefix}{door}-P{n}" for n in range(size.products)]
        await self._shop.stock(dict.fromkeys(hot, size.units))
        crowd = [
            Purchase(f"{self._prefix}{door}-{n}", {p: draw.randint(1, 2) for p in draw.sample(hot, draw.randint(1, 2))})
            for n in range(size.crowd)
        ]
        await self._house.quiet(SECONDS_TO_SETTLE)  # a worker that stands still amid a write would keep its locks
        self._signal(signal.SIGSTOP)
        await self._shop.sell([await self._carted(each, moving(hot)) for each in crowd])
        self._signal(signal.SIGCONT)
        async with asyncio.TaskGroup() as tasks:
            own = Random(draw.random())
            tasks.create_task(self._traffic.flow(f"{self._prefix}{door}-", hot, size.units, own))
            for _ in range(size.kills):
                await asyncio.sleep(draw.uniform(0.05, 0.9))
                self._kill_worker()
            if last and self._server is not None:
                await asyncio.sleep(draw.uniform(0.05, 0.9))
                self._house.kill(self._house.server)
                self._killed += 1
                await asyncio.sleep(draw.uniform(0.05, 0.9))
                await self._kill_server(self._server)
        await self._carts.over(self._prefix)
        await self._house.quiet(SECONDS_TO_SETTLE)

    async def _carted(self, purchase: Purchase, moving: str) -> Purchase:
        """Let a few have held what they buy, if that was granted; nothing of what moves."""
        if moving in purchase.units or self._random.random() >= CARTED:
            return purchase
        held = await self._carts.hold(purchase.ref, purchase.units)
        return replace(purchase, hold=purchase.ref) if held else purchase

    def _signal(self, number: signal.Signals) -> None:
        for worker in self._house.workers:
            worker.send(number)

    def _kill_worker(self) -> None:
        self._house.kill(self._random.choice(self._house.workers))
        self._house.worker(**self._environment)
        self._killed += 1

    async def _kill_server(self, server: PostgresServer) -> None:
        os.kill(server.pid, signal.SIGKILL)
        self._killed += 1
        await until_true(lambda: not server.running)
        server.start()  # from this thread: the server ends with the thread that started it

"""Many connections that post events to few orders at a time, while workers come and go."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bench.proving.lanes import ECHO, MARK, PASS, Posted
from bench.proving.marks import KNOWING
from bench.tools.client import connect, post
from bench.tools.house import token_of

if TYPE_CHECKING:
    from bench.proving.house import House
    from bench.tools.client import Caller

CONNECTIONS, WORKERS = 16, 4
_WINDOW = 25  # orders that are posted to at the same time, so that events meet in their lanes
_RESTING = 0.02  # share of events behind which nothing comes for a moment, so that lanes come to rest
_NAMES, _SHARES = (MARK, ECHO, PASS), (60, 25, 15)


class Posting:
    """Posts so many events to these orders (ids by ref); ``posted`` tells which and when."""

    def __init__(self, house: House, orders: dict[str, int], count: int, seed: int) -> None:
        self.posted: list[Posted] = []
        self._house = house
        self._orders = orders
        self._refs = sorted(orders, key=orders.__getitem__)
        self._count = count
        self._random = random.Random(seed)
        self._numbers = iter(range(count))

    async def run(self) -> None:
        """Post everything."""
        token = await token_of(self._house.connection)
        port = urlsplit(self._house.connection.url).port
        assert port is not None
        callers = [await connect(port) for _ in range(CONNECTIONS)]
        await asyncio.gather(*(self._post(caller, token) for caller in callers))
        for caller in callers:
            caller.close()

    async def _post(self, caller: Caller, token: str) -> None:
        for number in self._numbers:
            name = self._random.choices(_NAMES, _SHARES)[0]
            order, other = self._two(number)
            to = other if name == PASS else None
            request = post("/api/v4.1/event/async", token, self._event(number, name, order, to))
            sent = time.monotonic()
            await caller.call(request)
            self.posted.append(Posted(number, name, order, to, sent, time.monotonic()))
            if self._random.random() < _RESTING:
                await asyncio.sleep(self._random.uniform(0, 0.05))

    def _two(self, number: int) -> list[str]:
        first = number * max(0, len(self._refs) - _WINDOW) // self._count
        return self._random.sample(self._refs[first : first + _WINDOW], 2)

    def _event(self, number: int, name: str, order: str, to: str | None) -> dict[str, Any]:
        attributes: dict[str, Any] = {"mark": number} | ({"to": self._orders[to]} if to else {})
        known = self._house.connection
        return {
            "name": name,
            "accountId": known.account_id,
            "retailerId": known.retailer_id,
            "entityType": "ORDER",
            "entityRef": order,
            "attributes": attributes,
        }


async def change_shifts(house: House, seed: int, environment: dict[str, str]) -> None:
    """Kill a worker, or send it home, and start another, again and again, so that slots change hands."""
    draw = random.Random(seed)
    while True:
        await asyncio.sleep(draw.uniform(1.0, 4.0))
        leaving = draw.choice(house.workers)
        if draw.choice((True, False)):
            house.kill(leaving)
        else:
            house.workers.remove(leaving)
            await leaving.stop()
        house.worker(**KNOWING, **environment)

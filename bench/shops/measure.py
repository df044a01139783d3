"""The last unit, of other systems: how many of 200 buyers at once are told that they have it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import TYPE_CHECKING, Protocol

import aiohttp

from bench.shops import medusa, vendure
from bench.shops.program import NotRunError, running
from bench.tools.table import Row
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bench.shops.program import Program, Site

    Opened = Callable[[Site, aiohttp.ClientSession], Awaitable["Shop"]]

BUYERS, ROUNDS = 200, 10
SECONDS = 600  # then no further round begins
AT_ONCE = 8  # carts that are filled at a time
_ID = re.compile(r"\w+_[0-9A-Z]{20,}")
_PATIENCE = aiohttp.ClientTimeout(total=600)


class Shop(Protocol):
    """What is done with a shop of either."""

    async def stock(self) -> None:
        """Let there be one unit that nobody has, of its only product."""

    async def cart(self, buyer: str) -> str:
        """Return a new buyer's cart with one unit in it, ready for checkout."""

    async def buy(self, cart: str) -> str:
        """Check out; return nothing when that succeeds, otherwise why not."""

    async def sold(self) -> tuple[int, int]:
        """Return how many orders its database holds, and how many units are promised to them."""


@dataclass(frozen=True)
class Round:
    """Who was told of an order, and the orders and promised units that the database has more; seconds."""

    told: int
    orders: int
    units: int
    seconds: float


async def shops(data: Path) -> list[Row]:
    """Return who got the last unit in each."""
    with DataDirectory(data / "shops") as directory, PostgresServer(directory) as server:
        logs = directory.path / "logs"
        return [
            await shop_row("Medusa", medusa.PROGRAM, medusa.Medusa.open, server.url, logs),
            await shop_row("Vendure", vendure.PROGRAM, vendure.Vendure.open, server.url, logs),
        ]


async def shop_row(name: str, program: Program, opened: Opened, server: str, logs: Path) -> Row:
    """Return who got the last unit in one system, or why it is not measured."""
    system = f"{name} {program.version()}"
    # A connection for each request: Node closes those that were idle for seconds, maybe while the next one is sent.
    connector = aiohttp.TCPConnector(limit=BUYERS, force_close=True)
    try:
        async with (
            running(program, server, logs) as site,
            aiohttp.ClientSession(connector=connector, timeout=_PATIENCE) as client,
        ):
            return row(system, await _rounds(await opened(site, client)))
    except NotRunError as reason:
        return Row(system, f"not measured: {reason}")


async def _rounds(shop: Shop) -> list[Round]:
    """Let all complete carts of their own at once, again and again."""
    rounds: list[Round] = []
    several, buyers = asyncio.Semaphore(AT_ONCE), count()

    async def fill() -> str:
        async with several:
            return await shop.cart(f"buyer{next(buyers)}@example.com")

    begun = time.monotonic()
    while len(rounds) < ROUNDS and time.monotonic() - begun < SECONDS:
        await shop.stock()
        carts = await asyncio.gather(*(fill() for _ in range(BUYERS)))
        before, started = await shop.sold(), time.monotonic()
        answers = await asyncio.gather(*map(shop.buy, carts))
        seconds = time.monotonic() - started
        orders, units = (now - then for now, then in zip(await shop.sold(), before, strict=True))
        rounds.append(Round(answers.count(""), orders, units, seconds))
        print(rounds[-1], Counter(_plain(answer) for answer in answers if answer).most_common())
    return rounds


def _plain(answer: str) -> str:
    """Return what an answer says, whatever it says it of."""
    return _ID.sub("...", answer)


def row(system: str, rounds: list[Round]) -> Row:
    """Tell whether one got the unit each time: was told so, and has a unit promised; and how many orders that left."""
    told, orders = _range([each.told for each in rounds]), _range([each.orders for each in rounds])
    wrong = sum((each.told, each.units) != (1, 1) for each in rounds)
    figure = "one gets it, each time"
    if wrong:
        figure = (
            f"not exactly one {wrong} times: {told} told so, {_range([each.units for each in rounds])} units promised"
        )
    if orders != told:
        figure += f"; {orders} orders in its database"
    what = f"{system}: the last unit, {BUYERS} carts at once, {len(rounds)} times"
    return Row(what, figure, f"{median(each.seconds for each in rounds):.0f} s for all answers")


def _range(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"

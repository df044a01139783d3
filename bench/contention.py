"""Many who want the same at once: the last unit, and one position that thousands hold units of."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.proving import facts
from bench.proving.house import House
from bench.proving.shop import Purchase, Shop
from bench.tools import cpu
from bench.tools.client import Caller, connect, post
from bench.tools.house import token_of
from bench.tools.table import Row, at_least
from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BUYERS, ROUNDS = 200, 100
UNITS, TRIES, CLIENTS = 5_000, 12_000, 64
HOLDS_A_SECOND = 1_000
WORKERS = 1
PLACE = "W-LEEDS"
_WINNERS = """
SELECT (SELECT count(*) FROM hold WHERE ref LIKE $1 || '%' AND status = 'ACTIVE')
  + (SELECT count(*) FROM fulfilment f JOIN orders o ON o.id = f.order_id
     WHERE o.ref LIKE $1 || '%' AND f.status = 'ASSIGNED')"""
_POSITION = "SELECT on_hand, reserved FROM inventory_position WHERE ref = $1"


async def contention(data: Path) -> list[Row]:
    """Return who got what of what too many wanted, and how fast holds are granted."""
    with DataDirectory(data / "contention") as directory, PostgresServer(directory) as server:
        house = await House.open(server.url, data / "contention" / "logs")
        try:
            for _ in range(WORKERS):
                house.worker()
            shop = Shop(house)
            await shop.open()
            desk = await Desk.open(house)
            hot = await _hot(house, shop, desk, server.pid)
            return [*hot, await _last_carts(shop, desk), await _last(house, shop, desk)]
        finally:
            await house.close()


class Desk:
    """Clients that hold units of one product at one place, each a connection."""

    def __init__(self, house: House, token: str, callers: list[Caller]) -> None:
        self._house, self._token, self._callers = house, token, callers

    @classmethod
    async def open(cls, house: House) -> Desk:
        """Connect as many clients as there are buyers."""
        port = urlsplit(house.connection.url).port
        assert port is not None
        callers = [await connect(port) for _ in range(BUYERS)]
        return cls(house, await token_of(house.connection), callers)

    async def hold(self, prefix: str, product: str, tries: int, clients: int) -> tuple[list[float], float]:
        """Try so often to hold a unit; return after how many seconds it was granted, and how long all took."""
        body = {"retailerId": self._house.connection.retailer_id, "expiresInSeconds": 3600}
        item = {"productRef": product, "quantity": 1}
        requests = (
            post("/api/v4.1/hold", self._token, {**body, "ref": f"{prefix}{n}", "items": [item]}) for n in range(tries)
        )
        begun = time.perf_counter()
        granted = await asyncio.gather(*(_work(caller, requests) for caller in self._callers[:clients]))
        seconds = time.perf_counter() - begun
        return sorted(moment - begun for each in granted for moment in each), seconds


async def _work(caller: Caller, requests: Iterable[bytes]) -> list[float]:
    """Send what is left of the requests, one after the other; return when units were granted."""
    granted = []
    for request in requests:
        try:
            await caller.call(request)
        except AssertionError as refused:
            if not repr(refused).startswith("AssertionError('HTTP/1.1 409"):
                raise
        else:
            granted.append(time.perf_counter())
    return granted


async def _hot(house: House, shop: Shop, desk: Desk, database: int) -> list[Row]:
    """One position, many more tries than units."""
    await shop.stock({"HOT": UNITS}, [PLACE])
    await house.quiet()
    before = _used(house, database)
    granted, seconds = await desk.hold("HOT-", "HOT", TRIES, CLIENTS)
    api, sql, own = (1000 * (now - then) / TRIES for now, then in zip(_used(house, database), before, strict=True))
    await house.quiet(120)
    counters = tuple(await house.database.fetchrow(_POSITION, f"HOT:{PLACE}:DEFAULT") or ())
    faults = await facts.faults(house.database, "HOT")
    what = f"{UNITS:,} units of one position, {TRIES:,} tries by {CLIENTS} clients"
    left = f"{len(granted):,} granted; {counters} on hand and reserved; {'; '.join(faults) or 'ledger exact'}"
    exact = len(granted) == UNITS and counters == (0, UNITS) and not faults
    return [
        Row(what, left, "", f"exactly {UNITS:,}", exact),
        at_least("holds granted a second, until the last unit is gone", UNITS / granted[-1], HOLDS_A_SECOND, "/s"),
        Row("tries a second", f"{TRIES / seconds:.0f}/s"),
        Row("CPU of one try", f"{api:.2f} ms API + {sql:.2f} ms PostgreSQL + {own:.2f} ms of the clients here"),
    ]


def _used(house: House, database: int) -> tuple[float, float, float]:
    """Return the CPU seconds of the API, of PostgreSQL and of this process so far."""
    return cpu.of_process(house.server.pid), cpu.of_server(database), time.process_time()


async def _last_carts(shop: Shop, desk: Desk) -> Row:
    """The last unit, for carts only."""
    wrong = 0
    for number in range(ROUNDS):
        product = f"CART{number}-"
        await shop.stock({product: 1}, [PLACE])
        granted, _ = await desk.hold(product, product, BUYERS, BUYERS)
        wrong += len(granted) != 1
    return _row(f"the last unit, {BUYERS} carts at once, {ROUNDS} times", wrong)


async def _last(house: House, shop: Shop, desk: Desk) -> Row:
    """The last unit, for carts and orders."""
    wrong = 0
    for number in range(ROUNDS):
        product = f"LAST{number}-"
        await shop.stock({product: 1}, [PLACE])
        orders = [Purchase(f"{product}{n}", {product: 1}) for n in range(BUYERS // 2)]
        await asyncio.gather(desk.hold(product, product, BUYERS // 2, BUYERS // 2), shop.sell(orders))
        await house.quiet(120)
        wrong += await house.value(_WINNERS, product) != 1 or bool(await facts.oversold(house.database, product))
    return _row(f"the last unit, {BUYERS // 2} carts and as many orders at once, {ROUNDS} times", wrong)


def _row(what: str, wrong: int) -> Row:
    told = "one gets it, each time" if not wrong else f"not exactly one {wrong} times"
    return Row(what, told, "", "exactly one", not wrong)

"""The database server killed while orders come in and are worked on: everybody goes on (design §4.1)."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import aiohttp
from bench.proving import facts
from bench.proving.house import House
from bench.proving.shop import Purchase, Shop
from bench.tools.waiting import until_true

from penstock.database.embedded.directory import DataDirectory
from penstock.database.embedded.server import PostgresServer

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = 200


async def health(house: House) -> tuple[int, object]:
    """Return what deployment scripts are told (spec 11 §9)."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{house.connection.url}/orchestration/rest/health") as response,
    ):
        return response.status, await response.json()


async def test_a_killed_database_costs_time_only(tmp_path: Path) -> None:
    with DataDirectory(tmp_path) as directory, PostgresServer(directory, options={"fsync": "off"}) as server:
        house = await House.open(server.url, tmp_path / "logs")
        workers = [house.worker(), house.worker()]
        shop = Shop(house)
        await shop.open()
        await shop.stock({"db-P0": 20, "db-P1": 20})
        purchases = [Purchase(f"db-{n}", {f"db-P{n % 2}": 1}) for n in range(ORDERS)]
        selling = asyncio.create_task(shop.sell(purchases, portion=2))
        await asyncio.sleep(0.5)
        os.kill(server.pid, signal.SIGKILL)
        await until_true(lambda: not server.running)
        await asyncio.sleep(0.5)
        assert await health(house) == (503, {"status": "DOWN"})
        server.start()
        async with asyncio.timeout(60):
            await selling
        await house.quiet()
        assert [worker.code for worker in workers] == [None, None]
        assert await health(house) == (200, {"status": "UP"})
        assert await house.value("SELECT count(*) FROM orders") == ORDERS
        assert await facts.faults(house.database, "db-") == []
        assert await facts.oversold(house.database, "db-") == 0
        assert await facts.promises(house.database, "db-") == 120
        await house.close()


async def test_processes_that_start_while_the_database_is_away_wait_for_it(tmp_path: Path) -> None:
    with DataDirectory(tmp_path) as directory, PostgresServer(directory, options={"fsync": "off"}) as server:
        house = await House.open(server.url, tmp_path / "logs")
        house.worker()
        shop = Shop(house)
        await shop.open()
        await shop.stock({"db-P0": 20})
        await house.stop_workers()
        os.kill(server.pid, signal.SIGKILL)
        await until_true(lambda: not server.running)
        house.kill(house.server)
        starting = [house.worker(), house.server]
        await until_true(lambda: all("waits for" in p.log.read_text() for p in starting), seconds=60)
        server.start()
        await shop.sell([Purchase("db-0", {"db-P0": 1})])
        await house.quiet()
        assert [each.code for each in starting] == [None, None]
        assert await facts.promises(house.database, "db-") == 1
        await house.close()

"""Processes killed while holds are made, taken over, released and expire: no unit is lost, and none is held twice."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from bench.proving import facts
from bench.proving.carts import Carts
from bench.proving.shop import Purchase
from standing import standing

from penstock.orchestration.faults import POINTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House
    from bench.proving.shop import Shop

    from conftest import Stream

UNITS = 8  # of each product in each of three warehouses


@pytest.fixture(scope="module")
async def house_and_shop(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, Shop]]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("holds")) as (house, shop):
        worker = house.worker()
        await shop.stock(dict.fromkeys([f"{name}-P" for name in (*POINTS, "expiry", "storm")], UNITS))
        await house.quiet()
        await worker.stop()
        house.workers.clear()
        yield house, shop


@pytest.fixture
async def carts(house_and_shop: tuple[House, Shop]) -> AsyncIterator[Carts]:
    async with Carts(house_and_shop[0]) as made:
        yield made


@pytest.mark.parametrize("point", ["driven", "locked", "written", "committed"])
async def test_a_worker_killed_while_orders_take_their_holds_over(
    house_and_shop: tuple[House, Shop], carts: Carts, point: str
) -> None:
    house, shop = house_and_shop
    product = f"{point}-P"
    await asyncio.gather(*(carts.hold(f"{point}-{n}", {product: 1}) for n in range(12)))
    await shop.sell([Purchase(f"{point}-{n}", {product: 1}, hold=f"{point}-{n}") for n in range(12)])
    await shop.sell([Purchase(f"{point}-{n}", {product: 1}) for n in range(12, 24)])
    doomed = house.worker(PENSTOCK_FAULT=f"{point}:1")
    assert await doomed.ended(60) == -9
    house.workers.remove(doomed)
    house.worker()
    await house.quiet()
    await house.stop_workers()
    assert await facts.faults(house.database, f"{point}-") == []
    assert await facts.oversold(house.database, f"{point}-") == 0
    assert await facts.promises(house.database, f"{point}-") >= 24


async def test_holds_expire_once_whoever_is_killed(house_and_shop: tuple[House, Shop], carts: Carts) -> None:
    house, _ = house_and_shop
    chance = random.Random(7)
    for n in range(3 * UNITS):
        await carts.hold(f"expiry-{n}", {"expiry-P": 1}, seconds=1 + n % 3)
    assert await carts.hold("expiry-late", {"expiry-P": 1}) is False
    for _ in range(4):
        house.worker()
        house.worker()
        await asyncio.sleep(chance.uniform(0.9, 1.4))  # a worker takes a second to start
        for worker in list(house.workers):
            house.kill(worker)
    house.worker()
    await carts.over("expiry-")
    await house.quiet()
    await house.stop_workers()
    assert await carts.statuses("expiry-") == {"EXPIRED": 3 * UNITS}
    assert await facts.faults(house.database, "expiry-") == []
    assert await house.value("SELECT sum(on_hand) FROM inventory_position WHERE product_ref = 'expiry-P'") == 3 * UNITS


async def test_an_api_that_is_killed_holds_what_it_says_and_nothing_else(
    house_and_shop: tuple[House, Shop], carts: Carts
) -> None:
    house, _ = house_and_shop
    house.worker()
    storm = asyncio.gather(*(carts.hold(f"storm-{n}", {"storm-P": 1}) for n in range(60)))
    for _ in range(2):
        await asyncio.sleep(0.15)
        house.kill(house.server)
    async with asyncio.timeout(60):
        granted = await storm
    await house.quiet()
    await house.stop_workers()
    assert sum(granted) == 3 * UNITS
    assert await carts.statuses("storm-") == {"ACTIVE": 3 * UNITS}
    assert await facts.faults(house.database, "storm-") == []

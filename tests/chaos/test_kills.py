"""Workers and the API killed at every point: nothing is lost, nothing happens twice (design §4)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from bench.proving import facts
from bench.proving.shop import Purchase
from bench.tools.waiting import until
from standing import standing

from penstock.orchestration.faults import POINTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House
    from bench.proving.shop import Shop

    from conftest import Stream


@pytest.fixture(scope="module")
async def house_and_shop(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, Shop]]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("kills")) as made:
        await _stocked(*made)
        yield made


async def _stocked(house: House, shop: Shop) -> None:
    """Put stock for all tests on sale: enough for some of each test's orders."""
    worker = house.worker()
    await shop.stock({f"{name}-P{n}": 3 for name in (*POINTS, "two", "storm", "take") for n in range(2)})
    await house.quiet()
    await worker.stop()
    house.workers.clear()


def _orders(name: str, count: int = 24) -> list[Purchase]:
    return [Purchase(f"{name}-{n}", {f"{name}-P{n % 2}": 1 + n % 2}) for n in range(count)]


async def _clean(house: House, name: str, count: int = 24) -> None:
    assert await house.value("SELECT count(*) FROM orders WHERE ref LIKE $1", f"{name}-%") == count
    assert await facts.faults(house.database, f"{name}-") == []
    assert await facts.oversold(house.database, f"{name}-") == 0
    assert await facts.promises(house.database, f"{name}-") > 0


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_at_any_point_loses_and_repeats_nothing(
    house_and_shop: tuple[House, Shop], point: str
) -> None:
    house, shop = house_and_shop
    await shop.sell(_orders(point))
    doomed = house.worker(PENSTOCK_FAULT=f"{point}:2")
    assert await doomed.ended(60) == -9
    house.workers.remove(doomed)
    house.worker()
    await house.quiet()
    await house.stop_workers()
    await _clean(house, point)


async def test_another_worker_takes_over_long_before_a_heartbeat_is_missed(house_and_shop: tuple[House, Shop]) -> None:
    house, shop = house_and_shop
    doomed, heir = house.worker(), house.worker()
    await _until(house, "SELECT count(DISTINCT worker) = 2 FROM slot WHERE worker IS NOT NULL")
    house.kill(doomed)
    killed = time.monotonic()
    await _until(house, "SELECT count(*) = 256 FROM slot s JOIN worker w ON w.id = s.worker WHERE w.alive")
    assert time.monotonic() - killed < 6  # seconds, of ten; mostly one, but everything may wait on a busy machine
    await shop.sell(_orders("take"))
    await house.quiet()
    assert heir.code is None
    await house.stop_workers()
    await _clean(house, "take")


async def _until(house: House, query: str) -> None:
    await until(lambda: house.value(query), seconds=60)


async def test_two_workers_share_the_work_and_never_promise_a_unit_twice(house_and_shop: tuple[House, Shop]) -> None:
    house, shop = house_and_shop
    house.worker()
    house.worker()
    await shop.sell(_orders("two", 120), portion=4)
    await house.quiet()
    await house.stop_workers()
    await _clean(house, "two", 120)


async def test_an_api_that_is_killed_leaves_no_order_without_its_event(house_and_shop: tuple[House, Shop]) -> None:
    house, shop = house_and_shop
    house.worker()
    storm = asyncio.create_task(shop.sell(_orders("storm", 150), portion=1))
    for _ in range(3):
        await asyncio.sleep(0.4)
        house.kill(house.server)
    async with asyncio.timeout(60):
        await storm
    await house.quiet()
    await house.stop_workers()
    await _clean(house, "storm", 150)

"""The two worlds that the scenarios start from, as fixtures (spec 23 §0, 36 §0)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from histories import busy_day, remark
from stage import Place, Stage
from stockloads import StockStage

from conftest import create_database, drop_database
from running import first_start, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from conftest import Stream
    from running import Stored

# Spec 23 §0; the network for home delivery is NET_AU.
STOCK_PRODUCTS = {"A": 10.0, "B": 25.0, "C": 100.0}
STOCK_PLACES = (
    Place("S1", "STORE", -33.8390, 151.2070),
    Place("S2", "STORE", -33.8150, 151.0011),
    Place("S3", "STORE", -32.9283, 151.7817),
    Place("W1", "WAREHOUSE", -37.8136, 144.9631),
    Place("W2", "WAREHOUSE", -27.4698, 153.0251),
)
STOCK_CUSTOMER = (-33.8688, 151.2093)

# Spec 36 §0; the network for home delivery is HD_NET, the system rejected location REJECT.
ORDER_PRODUCTS = {"TSHIRT": 49.95, "JEANS": 120.0, "CAP": 25.0}
ORDER_PLACES = (
    Place("SYD-01", "STORE", -33.87, 151.21, hours=2),
    Place("SYD-02", "STORE", -33.90, 151.18, hours=2),
    Place("MEL-01", "STORE", -37.81, 144.96, hours=2),
    Place("DC-01", "WAREHOUSE", -33.77, 150.95),
)
ORDER_CUSTOMER = (-33.868, 151.209)


@pytest.fixture(scope="session")
async def fresh(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Stored]:
    """Return what ``penstock up`` leaves after its first start."""
    control, account = [await create_database(postgres, template=templates[s]) for s in ("control", "account")]
    stored = await first_start(control, account)
    async with running(stored) as penstock:
        await penstock.settle()
        stored = replace(stored, token=penstock.client.token)
    yield stored
    await stored.drop()
    await drop_database(postgres, control)


@pytest.fixture(scope="session")
async def stock_world(fresh: Stored) -> AsyncIterator[Stored]:
    """Return the world of spec 23."""
    async with _built(fresh, StockStage, STOCK_CUSTOMER, STOCK_PRODUCTS, STOCK_PLACES) as stored:
        yield stored


@pytest.fixture(scope="session")
async def order_world(fresh: Stored) -> AsyncIterator[Stored]:
    """Return the world of spec 36."""
    async with _built(fresh, Stage, ORDER_CUSTOMER, ORDER_PRODUCTS, ORDER_PLACES) as stored:
        yield stored


@pytest.fixture(scope="session")
async def day(order_world: Stored) -> AsyncIterator[tuple[Stored, list[str]]]:
    """Return the world of spec 36 after a busy day, and the refs of its orders; nobody runs there any more."""
    stored = await order_world.copy()
    async with running(stored) as penstock:
        refs = await busy_day(Stage(penstock, ORDER_CUSTOMER))
    yield stored, refs
    await stored.drop()


@pytest.fixture(scope="module")
async def sold(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage for a whole file: two pairs of jeans were sold, and the first order got a remark."""
    async with _staged(order_world, ORDER_CUSTOMER) as stage:
        await stage.fill(DC_01={"JEANS": 5})
        await stage.buy("X1", ("JEANS", 1))
        await stage.buy("X2", ("JEANS", 1))
        await remark(stage, "X1", "gift")
        yield stage


@asynccontextmanager
async def _built(
    fresh: Stored,
    kind: type[Stage],
    customer: tuple[float, float],
    products: dict[str, float],
    places: tuple[Place, ...],
) -> AsyncIterator[Stored]:
    stored = await fresh.copy()
    async with running(stored) as penstock:
        stage = kind(penstock, customer)
        await stage.build(products, places)
        if isinstance(stage, StockStage):
            await stage.furnish()
        await penstock.settle()
        stored = replace(stored, token=penstock.client.token)
    yield stored
    await stored.drop()


@pytest.fixture
async def stock(stock_world: Stored) -> AsyncIterator[StockStage]:
    """Return a stage of its own in the world of spec 23."""
    async with _staged(stock_world, STOCK_CUSTOMER) as stage:
        yield StockStage(stage.penstock, stage.customer)


@pytest.fixture
def stocks(stock_world: Stored) -> Callable[[], AbstractAsyncContextManager[Stage]]:
    """Return what runs a stage in the world of spec 23, one after another."""
    return lambda: _staged(stock_world, STOCK_CUSTOMER)


@pytest.fixture
async def shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage of its own in the world of spec 36."""
    async with _staged(order_world, ORDER_CUSTOMER) as stage:
        yield stage


@pytest.fixture(scope="module")
async def lasting_shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage in the world of spec 36 for tests that leave it as they find it."""
    async with _staged(order_world, ORDER_CUSTOMER) as stage:
        yield stage


@pytest.fixture
async def strict_shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage in the world of spec 36 whose plugins have two seconds and 256 MiB."""
    async with _staged(order_world, ORDER_CUSTOMER, plugin_seconds=2, plugin_memory_mb=256) as stage:
        yield stage


@pytest.fixture
async def patient_shop(order_world: Stored) -> AsyncIterator[Stage]:
    """Return a stage in the world of spec 36 whose plugins have a minute."""
    async with _staged(order_world, ORDER_CUSTOMER, plugin_seconds=60) as stage:
        yield stage


@asynccontextmanager
async def _staged(world: Stored, customer: tuple[float, float], **settings: int) -> AsyncIterator[Stage]:
    """Run a copy of a world; only one at a time."""
    stored = await world.copy()
    async with running(stored, **settings) as penstock:
        yield Stage(penstock, customer)
    await stored.drop()

"""The setting that restores "reserve without checking" (spec 20 §10.6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

ALLOW = "oms.inventory.reservation.allowNegative"


async def reserve(stage: Stage, units: int) -> None:
    """Reserve units of A at S1 from outside."""
    item = {"fulfilmentId": "7", "ref": "A:S1:DEFAULT", "type": "DEFAULT", "productRef": "A", "locationRef": "S1"}
    attributes = {"operation": "RESERVE", "items": [{**item, "reservedQty": -units, "saleQty": 0, "correctionQty": 0}]}
    await stage.penstock.send("UpdateInventoryQty", "INVENTORY_CATALOGUE", stage.stock_catalogue, attributes)


async def rush(stage: Stage) -> list[str]:
    """Let ten orders want a unit at once; return where they come from."""
    await asyncio.gather(*(stage.place(f"O{n}", ("A", 1)) for n in range(10)))
    await stage.penstock.settle()
    return [part for n in range(10) for part in await stage.plan(f"O{n}")]


@pytest.mark.parametrize("context", ["RETAILER", "ACCOUNT"])
async def test_with_it_more_is_reserved_than_there_is(stock: Stage, context: str) -> None:
    await stock.set(ALLOW, "true", context=context, context_id=None if context == "RETAILER" else 0)
    await stock.load("A", "S1", 1)
    await reserve(stock, 3)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1", "RESERVED -3"]
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (-2, 0)


async def test_with_it_what_sourcing_has_seen_is_reserved(stock: Stage) -> None:
    await stock.set(ALLOW, "TRUE")
    await stock.load("A", "S1", 5)
    plans = await rush(stock)
    assert plans.count("S1[A1]") == 5 - await stock.on_hand("A", "S1") >= 5


@pytest.mark.parametrize("value", [None, "false", "yes"])
async def test_without_it_no_more_is_reserved_than_there_is(stock: Stage, value: str | None) -> None:
    if value is not None:
        await stock.set(ALLOW, value)
    await stock.load("A", "S1", 1)
    await reserve(stock, 3)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1"]
    assert sorted(await rush(stock)) == [*["RJT_1[A1]"] * 9, "S1[A1]"]
    assert await stock.on_hand("A", "S1") == 0

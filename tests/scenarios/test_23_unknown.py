"""Spec 23 §5: stock of what is unknown or switched off, and what can be sold of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overtaking import overtake
from stage import Place, Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

pytest_plugins = ["worlds"]


async def test_unk_01_stock_before_product(stock: Stage) -> None:
    await stock.load("D", "S1", 12)
    position = await stock.position("D", "S1")
    assert position is not None
    assert (position["status"], position["onHand"]) == ("CREATED", 12)
    assert await stock.virtual("D", "S1") is None
    await stock.offer("D")
    await stock.penstock.settle()
    position = await stock.position("D", "S1")
    assert position is not None
    assert position["status"] == "ACTIVE"
    assert (await stock.sellable("D", "S1"), await stock.ats("D")) == (12, 12)


async def test_unk_02_stock_before_location(stock: Stage) -> None:
    await stock.load("A", "S9", 3)
    position = await stock.position("A", "S9")
    assert position is not None
    assert position["status"] == "CREATED"
    await stock.open(Place("S9", "STORE", -33.9, 151.2), await stock.network("HD_1"))
    await stock.penstock.settle()
    assert await stock.sellable("A", "S9") == 3


async def test_unk_03_product_switched_off_and_on(stock: Stage) -> None:
    await stock.fill(S1={"A": 5}, S2={"A": 6})
    product = await stock.product_id("A")
    assert await stock.penstock.send("DeactivateProduct", "PRODUCT", product) == "SUCCESS"
    positions = [await stock.position("A", place) for place in ("S1", "S2")]
    assert [(p["status"], p["onHand"]) for p in positions if p] == [("INACTIVE", 5), ("INACTIVE", 6)]
    assert [await stock.sellable("A", place) for place in ("S1", "S2")] == [0, 0]
    assert await stock.ats("A") == 0
    assert await stock.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    assert await stock.penstock.send("ActivateProduct", "PRODUCT", product) == "SUCCESS"
    positions = [await stock.position("A", place) for place in ("S1", "S2")]
    assert [p["status"] for p in positions if p] == ["ACTIVE", "ACTIVE"]
    assert [await stock.sellable("A", place) for place in ("S1", "S2")] == [5, 6]
    assert await stock.ats("A") == 11


async def _while_it_is_loaded(
    stock: Stage, product: str, change: Callable[[], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = overtake(monkeypatch, "InventoryChanged", change)
    await Stage.load(stock, product, "S1", 7)  # as an event, which batches need not make
    assert overtaken()


async def test_unk_01_product_made_active_while_its_stock_is_loaded(
    stock: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _while_it_is_loaded(stock, "D", lambda: stock.offer("D"), monkeypatch)
    position = await stock.position("D", "S1")
    assert position is not None
    assert (position["status"], await stock.sellable("D", "S1")) == ("ACTIVE", 7)


async def test_unk_03_product_switched_off_while_its_stock_is_loaded(
    stock: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await stock.product_id("A")
    await _while_it_is_loaded(
        stock, "A", lambda: stock.penstock.post("DeactivateProduct", "PRODUCT", product), monkeypatch
    )
    assert await stock.sellable("A", "S1") in {None, 0}
    assert await stock.penstock.send("ActivateProduct", "PRODUCT", product) == "SUCCESS"
    assert await stock.sellable("A", "S1") == 7


async def test_unk_04_location_outside_the_network(stock: Stage) -> None:
    await stock.open(Place("X1", "STORE", -36.85, 174.76), await stock.network("NET_NZ"))
    await stock.load("A", "S1", 4)
    await stock.load("A", "X1", 9)
    assert await stock.on_hand("A", "X1") == 9
    assert await stock.virtual("A", "X1") is None
    assert await stock.ats("A") == 4


async def test_unk_05_unknown_event(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    before = await stock.position("A", "S1"), await stock.virtual("A", "S1"), await stock.total("A")
    assert await stock.penstock.send("FOO", "INVENTORY_CATALOGUE", stock.stock_catalogue) == "NO_MATCH"
    assert (await stock.position("A", "S1"), await stock.virtual("A", "S1"), await stock.total("A")) == before

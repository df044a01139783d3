"""Spec 23 §5, §8: stock of what is unknown or switched off, and what can be sold of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import Place

if TYPE_CHECKING:
    from stage import Stage

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
    assert await stock.sellable("D", "S1") == 12


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
    assert await stock.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    assert await stock.penstock.send("ActivateProduct", "PRODUCT", product) == "SUCCESS"
    assert [await stock.sellable("A", place) for place in ("S1", "S2")] == [5, 6]


async def test_unk_04_location_outside_the_network(stock: Stage) -> None:
    await stock.open(Place("X1", "STORE", -36.85, 174.76), await stock.network("NET_NZ"))
    await stock.load("A", "X1", 9)
    assert await stock.on_hand("A", "X1") == 9
    assert await stock.virtual("A", "X1") is None


async def test_unk_05_unknown_event(stock: Stage) -> None:
    assert await stock.penstock.send("FOO", "INVENTORY_CATALOGUE", stock.stock_catalogue) == "NO_MATCH"


async def test_avl_01_base(stock: Stage) -> None:
    await stock.fill(S1={"A": 10}, S2={"A": 3}, W1={"A": 0}, S3={"A": 50})
    await stock.delta(("d1", "A", "W1", -2))
    await stock.graphql(
        "mutation ($input: UpdateInventoryPositionInput) { updateInventoryPosition(input: $input) { status } }",
        ref="A:S3:DEFAULT",
        catalogue={"ref": stock.stock_catalogue},
        status="INACTIVE",
    )
    await stock.load("A", "S3", 51)
    await stock.load("A", "S3", 50)
    assert [await stock.on_hand("A", place) for place in ("S1", "S2", "W1", "S3")] == [10, 3, -2, 50]
    assert [await stock.sellable("A", place) for place in ("S1", "S2", "W1", "S3")] == [10, 3, 0, 0]

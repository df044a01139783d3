"""Spec 23 §6: from the promise to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from floor import wave_and_pick

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


async def repeat(stock: Stage, name: str, operation: str) -> str:
    """Deliver the event of this operation once more, as it was stored, and settle; return its new status."""
    sent = await stock.penstock.events(name=name, eventType="ORCHESTRATION")
    found = [v for v in (stock.values(e) for e in sent) if v["operation"] == operation]
    return await stock.penstock.send(name, "INVENTORY_CATALOGUE", stock.stock_catalogue, found[0])


async def test_res_01_reserve(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    assert await stock.buy("O1", ("A", 2)) == ["S1[A2]"]
    position = await stock.position("A", "S1")
    assert position is not None
    reserved = [q for q in position["quantities"] if q["type"] == "RESERVED"]
    fulfilment = (await stock.fulfilments("O1"))[0]["id"]
    assert [(q["quantity"], q["status"], q["ref"]) for q in reserved] == [
        (-2, "ACTIVE", f"A:S1:DEFAULT:RESERVED:{fulfilment}")
    ]
    assert (position["onHand"], await stock.sellable("A", "S1"), await stock.ats("A")) == (3, 3, 3)


async def test_res_02_repeated_reserve(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    await stock.buy("O1", ("A", 2))
    assert await repeat(stock, "UpdateInventoryQty", "RESERVE") == "SUCCESS"
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 5", "RESERVED -2"]
    assert await stock.on_hand("A", "S1") == 3


async def test_res_03_cancel(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    await stock.buy("O1", ("A", 2))
    assert await stock.cancel("O1") == "SUCCESS"
    assert await stock.ledger("A", "S1", "INACTIVE") == ["RESERVED -2"]
    assert await stock.on_hand("A", "S1") == 5
    for _ in range(2):
        assert await repeat(stock, "UpdateInventoryQty", "UNRESERVE") == "SUCCESS"
    assert await stock.on_hand("A", "S1") == 5
    assert await stock.sellable("A", "S1") == 5


async def test_res_04_same_product_on_two_lines(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    assert await stock.buy("O1", ("A", 1), ("A", 2)) == ["S1[A3]"]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 5", "RESERVED -3"]
    assert await stock.on_hand("A", "S1") == 2


async def test_res_05_expiry(stock: Stage) -> None:
    await stock.set("PICK_N_PACK_TIME_LIMIT", 4, context="AGENT", context_id=int(await stock.location_id("S1")))
    await stock.fill(S1={"A": 2}, S2={"A": 2})
    assert await stock.buy("O1", ("A", 2)) == ["S1[A2]"]
    await stock.penstock.advance(timedelta(hours=4, minutes=-1))
    assert await stock.statuses("O1") == ["BOOKED", "S1 AWAITING_WAVE"]
    await stock.penstock.advance(timedelta(minutes=1))
    assert await stock.statuses("O1") == ["BOOKED", "S1 EXPIRED", "S2 AWAITING_WAVE"]
    assert await stock.plan("O1") == ["S1[A2]", "S2[A2]"]
    assert [i["rejectedQuantity"] for i in (await stock.fulfilments("O1"))[0]["items"]] == [2]
    assert await stock.on_hand("A", "S1") == 2
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 2"]


async def test_res_06_short_pick(stock: Stage) -> None:
    await stock.fill(S1={"A": 2}, S2={"A": 5})
    assert await stock.buy("O1", ("A", 2)) == ["S1[A2]"]
    await wave_and_pick(stock, "S1", A=1)
    assert await stock.statuses("O1") == ["PICK_PACK", "S1 PARTIALLY_FULFILLED", "S2 AWAITING_WAVE"]
    assert await stock.ledger("A", "S1") == ["CORRECTION -1", "LAST_ON_HAND 2", "SALE -1"]
    assert await stock.on_hand("A", "S1") == 0
    assert await stock.plan("O1") == ["S1[A2]", "S2[A1]"]
    ratings = await stock.ratings("O1")
    assert [place for place, _ in ratings] == ["S1", "S2"]
    assert abs(ratings[1][1] - 58.2443) <= 0.0001
    assert await stock.on_hand("A", "S2") == 4


async def test_res_07_rejected_location_is_not_stock(stock: Stage) -> None:
    assert await stock.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    assert await stock.statuses("O1") == ["BOOKED", "RJT_1 ESCALATED"]
    assert await stock.position("A", "RJT_1") is None
    found = await stock.penstock.client.graphql('{ inventoryQuantities(type: "RESERVED") { edges { node { id } } } }')
    assert found["inventoryQuantities"]["edges"] == []

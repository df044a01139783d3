"""Spec 23 §1: counts, by job and batch, and what they make of the stock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from floor import wave_and_pick
from histories import histories
from stage import counted
from stockloads import codes, count, counters, loaded, open_job, post
from test_23_searches import quantity_aggregate

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]


async def count_types(stock: Stage, *types: str) -> None:
    """Let the workflow count quantities of further types."""
    document = stock.penstock.workflow("INVENTORY_CATALOGUE::DEFAULT")
    (ruleset,) = (r for r in document["rulesets"] if r["name"] == "CalculateOnHand")
    ruleset["rules"][0]["props"]["filterTypes"] += types
    await stock.penstock.install({**document, "version": "1.1"})


async def quantities(stock: Stage, product: str, place: str) -> list[Node]:
    """Return all quantities of a position, whatever their status."""
    position = await stock.position(product, place)
    assert position is not None
    return list(position["quantities"])


async def told(stock: Stage) -> int:
    """Return how often virtual catalogues were told of stock."""
    return len(await stock.penstock.events(name="VirtualCatalogueEvent", eventType="ORCHESTRATION"))


async def test_inv_01_first_load(stock: Stage) -> None:
    assert await stock.position("A", "S1") is None
    batch = await loaded(stock, count("A", "S1", 40, retailerId=int(stock.retailer)))
    assert (batch["status"], codes(batch)) == ("COMPLETE", ["200"])
    position = await stock.position("A", "S1")
    assert position is not None
    assert (position["status"], position["productRef"], position["locationRef"]) == ("ACTIVE", "A", "S1")
    assert position["onHand"] == 40
    assert [(q["type"], q["quantity"]) for q in position["quantities"]] == [("LAST_ON_HAND", 40)]
    virtual, total = await stock.virtual("A", "S1"), await stock.total("A")
    assert virtual is not None
    assert (virtual["quantity"], virtual["groupRef"]) == (40, "S1")
    assert total is not None
    assert (total["quantity"], total["groupRef"]) == (40, "ATS_HD:1")


async def test_inv_02_replace_not_add(stock: Stage) -> None:
    await stock.load("A", "S1", 150)
    await stock.load("A", "S1", 170)
    assert await stock.on_hand("A", "S1") == 170
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 170"]
    assert await stock.ledger("A", "S1", "INACTIVE") == []
    assert (await stock.sellable("A", "S1"), await stock.ats("A")) == (170, 170)


async def test_inv_03_reference_trace(stock: Stage) -> None:
    await stock.load("A", "S1", 170)
    assert await stock.buy("O1", ("A", 3)) == ["S1[A3]"]
    on_hand = [await stock.on_hand("A", "S1")]
    await wave_and_pick(stock, "S1", A=3)
    on_hand.append(await stock.on_hand("A", "S1"))
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 170", "SALE -3"]
    assert await stock.ledger("A", "S1", "INACTIVE") == ["RESERVED -3"]
    assert await stock.buy("O2", ("A", 5)) == ["S1[A5]"]
    on_hand.append(await stock.on_hand("A", "S1"))
    await wave_and_pick(stock, "S1", A=1)
    on_hand.append(await stock.on_hand("A", "S1"))
    assert await stock.ledger("A", "S1") == ["CORRECTION -4", "LAST_ON_HAND 170", "SALE -1", "SALE -3"]
    assert await stock.ledger("A", "S1", "INACTIVE") == ["RESERVED -3", "RESERVED -5"]
    await stock.load("A", "S1", 162)
    on_hand.append(await stock.on_hand("A", "S1"))
    assert on_hand == [167, 167, 162, 162, 162]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 162"]
    assert await stock.ledger("A", "S1", "INACTIVE") == [
        *("CORRECTION -4", "RESERVED -3", "RESERVED -5", "SALE -1", "SALE -3")
    ]


async def test_inv_04_expected_stock_does_not_sell(stock: Stage) -> None:
    await stock.load("A", "W1", 10)
    expected = {"type": "EXPECTED", "ref": "PO-77:A", "expectedOn": "2026-03-01T00:00:00Z"}
    assert codes(await loaded(stock, count("A", "W1", 25, **expected))) == ["200"]
    assert (await stock.on_hand("A", "W1"), await stock.sellable("A", "W1"), await stock.ats("A")) == (10, 10, 10)
    for until, found in (("2026-03-31T00:00:00Z", (25, 1)), ("2026-02-28T00:00:00Z", (0, 0))):
        totals = await quantity_aggregate(stock, type=["EXPECTED"], expected={"to": until})
        assert (totals["sum"], totals["count"]) == found


async def test_inv_05_a_bad_record_does_not_stop_the_batch(stock: Stage) -> None:
    without = {"skuRef": "A", "locationRef": "S2"}
    others = [count("B", "S1", "x"), count("B", "S2", -4), count("C", "S1", 7)]
    batch = await loaded(stock, count("A", "S1", 5), without, *others)
    assert (batch["status"], counters(batch)) == ("COMPLETE", (5, 5, 0, 3))
    assert codes(batch) == ["200", "400", "400", "400", "200"]
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("C", "S1")) == (5, 7)
    assert [await stock.position(*p) for p in (("A", "S2"), ("B", "S1"), ("B", "S2"))] == [None] * 3


async def test_inv_06_size_limit(stock: Stage) -> None:
    client = stock.penstock.client
    job = await open_job(client, stock.retailer, {})
    status, body = await post(client, job, [count("A", "S1", n) for n in range(5_001)])
    assert status == 400
    assert "5000" in body["message"].replace(",", "")
    assert (await client.call("GET", f"/api/v4.1/job/{job}/results"))[1]["totalBatches"] == 0
    status, body = await post(client, job, [count("A", "S1", n) for n in range(5_000)])
    assert (status, body["id"].isdigit()) == (200, True)


@pytest.mark.parametrize("envelope", [{"action": "DELETE"}, {"entityType": "PRODUCT"}])
async def test_inv_07_wrong_envelope(stock: Stage, envelope: Node) -> None:
    client = stock.penstock.client
    job = await open_job(client, stock.retailer, {})
    status, body = await post(client, job, [count("A", "S1", 1)], **envelope)
    assert status == 400
    ((field, value),) = envelope.items()
    assert field in body["message"]
    assert value in body["message"]
    assert await stock.position("A", "S1") is None


async def test_inv_08_closed_job(stock: Stage) -> None:
    client = stock.penstock.client
    yesterday = await open_job(client, stock.retailer, {})
    await stock.load("A", "S1", 5)
    await stock.penstock.advance(timedelta(days=1))
    status, body = await post(client, yesterday, [count("A", "S1", 6)])
    assert status == 400
    assert f"Job {yesterday} is closed" in body["message"]
    await stock.penstock.settle()
    assert await stock.on_hand("A", "S1") == 5
    await loaded(stock, count("A", "S1", 6))
    assert await stock.on_hand("A", "S1") == 6


async def test_inv_09_custom_quantity_type(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await loaded(stock, count("A", "S1", 3, type="DISPLAY"))
    assert await stock.ledger("A", "S1") == ["DISPLAY 3", "LAST_ON_HAND 10"]
    assert await stock.on_hand("A", "S1") == 10
    await count_types(stock, "DISPLAY")
    await stock.load("A", "S1", 11)
    assert await stock.on_hand("A", "S1") == 14
    assert (await stock.sellable("A", "S1"), await stock.ats("A")) == (14, 14)


async def test_inv_09_what_is_counted_beside_can_be_sold_and_given_back(stock: Stage) -> None:
    await count_types(stock, "DISPLAY")
    await stock.load("A", "S1", 10)
    await loaded(stock, count("A", "S1", 3, type="DISPLAY"))
    assert await stock.buy("O1", ("A", 12)) == ["S1[A12]"]
    assert await stock.on_hand("A", "S1") == 1
    await stock.load("A", "S1", 12)
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (3, 3)
    await stock.cancel("O1")
    assert await stock.on_hand("A", "S1") == 15
    async with histories(stock.penstock.stored) as house:
        done = await house.replay(await house.subject("INVENTORY_POSITION", "A:S1:DEFAULT"))
    assert [step.difference.sentence() for step in done.steps if step.difference] == []
    # The count falls by as much as is counted beside it: the sum stays, and so does what is on hand.
    await stock.load("B", "S1", 5)
    document = stock.penstock.workflow("INVENTORY_CATALOGUE::DEFAULT")
    await stock.penstock.install({**document, "version": "1.2"})
    await stock.load("A", "S1", 15)
    assert await stock.on_hand("A", "S1") == 15


async def test_inv_10_no_absence_deletion(stock: Stage) -> None:
    await stock.fill(S1={"A": 5, "B": 6})
    await loaded(stock, count("A", "S1", 4))
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("B", "S1")) == (4, 6)


async def test_inv_11_no_change_no_notification(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    before, sent = (await stock.virtual("A", "S1"), await stock.total("A")), await told(stock)
    await stock.penstock.advance(timedelta(minutes=1))
    await loaded(stock, count("A", "S1", 10), meta={"preprocessing": "skip"})
    events = await stock.penstock.events(name="InventoryChanged", eventType="ORCHESTRATION")
    assert [event["eventStatus"] for event in events] == ["SUCCESS", "SUCCESS"]
    assert await stock.on_hand("A", "S1") == 10
    assert (await stock.virtual("A", "S1"), await stock.total("A")) == before
    assert await told(stock) == sent


async def test_inv_09_a_new_position_whose_first_count_is_of_a_custom_type(stock: Stage) -> None:
    await count_types(stock, "DISPLAY")
    await loaded(stock, count("A", "S1", 3, type="DISPLAY"))
    alone = counted("B", "S1", 4)
    alone["inventoryPosition"]["inventoryQuantity"]["type"] = "DISPLAY"
    await stock.penstock.send("InventoryChanged", "INVENTORY_CATALOGUE", stock.stock_catalogue, alone)
    for product, units in (("A", 3), ("B", 4)):
        assert await stock.ledger(product, "S1") == [f"DISPLAY {units}"]
        assert await stock.on_hand(product, "S1") == units
        assert (await stock.sellable(product, "S1"), await stock.ats(product)) == (units, units)
    async with histories(stock.penstock.stored) as house:
        done = await house.replay(await house.subject("INVENTORY_POSITION", "B:S1:DEFAULT"))
    assert [step.difference.sentence() for step in done.steps if step.difference] == []

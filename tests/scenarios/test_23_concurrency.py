"""Spec 23 §7: many at once. The guard over stock itself is proved under kills by ``make prove``."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

from floor import wave_and_pick
from quotes import ask
from stage import changes
from stockloads import count, loaded

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


async def rush(stock: Stage, *orders: tuple[str, tuple[tuple[str, int], ...]]) -> list[list[str]]:
    """Create orders ``(ref, lines)`` over parallel connections and settle; return their plans."""
    await asyncio.gather(*(stock.place(ref, *lines) for ref, lines in orders))
    await stock.penstock.settle()
    return [await stock.plan(ref) for ref, _ in orders]


async def test_con_01_two_shoppers_one_unit(stock: Stage) -> None:
    for number in range(50):
        product = f"P{number}"
        await stock.offer(product)
        await stock.load(product, "S1", 1)
        plans = await rush(stock, *((f"{product}-{shopper}", ((product, 1),)) for shopper in "XY"))
        assert sorted(plans) == [[f"RJT_1[{product}1]"], [f"S1[{product}1]"]]
        assert await stock.ledger(product, "S1") == ["LAST_ON_HAND 1", "RESERVED -1"]
        assert await stock.on_hand(product, "S1") == 0


async def test_con_02_partial_loser(stock: Stage) -> None:
    await stock.load("A", "S1", 3)
    plans = await rush(stock, ("O1", (("A", 2),)), ("O2", (("A", 2),)))
    assert sorted(plans) == [["S1[A1]", "RJT_1[A1]"], ["S1[A2]"]]
    assert await stock.on_hand("A", "S1") == 0


async def test_con_03_many_shoppers(stock: Stage) -> None:
    await stock.fill(S1={"A": 12}, S2={"A": 8})
    plans = await rush(stock, *((f"O{number}", (("A", 1),)) for number in range(50)))
    assert Counter(part for plan in plans for part in plan) == {"S1[A1]": 12, "S2[A1]": 8, "RJT_1[A1]": 30}
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("A", "S2")) == (0, 0)
    # Promises were only ever added, so what was left was never less than now.
    for place, units in (("S1", 12), ("S2", 8)):
        assert Counter(await stock.ledger("A", place)) == {f"LAST_ON_HAND {units}": 1, "RESERVED -1": units}
        assert await stock.ledger("A", place, "INACTIVE") == []


async def test_con_04_load_against_reservation(stock: Stage) -> None:
    products = [f"P{number}" for number in range(10)]
    for product in products:
        await stock.offer(product)
    await stock.fill(S1=dict.fromkeys(products, 10))
    for product in products:
        await asyncio.gather(stock.place(f"{product}-O", (product, 2)), loaded(stock, count(product, "S1", 9)))
    await stock.penstock.settle()
    for product in products:
        assert await stock.plan(f"{product}-O") == [f"S1[{product}2]"]
        assert await stock.ledger(product, "S1") == ["LAST_ON_HAND 9", "RESERVED -2"]
        assert (await stock.on_hand(product, "S1"), await stock.sellable(product, "S1")) == (7, 7)


async def test_con_05_parallel_deltas(stock: Stage) -> None:
    await stock.load("A", "S1", 1000)
    send = (
        stock.penstock.post(
            "INVENTORY_DELTA", "INVENTORY_CATALOGUE", stock.stock_catalogue, changes((f"d{n}", "A", "S1", -1))
        )
        for n in range(100)
    )
    await asyncio.gather(*send)
    await stock.penstock.settle()
    assert await stock.on_hand("A", "S1") == 900
    assert Counter(await stock.ledger("A", "S1")) == {"LAST_ON_HAND 1000": 1, "DELTA -1": 100}


async def test_con_07_no_deadlock(stock: Stage) -> None:
    await stock.fill(S1={"A": 100, "B": 100})
    one, other = (("A", 1), ("B", 1)), (("B", 1), ("A", 1))
    plans = await rush(stock, *((f"O{number}", one if number % 2 else other) for number in range(40)))
    assert plans == [["S1[A1,B1]"]] * 40
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("B", "S1")) == (60, 60)


async def test_con_08_quotation_does_not_reserve(stock: Stage) -> None:
    await stock.load("A", "S1", 1)
    plans = await asyncio.gather(*(ask(stock, f"CART-{shopper}", ("A", 1)) for shopper in "XY"))
    for status, found in plans:
        assert status == "COMPLETE"
        assert [plan["status"] for plan in found] == ["FULFILLED"]
        (item,) = found[0]["fulfilments"][0]["items"]
        assert item["availableQuantity"] == 1
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1"]
    assert sorted(await rush(stock, ("X", (("A", 1),)), ("Y", (("A", 1),)))) == [["RJT_1[A1]"], ["S1[A1]"]]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1", "RESERVED -1"]
    assert await stock.on_hand("A", "S1") == 0


async def test_con_09_replay(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.buy("O1", ("A", 2))
    await wave_and_pick(stock, "S1", A=2)
    await stock.buy("O2", ("A", 1))
    await stock.cancel("O2")
    await stock.buy("O3", ("A", 3))
    await stock.delta(("d1", "A", "S1", -1))
    assert await stock.on_hand("A", "S1") == 4
    before = await stock.position("A", "S1")
    again = await stock.penstock.events(
        name="UpdateInventoryQty,INVENTORY_DELTA", eventType="ORCHESTRATION", context__entityType="INVENTORY_CATALOGUE"
    )
    operations = Counter(stock.values(event).get("operation", "delta") for event in again)
    assert operations == {"RESERVE": 3, "UNRESERVE": 1, "RESET_RESERVE": 1, "delta": 1}
    random.Random(9).shuffle(again)
    for event in again:
        await stock.penstock.send(event["name"], "INVENTORY_CATALOGUE", stock.stock_catalogue, stock.values(event))
    assert await stock.position("A", "S1") == before  # with all its quantities and their statuses


async def test_con_10_full_recomputation(stock: Stage) -> None:
    await stock.fill(S1={"A": 10, "B": 3}, S2={"A": 4}, W1={"C": 7})
    await stock.buy("O1", ("A", 2), ("C", 1))
    await stock.buy("O2", ("A", 12))
    await wave_and_pick(stock, "S1", A=5)
    await stock.delta(("d1", "B", "S1", -5))
    places = [("A", "S1"), ("B", "S1"), ("A", "S2"), ("C", "W1")]
    products = ("A", "B", "C")
    before = [await stock.virtual(*place) for place in places], [await stock.total(p) for p in products]
    for product, place in places:
        detail = {"productRef": product, "locationRef": place}
        for catalogue in ("BASE:1", "ATS_HD:1"):
            assert (
                await stock.penstock.send("VirtualCatalogueEvent", "VIRTUAL_CATALOGUE", catalogue, detail) == "SUCCESS"
            )
    assert ([await stock.virtual(*place) for place in places], [await stock.total(p) for p in products]) == before

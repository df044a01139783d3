"""Spec 23 §3, §4: corrections and deltas, between counts that come by batch."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from floor import wave_and_pick
from stage import changes

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]


async def tell(stock: Stage, deltas: Node) -> str:
    """Report changes in one event and settle; return its status."""
    return await stock.penstock.send("INVENTORY_DELTA", "INVENTORY_CATALOGUE", stock.stock_catalogue, deltas)


async def test_cor_01_correction_kept(stock: Stage) -> None:
    await stock.load("A", "S1", 100)
    await stock.buy("O1", ("A", 5))
    await wave_and_pick(stock, "S1", A=1)
    assert await stock.ledger("A", "S1") == ["CORRECTION -4", "LAST_ON_HAND 100", "SALE -1"]
    assert await stock.on_hand("A", "S1") == 95
    await stock.load("A", "S1", 99, corrected=4)
    assert await stock.ledger("A", "S1") == ["CORRECTION -4", "LAST_ON_HAND 99"]
    assert await stock.on_hand("A", "S1") == 95
    await stock.load("A", "S1", 95, corrected=0)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 95"]
    assert await stock.on_hand("A", "S1") == 95


async def test_cor_02_reservation_survives_loads(stock: Stage) -> None:
    await stock.load("A", "S1", 167)
    await stock.buy("O1", ("A", 5))
    assert await stock.on_hand("A", "S1") == 162
    await stock.load("A", "S1", 162)
    assert await stock.on_hand("A", "S1") == 157
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 162", "RESERVED -5"]
    await wave_and_pick(stock, "S1", A=5)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 162", "SALE -5"]
    assert await stock.on_hand("A", "S1") == 157
    await stock.load("A", "S1", 157)
    assert await stock.on_hand("A", "S1") == 157


async def test_cor_03_full_rejection(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    await stock.buy("O1", ("A", 5))
    assert await stock.on_hand("A", "S1") == 0
    await wave_and_pick(stock, "S1", A=0)
    assert await stock.ledger("A", "S1") == ["CORRECTION -5", "LAST_ON_HAND 5"]  # and no SALE
    assert await stock.on_hand("A", "S1") == 0
    assert await stock.sellable("A", "S1") == 0
    assert await stock.plan("O1") == ["S1[A5]", "RJT_1[A5]"]


async def test_del_01_addition(stock: Stage) -> None:
    await stock.fill(S1={"A": 10, "B": 1})
    assert await stock.delta(("d1", "A", "S1", -2), ("d2", "A", "S1", 5), ("d3", "B", "S1", -1)) == "SUCCESS"
    assert (await stock.on_hand("A", "S1"), await stock.on_hand("B", "S1")) == (13, 0)
    assert await stock.ledger("A", "S1") == ["DELTA -2", "DELTA 5", "LAST_ON_HAND 10"]
    assert await stock.ledger("B", "S1") == ["DELTA -1", "LAST_ON_HAND 1"]


async def test_del_02_out_of_order(stock: Stage) -> None:
    deltas = {"d1": -4, "d2": -8, "d3": 5}
    for number, order in enumerate(itertools.permutations(deltas)):
        product = f"P{number}"
        await stock.offer(product)
        await stock.load(product, "S1", 10)
        for id_ in order:
            assert await stock.delta((f"{product}-{id_}", product, "S1", deltas[id_])) == "SUCCESS"
        assert await stock.on_hand(product, "S1") == 3


async def test_del_03_duplicate_delta(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.delta(("d1", "A", "S1", -2))
    assert await stock.on_hand("A", "S1") == 8
    await stock.delta(("d1", "A", "S1", -2), ("d4", "A", "S1", -1))
    assert await stock.on_hand("A", "S1") == 7
    assert await stock.ledger("A", "S1") == ["DELTA -1", "DELTA -2", "LAST_ON_HAND 10"]


async def test_del_04_unknown_position_fails_all(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    assert await stock.delta(("d1", "A", "S1", -2), ("d2", "B", "S3", -1)) == "FAILED"
    assert await stock.on_hand("A", "S1") == 10
    position = await stock.position("A", "S1")
    assert position is not None
    assert [q["type"] for q in position["quantities"]] == ["LAST_ON_HAND"]  # whatever their status
    assert await stock.position("B", "S3") is None


async def test_del_05_load_after_deltas(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.delta(("d1", "A", "S1", -3))
    assert await stock.on_hand("A", "S1") == 7
    await stock.load("A", "S1", 7)
    assert await stock.on_hand("A", "S1") == 7
    assert await stock.ledger("A", "S1", "INACTIVE") == ["DELTA -3"]


async def test_del_06_late_delta(stock: Stage) -> None:
    await stock.fill(S1={"A": 10, "B": 10})
    sold = stock.penstock.clock.now()
    await stock.penstock.advance(timedelta(minutes=5))
    await stock.fill(S1={"A": 7, "B": 7})
    await stock.penstock.advance(timedelta(minutes=5))
    assert await stock.delta(("d1", "A", "S1", -3)) == "SUCCESS"
    assert await stock.on_hand("A", "S1") == 4
    late = changes(("d2", "B", "S1", -3))
    late["deltas"][0]["occurredOn"] = sold.isoformat()
    assert await tell(stock, late) == "SUCCESS"
    assert await stock.on_hand("B", "S1") == 7
    assert await stock.ledger("B", "S1", "INACTIVE") == ["DELTA -3"]


async def test_del_06_a_sale_after_the_count_counts(stock: Stage) -> None:
    await stock.load("A", "S1", 7)
    await stock.penstock.advance(timedelta(minutes=5))
    later = changes(("d1", "A", "S1", -3), ("d2", "A", "S1", -1))
    later["deltas"][0]["occurredOn"] = stock.penstock.clock.now().isoformat()
    later["deltas"][1]["occurredOn"] = "yesterday"
    assert await tell(stock, later) == "FAILED"
    assert await stock.on_hand("A", "S1") == 7
    later["deltas"].pop()
    assert await tell(stock, later) == "SUCCESS"
    assert await stock.on_hand("A", "S1") == 4


async def test_del_07_negative_stock(stock: Stage) -> None:
    await stock.fill(S1={"A": 2}, S2={"A": 4})
    await stock.delta(("d1", "A", "S1", -5))
    assert await stock.on_hand("A", "S1") == -3
    assert (await stock.sellable("A", "S1"), await stock.sellable("A", "S2"), await stock.ats("A")) == (0, 4, 4)
    await stock.load("A", "S1", 3)
    assert (await stock.on_hand("A", "S1"), await stock.ats("A")) == (3, 7)

"""Spec 23 §1, §3, §4: counts, corrections and deltas. Counts come as ``InventoryChanged`` events."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from floor import wave_and_pick

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


async def test_inv_01_first_load(stock: Stage) -> None:
    assert await stock.position("A", "S1") is None
    assert await stock.load("A", "S1", 40) == "SUCCESS"
    position = await stock.position("A", "S1")
    assert position is not None
    assert (position["status"], position["productRef"], position["locationRef"]) == ("ACTIVE", "A", "S1")
    assert position["onHand"] == 40
    assert [(q["type"], q["quantity"]) for q in position["quantities"]] == [("LAST_ON_HAND", 40)]
    virtual = await stock.virtual("A", "S1")
    assert virtual is not None
    assert (virtual["quantity"], virtual["groupRef"]) == (40, "S1")


async def test_inv_02_replace_not_add(stock: Stage) -> None:
    await stock.load("A", "S1", 150)
    await stock.load("A", "S1", 170)
    assert await stock.on_hand("A", "S1") == 170
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 170"]
    assert await stock.ledger("A", "S1", "INACTIVE") == []
    assert await stock.sellable("A", "S1") == 170


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


async def test_inv_11_no_change_no_notification(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    before = await stock.virtual("A", "S1")
    await stock.penstock.advance(timedelta(minutes=1))
    assert await stock.load("A", "S1", 10) == "SUCCESS"
    assert await stock.on_hand("A", "S1") == 10
    assert await stock.virtual("A", "S1") == before
    sent = await stock.penstock.events(name="VirtualCatalogueEvent", eventType="ORCHESTRATION")
    assert len(sent) == 1


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
    assert await stock.ledger("A", "S1") == ["CORRECTION -5", "LAST_ON_HAND 5"]
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
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 10"]
    assert await stock.position("B", "S3") is None


async def test_del_05_load_after_deltas(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.delta(("d1", "A", "S1", -3))
    assert await stock.on_hand("A", "S1") == 7
    await stock.load("A", "S1", 7)
    assert await stock.on_hand("A", "S1") == 7
    assert await stock.ledger("A", "S1", "INACTIVE") == ["DELTA -3"]


async def test_del_07_negative_stock(stock: Stage) -> None:
    await stock.fill(S1={"A": 2}, S2={"A": 4})
    await stock.delta(("d1", "A", "S1", -5))
    assert await stock.on_hand("A", "S1") == -3
    assert (await stock.sellable("A", "S1"), await stock.sellable("A", "S2")) == (0, 4)
    await stock.load("A", "S1", 3)
    assert (await stock.on_hand("A", "S1"), await stock.sellable("A", "S1")) == (3, 3)

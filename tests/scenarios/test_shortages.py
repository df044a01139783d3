"""Late and partial loads: the ledger explains them; what can no longer be met is listed and sourced again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from click.testing import CliRunner
from floor import pick, wave, wave_and_pick
from histories import histories
from overtaking import overtake
from stage import Stage, counted

from penstock.cli import main

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["worlds"]

_QUANTITY = "mutation ($input: CreateInventoryQuantityInput) { createInventoryQuantity(input: $input) { id } }"


async def unmet(stock: Stage) -> list[str]:
    """Return what the doctor lists: ``["A:S1:DEFAULT O2 AWAITING_WAVE 1 of 2"]``."""
    status, report = await stock.penstock.client.call("GET", "/api/v4.1/doctor", unchangedFor="0")
    assert (status, report["complete"]) == (200, True)
    assert report["examination"]["stuck"] == []
    found = report["examination"]["unmet"]
    return [f"{u['position']} {u['orderRef']} {u['status']} {u['unmet']} of {u['promised']}" for u in found]


async def buy_in_turn(stock: Stage, *orders: tuple[str, int]) -> None:
    """Place orders of A, one a minute."""
    for ref, units in orders:
        await stock.buy(ref, ("A", units))
        await stock.penstock.advance(timedelta(minutes=1))


async def test_a_count_taken_before_a_pick(stock: Stage) -> None:
    await stock.load("A", "S1", 10)
    await stock.buy("O1", ("A", 3))
    await wave_and_pick(stock, "S1", A=3)
    await stock.load("A", "S1", 10)  # counted before the pick, so three of them are gone
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 10"]
    assert await stock.ledger("A", "S1", "INACTIVE") == ["RESERVED -3", "SALE -3"]
    assert await stock.on_hand("A", "S1") == 10
    await stock.fill(S2={"A": 5})
    assert await stock.buy("O2", ("A", 8)) == ["S1[A8]"]
    await stock.load("A", "S1", 7)  # the next count finds out
    assert await stock.plan("O2") == ["S1[A7]", "S2[A1]"]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 7", "RESERVED -7"]
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])


async def test_a_load_below_what_is_reserved(stock: Stage) -> None:
    await stock.fill(S1={"A": 5}, S2={"A": 9}, W1={"A": 9})
    await buy_in_turn(stock, ("O1", 2), ("O2", 3))
    await stock.load("A", "S1", 4)
    assert (await stock.plan("O1"), await stock.plan("O2")) == (["S1[A2]"], ["S1[A2]", "S2[A1]"])
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 4", "RESERVED -2", "RESERVED -2"]
    assert await stock.on_hand("A", "S1") == 0
    await stock.load("A", "S1", 1)
    assert await stock.plan("O1") == ["S1[A1]", "S2[A1]"]
    assert await stock.statuses("O2") == ["PICK_PACK", "S1 REJECTED", "S2 AWAITING_WAVE", "W1 ASSIGNED"]
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1", "RESERVED -1"]
    assert await stock.ledger("A", "S2") == ["LAST_ON_HAND 9", "RESERVED -1", "RESERVED -1"]
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])
    await wave_and_pick(stock, "S1", A=1)
    assert await stock.ledger("A", "S1") == ["LAST_ON_HAND 1", "SALE -1"]


async def test_repeated_deltas(stock: Stage) -> None:
    await stock.fill(S1={"A": 5}, S2={"A": 9})
    await buy_in_turn(stock, ("O1", 2), ("O2", 2))
    for _ in range(3):
        assert await stock.delta(("d1", "A", "S1", -3)) == "SUCCESS"
        assert await stock.ledger("A", "S1") == ["DELTA -3", "LAST_ON_HAND 5", "RESERVED -2"]
        assert (await stock.plan("O1"), await stock.plan("O2")) == (["S1[A2]"], ["S1[A2]", "S2[A2]"])
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])
    await stock.load("A", "S1", 2)
    assert await stock.ledger("A", "S1", "INACTIVE") == ["DELTA -3", "RESERVED -2"]
    assert await stock.on_hand("A", "S1") == 0


async def test_a_promise_made_while_the_count_came_in(stock: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stock.fill(S1={"A": 5}, S2={"A": 9})
    await buy_in_turn(stock, ("O1", 2))
    overtaken = overtake(monkeypatch, "InventoryChanged", lambda: stock.place("O2", ("A", 2)))
    await Stage.load(stock, "A", "S1", 2)  # enough for the one that it knows
    assert overtaken()
    assert (await stock.plan("O1"), await stock.plan("O2")) == (["S1[A2]"], ["S1[A2]", "S2[A2]"])
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])


async def test_promises_and_counts_at_once_leave_nobody_unmet(stock: Stage) -> None:
    products = [f"P{number}" for number in range(10)]
    for product in products:
        await stock.offer(product)
    await stock.fill(S1=dict.fromkeys(products, 5), S2=dict.fromkeys(products, 9))
    for product in products:
        await stock.buy(f"{product}-X", (product, 2))
        count = counted(product, "S1", 2)
        await asyncio.gather(
            stock.place(f"{product}-Y", (product, 2)),
            stock.penstock.post("InventoryChanged", "INVENTORY_CATALOGUE", stock.stock_catalogue, count),
        )
    await stock.penstock.settle()
    assert await unmet(stock) == []
    for product in products:
        assert await stock.plan(f"{product}-X") == [f"S1[{product}2]"]
        assert (await stock.on_hand(product, "S1"), await stock.on_hand(product, "S2")) == (0, 7)


async def test_nobody_else_has_it(stock: Stage) -> None:
    await stock.load("A", "S1", 2)
    await stock.buy("O1", ("A", 2))
    await stock.load("A", "S1", 1)
    assert await stock.plan("O1") == ["S1[A1]", "RJT_1[A1]"]
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])
    async with histories(stock.penstock.stored) as house:
        for type_, ref in (("ORDER", "O1"), ("INVENTORY_POSITION", "A:S1:DEFAULT")):
            done = await house.replay(await house.subject(type_, ref))
            assert [step.difference.sentence() for step in done.steps if step.difference] == []
            assert done.ending is not None
            assert done.ending.verdict == "EQUAL", done.ending


async def test_what_is_being_picked_is_listed_and_left_to_the_pick(
    stock: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stock.fill(S1={"A": 6}, S2={"A": 9})
    await buy_in_turn(stock, ("O1", 2), ("O2", 2))
    started = await wave(stock, "S1")
    await buy_in_turn(stock, ("O3", 2))
    await stock.load("A", "S1", 1)
    # The newest loses all, and goes elsewhere; of the others, that are being picked, the newer one loses first.
    assert await stock.plan("O3") == ["S1[A2]", "S2[A2]"]
    assert await stock.on_hand("A", "S1") == -3
    assert await unmet(stock) == ["A:S1:DEFAULT O2 ASSIGNED 2 of 2", "A:S1:DEFAULT O1 ASSIGNED 1 of 2"]
    printed = await _doctor(stock, monkeypatch)
    assert "2 fulfilments were promised 3 units that are not there." in printed
    assert await pick(stock, started["id"], A=1) == "SUCCESS"
    assert await unmet(stock) == []
    assert [await stock.plan(ref) for ref in ("O1", "O2")] == [["S1[A2]", "S2[A1]"], ["S1[A2]", "S2[A2]"]]
    await stock.load("A", "S1", 0)
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (0, [])


async def _doctor(stock: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the command prints; it fails, since somebody has to know."""
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", stock.penstock.stored.control)
    result = await asyncio.to_thread(CliRunner().invoke, main, ["doctor", "--unchanged-for", "0"])
    assert result.exit_code == 1, result.output
    return result.output


async def test_stock_below_zero_without_a_promise_concerns_nobody(stock: Stage) -> None:
    await stock.load("A", "S1", 2)
    await stock.delta(("d1", "A", "S1", -5))
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (-3, [])
    assert await stock.penstock.events(name="StockUnmet") == []


async def test_the_order_that_came_first_is_met_whichever_was_sourced_first(stock: Stage) -> None:
    await buy_in_turn(stock, ("O1", 1))
    assert await stock.cancel_fulfilment("O1", 0) == "SUCCESS"
    await stock.fill(S1={"A": 2}, S2={"A": 5})
    await buy_in_turn(stock, ("O2", 1))
    assert await stock.penstock.send("FindAndCreateOrderFulfilment", "ORDER", "O1") == "SUCCESS"
    await stock.load("A", "S1", 1)
    assert await stock.plan("O1") == ["RJT_1[A1]", "S1[A1]"]
    assert await stock.plan("O2") == ["S1[A1]", "S2[A1]"]


async def test_a_promise_that_names_no_fulfilment_that_could_be_is_nobodys(stock: Stage) -> None:
    await stock.load("A", "S1", 5)
    catalogue = {"ref": stock.stock_catalogue}
    position = {"ref": "A:S1:DEFAULT", "catalogue": catalogue}
    about = {"ref": f"MINE:{10**20}", "type": "RESERVED", "quantity": -3}
    await stock.graphql(_QUANTITY, catalogue=catalogue, position=position, **about)
    await stock.penstock.settle()
    await stock.load("A", "S1", 1)
    assert await stock.penstock.events(eventStatus="FAILED") == []
    assert (await stock.on_hand("A", "S1"), await unmet(stock)) == (-2, [])

"""What traces tell of holds: replays end as it was, and dry runs know who had which units (docs/adr/0025)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bench.tools.waiting import until
from dry_runs import changes_nothing, compared, numbered, played, without_rule
from histories import histories
from holding import HoldDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dry_runs import Played
    from stage import Stage

    from running import Node, Stored

pytest_plugins = ["worlds"]

ORDERS = ("O1", "O2", "O3", "O4", "O5", "O6")


async def play(shop: Stage) -> None:
    """Buy with holds and without: taken over, shared out, too late; scarce enough that it matters."""
    desk, tick = HoldDesk(shop), timedelta(minutes=1)
    await shop.fill(SYD_01={"TSHIRT": 3}, SYD_02={"TSHIRT": 1, "CAP": 2}, DC_01={"JEANS": 2})
    await desk.hold("1", ("TSHIRT", 2))
    await desk.hold("2", ("JEANS", 2), expiresInSeconds=60)
    await desk.hold("3", ("CAP", 2), ("TSHIRT", 1))
    await shop.penstock.advance(tick)
    again = ("2", ("JEANS", 2))
    await until(lambda: desk.ask(*again), lambda answer: answer[1]["status"] != "ACTIVE", seconds=60, every=0.05)
    await shop.penstock.settle()
    for order, hold, product, units in (
        ("O1", "1", "TSHIRT", 2),
        ("O2", "", "TSHIRT", 2),
        ("O3", "3", "CAP", 1),
        ("O4", "", "CAP", 1),
        ("O5", "2", "JEANS", 1),
    ):
        await shop.penstock.advance(tick)
        await desk.buy(order, hold, (product, units))
    await shop.penstock.advance(tick)
    await shop.cancel("O1")
    await desk.buy("O6", "1", ("TSHIRT", 1))


@pytest.fixture(scope="module")
async def record(order_world: Stored) -> AsyncIterator[Played]:
    """Return the world that was recorded."""
    async with played(order_world, play, "ORDER::HD", numbered) as world:
        yield world


async def test_orders_and_positions_replay_to_what_is_stored(record: Played) -> None:
    async with histories(record.stored) as house:
        for ref in ORDERS:
            done = await house.replay(await house.subject("ORDER", ref))
            assert [s.difference for s in done.steps if s.difference] == []
            assert done.ending is not None
            assert done.ending.verdict == "EQUAL", (ref, done.ending)
        for ref in ("TSHIRT:SYD-01:DEFAULT", "CAP:SYD-02:DEFAULT", "JEANS:DC-01:DEFAULT"):
            done = await house.replay(await house.subject("INVENTORY_POSITION", ref))
            assert [s.difference for s in done.steps if s.difference] == []
            assert [note for s in done.steps for note in s.notes] == []


async def test_the_same_workflow_would_change_nothing(record: Played) -> None:
    assert await changes_nothing(record, record.document) >= len(ORDERS)


def unheard(document: Node) -> Node:
    """Let orders be sourced without their holds."""
    return without_rule("FindAndCreateOrderFulfilment", "TakeOverHolds")(numbered(document, "1.2"))


async def test_without_the_rule_what_is_held_is_for_nobody(order_world: Stored, record: Played) -> None:
    """What a dry run tells is what really happens."""
    async with played(order_world, play, "ORDER::HD", unheard) as real:
        report, told, really = await compared(record, real)
    assert report.unknown == []
    assert {d[1] for d in told} > {"O1-1-1", "O3-1", "TSHIRT:SYD-01:DEFAULT", "TSHIRT:SYD-01"}
    assert told == really


async def test_the_audit_shows_that_a_hold_was_taken_over(stock: Stage) -> None:
    desk = HoldDesk(stock)
    await stock.load("A", "S1", 2)
    made = await desk.hold("CART-1", ("A", 2))
    await desk.buy("O1", "CART-1", ("A", 2))
    told = [stock.values(event) for event in await stock.penstock.events(context__rootEntityRef="O1")]
    [taken] = [values["variables"] for values in told if values.get("mutation") == "takeOverHold"]
    assert taken["hold"] == {"id": made["id"]}
    assert list(taken["units"].values()) == [2]

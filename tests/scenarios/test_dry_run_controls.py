"""Dry runs where controls have a say in what can be sold: they end as where the change was really deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from controls import Controls
from dry_runs import changes_nothing, compared, numbered, played, without, without_rule, without_unknown
from scripts import bought, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from dry_runs import Played
    from stage import Stage

    from running import Node, Stored

    Change = Callable[[Node], Node]
    Script = Callable[[Stage], Awaitable[None]]

pytest_plugins = ["worlds"]

INVENTORY, VIRTUAL = "INVENTORY_CATALOGUE::DEFAULT", "VIRTUAL_CATALOGUE::BASE"
CHANGES = {
    "promises are not given back": (INVENTORY, without("CancelInventory")),
    "deltas are not stored": (INVENTORY, without("CreateInventoryDelta")),
    "controls are never looked at": (VIRTUAL, without_rule("UpdateVirtualPosition", "UpdateBaseVirtualPosition")),
}


def script(type_: str, value: int, *, sums: bool = False) -> Script:
    """Return a day on which such a control is over all places of one product, and over one place of another."""

    async def play(shop: Stage) -> None:
        controls = await (Controls(shop).build() if sums else Controls(shop).group())
        await shop.fill(SYD_01={"TSHIRT": 6, "CAP": 5}, SYD_02={"TSHIRT": 2}, MEL_01={"CAP": 3}, DC_01={"JEANS": 9})
        await controls.add(type_, "TSHIRT", value, 4)
        await controls.add(type_, "JEANS:DC-01", value, 3)
        await bought(shop, ("R1", "TSHIRT", 3, "CAP", 1), ("R2", "TSHIRT", 2, "JEANS", 1))
        await said(shop, "OrderCancel", "ORDER", "R1")
        await bought(shop, ("R3", "TSHIRT", 2, "CAP", 1), ("R4", "JEANS", 7, "CAP", 1))
        await shop.delta(("D1", "TSHIRT", "SYD-02", 3), ("D2", "JEANS", "DC-01", -2))
        await bought(shop, ("R5", "TSHIRT", 3, "JEANS", 1), ("R6", "TSHIRT", 3, "JEANS", 2))
        await said(shop, "OrderCancel", "ORDER", "R2")
        await shop.load("TSHIRT", "SYD-01", 4)
        await bought(shop, ("R7", "TSHIRT", 4, "JEANS", 2), ("R8", "TSHIRT", 1, "CAP", 1))

    return play


TERMS = {"held back": ("QUANTITY_BUFFER", -2), "headroom": ("QUANTITY_BUFFER", 2), "share": ("PERCENTAGE_BUFFER", 30)}


@pytest.fixture(scope="module", params=[*TERMS.values()], ids=[*TERMS])
async def day(order_world: Stored, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Script, Played]]:
    play = script(*request.param)
    async with played(order_world, play, INVENTORY, numbered) as world:
        yield play, world


async def test_the_same_workflow_changes_nothing(day: tuple[Script, Played]) -> None:
    _, record = day
    await changes_nothing(record, record.document, (0, 3), (2, 6))


@pytest.mark.parametrize(("name", "change"), [*CHANGES.values()], ids=[*CHANGES])
async def test_a_dry_run_finds_what_really_becomes_of_stock(
    order_world: Stored, day: tuple[Script, Played], name: str, change: Change
) -> None:
    play, record = day
    async with played(order_world, play, name, lambda document: change(numbered(document, "1.2"))) as real:
        report, told, really = await compared(record, real)
    assert report.unknown == []
    assert told == really
    assert told


async def test_a_sum_that_nobody_knows_hides_nothing_else(order_world: Stored) -> None:
    play = script("QUANTITY_BUFFER", 2, sums=True)
    name, change = CHANGES["promises are not given back"]
    async with (
        played(order_world, play, name, numbered) as record,
        played(order_world, play, name, lambda document: change(numbered(document, "1.2"))) as real,
    ):
        report, told, really = await compared(record, real)
    assert {str(u.ref).partition(":")[2] for u in report.unknown} == {"ATS_HD:1"}
    assert told == without_unknown(report, really)
    assert told

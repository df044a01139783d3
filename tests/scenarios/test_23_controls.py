"""Spec 23 §8 (and CON-06): buffers, exclusions, thresholds and sums."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import queries
from controls import Controls
from histories import histories
from test_23_profiles import buy, install, profile, strategy

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

PLACES = ("S1", "S2", "W1", "S3")
UPDATE_POSITION = """mutation ($input: UpdateInventoryPositionInput) {
  updateInventoryPosition(input: $input) { status } }"""


@pytest.fixture
async def controls(stock: Stage) -> Controls:
    """Return the stock of AVL-01: ten, three, two too few, and fifty that are switched off."""
    made = await Controls(stock).build()
    await stock.fill(S1={"A": 10}, S2={"A": 3}, W1={"A": 0}, S3={"A": 50})
    await stock.delta(("d1", "A", "W1", -2))
    position = {"ref": "A:S3:DEFAULT", "catalogue": {"ref": stock.stock_catalogue}}
    await stock.graphql(UPDATE_POSITION, **position, status="INACTIVE")
    for quantity in (51, 50):
        await stock.load("A", "S3", quantity)  # a mutation tells nobody; a count does
    return made


async def update(controls: Controls, control: str, value: int) -> None:
    """Give a control another value, by its workflow."""
    event = {"controlValue": value}
    assert await controls.stage.penstock.send("UpdateControl", "CONTROL", control, event) == "SUCCESS"


async def test_avl_01_base_and_aggregate(controls: Controls) -> None:
    stage = controls.stage
    assert [await stage.on_hand("A", place) for place in PLACES] == [10, 3, -2, 50]
    assert await controls.shown("A", *PLACES) == [10, 3, 0, 0, 13]
    total = await stage.total("A")
    assert total is not None
    assert (total["groupRef"], total["status"]) == (stage.sums, "ACTIVE")
    await stage.update_location(id=await stage.location_id("S2"), status="INACTIVE")
    await stage.penstock.send("LocationStatusChanged", "INVENTORY_CATALOGUE", "DEFAULT:1", {"locationRef": "S2"})
    assert await controls.shown("A", *PLACES) == [10, 0, 0, 0, 10]


async def test_avl_02_product_buffer(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    assert await controls.shown("A", *PLACES) == [5, 0, 0, 0, 5]


async def test_avl_03_no_stacking(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await controls.add("QUANTITY_BUFFER", "A:S1", -1, 3)
    assert await controls.shown("A", *PLACES) == [9, 0, 0, 0, 9]


async def test_avl_04_order_number_decides(controls: Controls) -> None:
    stage = controls.stage
    await controls.add("QUANTITY_BUFFER", "CAT1", -3, 5)
    await controls.add("QUANTITY_BUFFER", "S1", -1, 6)
    await stage.load("A", "S1", 11)
    await stage.load("A", "S1", 10)
    assert (await controls.shown("A", "S1"))[0] == 7
    await controls.change("QUANTITY_BUFFER", "S1", executionOrder=2)
    await stage.load("A", "S1", 12)
    assert (await controls.shown("A", "S1"))[0] == 11


async def test_avl_05_exclusion_wins(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await controls.add("QUANTITY_BUFFER", "A:S1", -1, 3)
    exclusion = await controls.add("EXCLUSION", "A", order=99)
    assert await controls.shown("A", *PLACES) == [0, 0, 0, 0, 0]
    assert await controls.stage.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    assert await controls.stage.penstock.send("DeactivateControl", "CONTROL", exclusion) == "SUCCESS"
    assert await controls.shown("A", *PLACES) == [9, 0, 0, 0, 9]


async def test_avl_06_master_buffer(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    master = await controls.add("MASTER_BUFFER", "A", -2)
    assert await controls.shown("A", *PLACES) == [5, 0, 0, 0, 3]
    for value, total in ((-10, 0), (4, 9)):
        await update(controls, master, value)
        assert await controls.shown("A", *PLACES) == [5, 0, 0, 0, total]


async def test_avl_07_without_control_group(controls: Controls) -> None:
    await controls.over(controls.base, controlGroupRef=None)
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    assert await controls.shown("A", *PLACES) == [10, 3, 0, 0, 5]


async def test_avl_08_when_a_control_change_works(controls: Controls) -> None:
    control = await controls.add("QUANTITY_BUFFER", "A:S1", -1, 3)
    assert (await controls.shown("A", "S1"))[0] == 9
    await update(controls, control, -4)
    assert (await controls.shown("A", "S1"))[0] == 6


async def test_avl_08_a_category_waits_for_the_next_stock_event(controls: Controls) -> None:
    stage = controls.stage
    control = await controls.add("QUANTITY_BUFFER", "CAT1", -3, 5)
    await stage.load("A", "S1", 11)
    await stage.load("A", "S1", 10)
    assert (await controls.shown("A", "S1"))[0] == 7
    await update(controls, control, -4)
    assert (await controls.shown("A", "S1"))[0] in {6, 7}
    await stage.load("A", "S1", 12)
    assert (await controls.shown("A", "S1"))[0] == 8


async def thresholds(controls: Controls) -> None:
    """Let the base catalogue tell from three units on that a position is at risk, and from none that it is out."""
    groups = [{"name": "controlGroups", "type": "JSON", "value": ["CG_ONLINE"]}]
    await controls.over(controls.base, attributes=groups)
    await controls.threshold(controls.base, 0, "OUT_OF_STOCK", 1)
    await controls.threshold(controls.base, 3, "AT_RISK", 2)


async def statuses(controls: Controls) -> list[str]:
    """Return the status of the position of A at S1 after each of five counts."""
    seen = []
    for quantity in (7, 3, 1, 0, 4):
        await controls.stage.load("A", "S1", quantity)
        position = await controls.stage.virtual("A", "S1")
        assert position is not None
        assert position["quantity"] == quantity
        seen.append(position["status"])
    return seen


async def test_avl_09_thresholds(controls: Controls) -> None:
    assert await statuses(controls) == ["ACTIVE"] * 5
    await thresholds(controls)
    assert await statuses(controls) == ["ACTIVE", "AT_RISK", "AT_RISK", "OUT_OF_STOCK", "ACTIVE"]


@pytest.mark.parametrize(
    ("accepted", "plan"), [(["ACTIVE", "AT_RISK"], ["S1[A1]"]), (["ACTIVE"], ["RJT_1[A1]"])], ids=["both", "ACTIVE"]
)
async def test_avl_10_thresholds_and_selling(controls: Controls, accepted: list[str], plan: list[str]) -> None:
    stage = controls.stage
    await thresholds(controls)
    await install(stage, positionStatuses=accepted)
    await profile(stage, strategy("NEAREST", "locationDistance"))
    await stage.fill(S1={"A": 2}, S2={"A": 0})
    position = await stage.virtual("A", "S1")
    assert position is not None
    assert (position["quantity"], position["status"]) == (2, "AT_RISK")
    assert await buy(stage, "O1", ("A", 1)) == plan


async def test_avl_10_the_rule_chain_sells_the_last_units(controls: Controls) -> None:
    stage = controls.stage
    await thresholds(controls)
    await stage.fill(S1={"A": 4}, S2={"A": 0})
    assert await stage.buy("O1", ("A", 2)) == ["S1[A2]"]  # the promise alone brings it to two
    position = await stage.virtual("A", "S1")
    assert position is not None
    assert (position["quantity"], position["status"]) == (2, "AT_RISK")
    assert await stage.buy("O2", ("A", 1)) == ["S1[A1]"]


async def test_avl_14_percentage_buffer(controls: Controls) -> None:
    await controls.add("PERCENTAGE_BUFFER", "A", 20)
    await controls.stage.load("A", "S1", 7)
    assert await controls.stage.on_hand("A", "S1") == 7
    assert await controls.shown("A", *PLACES) == [5, 2, 0, 0, 7]
    await controls.stage.buy("O1", ("A", 1))
    assert await controls.shown("A", *PLACES) == [4, 2, 0, 0, 6]  # the database computes what the rule does


async def test_con_06_buffer_race(controls: Controls) -> None:
    stage = controls.stage
    await stage.fill(S1={"A": 3}, S2={"A": 0})
    await controls.add("QUANTITY_BUFFER", "A", -2, 4)
    assert await controls.shown("A", *PLACES) == [1, 0, 0, 0, 1]
    await asyncio.gather(*(stage.place(ref, ("A", 1)) for ref in ("O1", "O2")))
    await stage.penstock.settle()
    assert sorted([await stage.plan("O1"), await stage.plan("O2")]) == [["RJT_1[A1]"], ["S1[A1]"]]
    assert await stage.on_hand("A", "S1") == 2
    assert await controls.shown("A", *PLACES) == [0, 0, 0, 0, 0]


async def test_headroom_is_not_promised(controls: Controls) -> None:
    stage = controls.stage
    await stage.fill(S1={"A": 1}, S2={"A": 0})
    await controls.add("QUANTITY_BUFFER", "A:S1", 5, 3)
    assert await controls.shown("A", *PLACES) == [6, 0, 0, 0, 6]
    assert await stage.buy("O1", ("A", 3)) == ["S1[A1]", "RJT_1[A2]"]
    assert await stage.on_hand("A", "S1") == 0
    assert await stage.buy("O2", ("A", 1)) == ["RJT_1[A1]"]


async def test_what_somebody_wrote_is_not_promised_beyond_what_is_there(stock: Stage) -> None:
    await stock.fill(S1={"A": 3}, S2={"A": 5})
    base = {"ref": f"BASE:{stock.retailer}"}
    await stock.graphql(queries.UPDATE_VIRTUAL_POSITION, ref="A:S1", catalogue=base, quantity=100)
    await stock.graphql(
        queries.CREATE_VIRTUAL_POSITION,
        ref="A:W1",
        type="BASE",
        catalogue=base,
        quantity=100,
        productRef="A",
        groupRef="W1",
    )
    assert await stock.buy("O1", ("A", 9)) == ["S1[A3]", "S2[A5]", "RJT_1[A1]"]


async def test_many_counts_at_once_make_one_sum(controls: Controls) -> None:
    await controls.stage.fill(**{place: {"B": 4} for place in ("S1", "S2", "S3", "W1", "W2")})
    assert (await controls.shown("B"))[-1] == 20


async def test_a_failing_control_leaves_all_as_it_is(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", "few")
    assert await controls.shown("A", *PLACES) == [10, 3, 0, 0, 13]
    failed = await controls.stage.penstock.events(eventStatus="FAILED", eventType="ORCHESTRATION")
    assert {event["context"]["entityType"] for event in failed} == {"VIRTUAL_CATALOGUE", "VIRTUAL_POSITION"}


async def test_what_controls_made_replays_to_what_is_stored(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    narrow = await controls.add("QUANTITY_BUFFER", "A:S1", -1, 3)
    await controls.add("MASTER_BUFFER", "A", 2)
    await update(controls, narrow, -3)
    await controls.stage.buy("O1", ("A", 2))
    assert await controls.shown("A", *PLACES) == [5, 0, 0, 0, 7]
    buffer = "CG_ONLINE:QUANTITY_BUFFER:A:S1"
    subjects = [("VIRTUAL_POSITION", "A:S1"), ("VIRTUAL_POSITION", f"A:{controls.stage.sums}"), ("CONTROL", buffer)]
    differences = []
    async with histories(controls.stage.penstock.stored) as house:
        for type_, ref in subjects:
            done = await house.replay(await house.subject(type_, ref))
            assert done.ending is not None
            assert [step.difference.sentence() for step in done.steps if step.difference] == []
            differences += [(ref, change.column) for change in done.ending.differences]
    assert differences == [("A:S1", "updated_on")]  # the promise has changed it, without an event of its own

"""Batches executed as sets: what comes of them, and what the log tells, is what single events would have left."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import queries
from controls import Controls
from stage import counted
from stockloads import completed, count, job, loaded, send

from penstock.orchestration import worker
from penstock.orchestration.sets import execution, lanes, working
from penstock.rules.sets import FORMS, LeaveError, Members, SetAction, UpdateAll

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

_LEDGER = """query ($in: InventoryCatalogueKey!) {
  inventoryPositions(catalogue: $in, first: 500) { edges { node {
    ref type status productRef locationRef onHand workflowRef workflowVersion attributes { name type value }
    quantities(first: 100) { edges { node {
      ref type status quantity condition expectedOn storageAreaRef workflowRef attributes { name type value } } } }
  } } } }"""
_SHOWN = """query ($in: VirtualCatalogueKey!) {
  virtualPositions(catalogue: $in, first: 500) { edges { node {
    ref type status productRef groupRef quantity workflowRef workflowVersion } } } }"""
_STOCK = {"INVENTORY_CATALOGUE", "VIRTUAL_CATALOGUE"}
_OWN = {"entityId", "id"}  # differ from stage to stage
_IDS = re.compile(r"\d{5,}")


def plain(value: Any) -> Any:
    """Return a value without ids and without what is null, in an order of its own."""
    if isinstance(value, str):
        return _IDS.sub("#", value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in sorted(value.items()) if v is not None and k not in _OWN}
    return [plain(v) for v in value] if isinstance(value, list) else value


def edges(found: Node) -> list[Node]:
    (connection,) = found.values()
    return sorted((plain(edge["node"]) for edge in connection["edges"]), key=json.dumps)


async def state(stage: Stage, controls: Controls) -> list[list[Node]]:
    """Return everything that is stored of stock."""
    ask = stage.penstock.client.graphql
    shown = [edges(await ask(_SHOWN, **{"in": {"ref": ref}})) for ref in (controls.base, controls.stage.sums)]
    positions = edges(await ask(_LEDGER, **{"in": {"ref": stage.stock_catalogue}}))
    for position in positions:
        position["quantities"] = sorted((edge["node"] for edge in position["quantities"]["edges"]), key=json.dumps)
    return [positions, *shown]


async def told(stage: Stage) -> set[str]:
    """Return what the log tells, each thing once; not of sums, which are computed less often for a set."""
    found = set()
    for event in await stage.penstock.events(eventType="ORCHESTRATION"):
        context = event["context"]
        if context["rootEntityType"] not in _STOCK or context["rootEntityRef"] == f"ATS_HD:{stage.retailer}":
            continue
        values = plain(stage.values(event))
        values.pop("virtualCatalogueNetworkIds", None)
        about = [event["name"], event["eventStatus"], event["source"], context["entityType"], context["entityRef"]]
        found.add(json.dumps(plain([*about, context["rootEntityRef"], values])))
    return found


async def ran(stage: Stage) -> set[str]:
    """Return which rulesets, rules and actions the audit tells of what, each once."""
    found = set()
    for entry in await stage.penstock.events(eventType="ORCHESTRATION_AUDIT"):
        context = entry["context"]
        told_of = entry["category"] not in {"snapshot", "CUSTOM"} and entry["name"] != execution.SKIPPED
        if told_of and context["rootEntityType"] in _STOCK:
            about = [entry["category"], entry["name"], entry["eventStatus"], context["entityType"]]
            found.add(json.dumps(plain([*about, context["entityRef"]])))
    return found


async def history(stage: Stage) -> Controls:
    """Load stock of all kinds, among sales, corrections, controls and thresholds."""
    controls = await Controls(stage).build()
    await controls.add("QUANTITY_BUFFER", "A", -2, 4)
    await controls.add("QUANTITY_BUFFER", "B:S1", -1, 3)
    await controls.add("MASTER_BUFFER", "A", -1)
    await loaded(stage, *(count(sku, place, 10) for sku in "ABC" for place in ("S1", "S2", "W1")))
    await stage.buy("X1", ("A", 2), ("B", 1))
    await stage.delta(("d1", "C", "S1", -3), ("d2", "A", "S2", 1))
    expected = {"type": "EXPECTED", "ref": "PO-7:A", "expectedOn": "2030-01-02T00:00:00Z", "condition": "NEW"}
    await loaded(
        stage,
        count("A", "S1", 12),
        count("C", "S1", 7, correctedQty=1),
        count("C", "S2", 0),
        count("B", "S2", 10),
        count("A", "W1", 25, **expected),
        count("B", "W1", 4, attributes={"lot": 7, "storageAreaRef": "A1"}),
        count("B", "S3", 3, type="DISPLAY"),
        count("D", "S1", 4),  # no such product
        count("A", "S9", 4),  # no such place
    )
    await loaded(stage, *(count("A", "S1", n) for n in (5, 6, 7)), meta={"preprocessing": "skip"})
    await _other_quantities(stage)
    await stage.graphql(queries.CREATE_PRODUCT, **_product(stage, "D"))
    await stage.penstock.settle()
    await loaded(stage, count("D", "S1", 5), count("A", "S9", 5), count("C", "S1", 2, correctedQty=0))
    return controls


async def _other_quantities(stage: Stage) -> None:
    """Count quantities that are there already: under refs of their own, and no longer counting under the usual one."""
    displayed = (count("B", "W1", n, type="DISPLAY", ref=f"B:{n}") for n in (2, 3))
    await loaded(stage, count("C", "W1", 3, type="CORRECTION"), *displayed)
    await loaded(stage, count("C", "W1", 9), count("B", "W1", 5, type="DISPLAY"), count("A", "W1", 30, type="EXPECTED"))
    await loaded(stage, count("C", "W1", 4, type="CORRECTION"))


def _product(stage: Stage, ref: str) -> Node:
    return {
        "ref": ref,
        "type": "STANDARD",
        "gtin": ref,
        "name": ref,
        "catalogue": {"ref": f"PC:MASTER:{stage.retailer}"},
    }


Stages = Callable[[], AbstractAsyncContextManager["Stage"]]


async def outcome(stages: Stages) -> tuple[int, list[list[Node]], list[set[str]]]:
    """Return how many events were executed in sets, what is stored of stock, and what the log tells."""
    async with stages() as stage:
        controls = await history(stage)
        return await members(stage), await state(stage, controls), [await told(stage), await ran(stage)]


async def test_a_set_does_what_its_members_would_do_one_by_one(stocks: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    as_sets, rows, log = await outcome(stocks)
    monkeypatch.setattr(execution, "FORMS", {})
    alone, wanted_rows, wanted_log = await outcome(stocks)
    assert as_sets > alone == 0
    assert rows == wanted_rows
    for found, wanted in zip(log, wanted_log, strict=True):
        assert sorted(found ^ wanted) == []


@pytest.mark.parametrize("wrong", [True, False])
async def test_what_cannot_follow_at_once_goes_through_the_queue(
    stocks: Stages, monkeypatch: pytest.MonkeyPatch, *, wrong: bool
) -> None:
    at_once = await outcome(stocks)
    followed = []
    if wrong:
        within = working.Sets.within

        async def failing(self: working.Sets, *about: Any, **named: Any) -> Any:
            _, _, event, _, _, *lent = about
            followed.append(event.name)
            if lent:
                raise ValueError(event.name)
            return await within(self, *about, **named)

        monkeypatch.setattr(working.Sets, "within", failing)
    else:
        monkeypatch.setattr(working, "HELD", 0)
    assert await outcome(stocks) == at_once
    assert bool(followed) is wrong


async def members(stage: Stage) -> int:
    """Return how many events were executed in sets."""
    return await stage.penstock.in_sets()


async def test_the_log_finds_a_member_by_what_it_is_about_and_by_its_id(stock: Stage) -> None:
    await loaded(stock, *(count(sku, place, 10) for sku in "ABC" for place in ("S1", "S2", "W1")))
    find = stock.penstock.events
    own = await find(context__entityRef="B:S2:DEFAULT", context__entityType="INVENTORY_POSITION")
    events = [e for e in own if e["type"] == "ORCHESTRATION"]
    assert {e["name"] for e in events} >= {"CREATE", "ActivateInventoryPosition", "NotifyVirtualCatalogues"}
    assert {e["context"]["entityRef"] for e in own} == {"B:S2:DEFAULT"}
    position = events[0]["context"]["entityId"]
    by_id = await find(context__entityId=position, context__entityType="INVENTORY_POSITION")
    assert [e["id"] for e in by_id] == [e["id"] for e in own]
    for entry in own:
        assert await stock.penstock.event_by_id(entry["id"]) == entry
    (change,) = [
        e
        for e in await find(name="InventoryChanged", eventType="ORCHESTRATION")
        if stock.values(e)["inventoryPosition"]["ref"] == "B:S2:DEFAULT"
    ]
    (created,) = [e for e in events if e["name"] == "CREATE"]
    caused = await find(context__sourceEvents=change["id"], eventType="ORCHESTRATION")
    assert [e["name"] for e in caused] == ["CheckInventoryPositionExists"]
    (notified,) = [e for e in events if e["name"] == "NotifyVirtualCatalogues"]
    told_ = await find(context__sourceEvents=notified["id"], eventType="ORCHESTRATION")
    assert [(e["name"], stock.values(e)["inventoryPositionRef"]) for e in told_] == [
        ("VirtualCatalogueEvent", "B:S2:DEFAULT")
    ]
    assert created["context"]["sourceEvents"] != []


async def test_pages_of_the_log_count_the_members_of_sets(stock: Stage) -> None:
    await loaded(stock, *(count(sku, place, 10) for sku in "ABC" for place in ("S1", "S2", "S3", "W1", "W2")))
    everything = await stock.penstock.events()
    paged: list[Node] = []
    while len(paged) < len(everything):
        paged += await stock.penstock.events(start=str(len(paged)), count="170")
    assert [e["id"] for e in paged] == [e["id"] for e in everything]
    assert len({e["id"] for e in everything}) == len(everything)


async def test_what_waits_for_its_product_is_created_and_not_for_sale(stock: Stage) -> None:
    await loaded(stock, count("A", "S1", 10), count("D", "S1", 4), count("A", "S9", 4))
    position = await stock.position("D", "S1")
    assert position is not None
    assert (position["status"], position["onHand"]) == ("CREATED", 4)
    assert (await stock.sellable("A", "S1"), await stock.virtual("D", "S1")) == (10, None)


async def test_a_count_overtakes_nothing_that_waits_for_its_position(stock: Stage) -> None:
    """Given another count that waits, then one that says what is stored is not left out: the last one wins."""
    await loaded(stock, count("A", "S1", 5))
    async with stock.penstock.holding("inventory_position"):
        waiting = counted("A", "S1", 7)
        await stock.penstock.post("InventoryChanged", "INVENTORY_CATALOGUE", stock.stock_catalogue, waiting)
        client = stock.penstock.client
        job_id = await job(client, stock.retailer)
        batch = await completed(client, job_id, await send(client, job_id, [count("A", "S1", 5)]))
        assert batch["skipped"] == 0
    await stock.penstock.settle()
    assert await stock.on_hand("A", "S1") == 5


async def test_who_leaves_a_set_does_not_take_along_what_it_has_changed(
    stock: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that member, the set begins anew, from what is stored."""
    places = ("S1", "S2", "S3")
    await loaded(stock, *(count("A", place, 5) for place in places))
    tried = []

    async def marks(members: Members) -> list[SetAction]:
        return [UpdateAll([(n, members.entities[n], {"status": "MARKED"}) for n in members.numbers])]

    async def leaves(members: Members) -> list[SetAction]:
        tried.append(len(members.numbers))
        if len(tried) == 1:
            raise LeaveError([0], "it has to")
        return []

    monkeypatch.setitem(FORMS, "globalinventory.UpdateBaseVirtualPosition", marks)
    monkeypatch.setitem(FORMS, "globalinventory.ApplyThresholdControlsToVirtualPosition", leaves)
    await loaded(stock, *(count("A", place, 9) for place in places))
    shown = [await stock.virtual("A", place) for place in places]
    assert tried[:2] == [3, 2]  # and then a sum
    assert [(one["status"], one["quantity"]) for one in shown if one] == [("ACTIVE", 9), ("MARKED", 9), ("MARKED", 9)]


async def test_sums_that_wait_are_computed_once_however_few_a_worker_claims(
    stock: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await loaded(stock, *(count(sku, place, 10) for sku in "AB" for place in ("S1", "S2")))
    gate, work, computed = asyncio.Event(), lanes.work, FORMS["globalinventory.UpdateAggregateVirtualPosition"]
    products: list[str] = []

    async def waits(*about: Any) -> None:
        await gate.wait()
        await work(*about)

    async def counts_them(members: Members) -> Sequence[SetAction]:
        products.extend(members.entities[n].product_ref for n in members.numbers)
        return await computed(members)

    monkeypatch.setattr(lanes, "work", waits)
    monkeypatch.setattr(worker, "EVENTS", 1)  # of a lane in a batch
    monkeypatch.setitem(FORMS, "globalinventory.UpdateAggregateVirtualPosition", counts_them)
    client = stock.penstock.client
    job_id = await job(client, stock.retailer)
    for n in (11, 12, 13):
        for records in ([count("A", "S1", n), count("B", "S1", n)], [count("A", "S2", n)]):
            await completed(client, job_id, await send(client, job_id, records))
    gate.set()
    await stock.penstock.settle()
    assert sorted(products) == ["A", "B"]
    assert [await stock.ats(product) for product in "AB"] == [26, 23]
    told_of = await stock.penstock.events(eventType="ORCHESTRATION_AUDIT", name=execution.SKIPPED, category="rule")
    assert len(told_of) == 7  # of nine sums


@pytest.mark.parametrize("wrong", [False, True])
async def test_who_has_lost_the_lease_writes_nothing_of_a_set(
    stock: Stage, monkeypatch: pytest.MonkeyPatch, *, wrong: bool
) -> None:
    """Nor does it take the set apart, whatever else is wrong with it."""
    await loaded(stock, *(count(sku, "S1", 10) for sku in "AB"))
    alone = f"SELECT id FROM event WHERE root_ref = '{stock.sums}' AND members IS NULL"
    before = await _asked(stock, alone)
    execute, tried = working.Sets.execute, []

    async def buried(self: working.Sets, connection: Any, batch: Any, pending: Any, *about: Any) -> Any:
        found = await execute(self, connection, batch, pending, *about)
        if pending.root_ref == stock.sums:
            tried.append(pending.id)
            if len(tried) == 1:
                await _bury(stock)
                if wrong:
                    raise LookupError("somebody else has done it")
        return found

    monkeypatch.setattr(working.Sets, "execute", buried)
    client = stock.penstock.client
    job_id = await job(client, stock.retailer)
    await completed(client, job_id, await send(client, job_id, [count(sku, "S1", 12) for sku in "AB"]))
    await stock.penstock.settle()
    assert tried == [tried[0]] * 2
    assert [await stock.ats(sku) for sku in "AB"] == [12, 12]
    assert await _asked(stock, alone) == before


async def _bury(stage: Stage) -> None:
    """Have all workers lose their leases, as when others hear no heart beat."""
    await _asked(stage, "UPDATE worker SET alive = false")
    await _asked(stage, "UPDATE slot SET worker = NULL")


async def _asked(stage: Stage, query: str) -> list[Any]:
    connection = await asyncpg.connect(stage.penstock.stored.account)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()

"""Spec 23 §9: fulfilment options, the quotations that promise nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from histories import histories
from quotes import PLANS, ask, places, wanted

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

CART = (("A", 2), ("B", 1))
SHORT = [
    {"code": "OUT_OF_STOCK", "message": "SKU A: 1 of 2 not available"},
    {"code": "OUT_OF_STOCK", "message": "SKU B: 1 of 1 not available"},
]
BY_ID = f"query ($id: ID!) {{ fulfilmentOptionById(id: $id) {{ status {PLANS} }} }}"


@pytest.fixture
async def quick(stock: Stage) -> Stage:
    """Return the stage where S1 starts picking within four hours, and others when they please."""
    await stock.set("PICK_N_PACK_TIME_LIMIT", 4, context="AGENT", context_id=int(await stock.location_id("S1")))
    return stock


@pytest.fixture
async def split(quick: Stage) -> Stage:
    """Return the stock of FO-01."""
    await quick.fill(S1={"A": 1}, S2={"A": 5, "B": 1}, W1={"A": 50, "B": 50})
    return quick


async def collecting(stage: Stage, radius: int | None = None) -> None:
    """Let customers collect at S1 and S2, found by themselves within a radius (km)."""
    network = await stage.network(f"CC_{stage.retailer}")
    for ref in ("S1", "S2"):
        await stage.update_location(id=await stage.location_id(ref), networks=[{"id": network}])
    if radius is not None:
        document = stage.penstock.workflow("FULFILMENT_OPTIONS::CC")
        props = [r["props"] for s in document["rulesets"] for r in s["rules"] if "locationPickupRadius" in r["props"]]
        props[0]["locationPickupRadius"] = str(radius)
        await stage.penstock.install({**document, "version": "1.1"})
    await stage.penstock.settle()


def attributes(plan: Node) -> dict[str, Any]:
    """Return the attributes of a plan by name."""
    return {a["name"]: a["value"] for a in plan["attributes"]}


async def test_fo_01_home_delivery_split_plan(split: Stage) -> None:
    status, (plan,) = await ask(split, "CART-1", *CART)
    assert status == "COMPLETE"
    assert (plan["type"], plan["status"], plan["splitCount"], plan["eta"]) == ("HD", "FULFILLED", 1, "24")
    assert (plan["workflowRef"], plan["exceptions"]) == ("FULFILMENT_OPTIONS::HD", [])
    assert places(plan) == [("S1", "4", "A 1 of 2"), ("S2", "24", "A 5 of 2, B 1 of 1")]
    assert {f["fulfilmentType"] for f in plan["fulfilments"]} == {"HD_PFS"}
    assert {i["catalogueRef"] for f in plan["fulfilments"] for i in f["items"]} == {f"PC:MASTER:{split.retailer}"}
    assert plan["attributes"] == [{"name": "distance", "type": "DOUBLE", "value": 3.32}]
    async with histories(split.penstock.stored) as house:
        done = await house.replay(await house.subject("FULFILMENT_OPTIONS", "CART-1"))
    assert done.ending is not None
    assert done.ending.verdict == "EQUAL", done.ending
    assert [row.ref for row in done.rows["fulfilment_plan"].values()] == [plan["ref"]]


async def test_fo_02_radius(split: Stage) -> None:
    status, (plan,) = await ask(split, "CART-1", *CART, radius=10)
    assert (status, plan["status"], plan["splitCount"], plan["eta"]) == ("COMPLETE", "PARTIALLY_FULFILLED", 0, "4")
    assert places(plan) == [("S1", "4", "A 1 of 2")]
    assert plan["exceptions"] == SHORT
    assert await ask(split, "CART-2", *CART, radius=1) == ("COMPLETE", [])


async def test_fo_03_nothing(split: Stage) -> None:
    assert await ask(split, "CART-1", ("C", 1)) == ("COMPLETE", [])


async def test_fo_04_collection(quick: Stage) -> None:
    await collecting(quick)
    await quick.fill(S1={"A": 1}, S2={"A": 1})
    status, (plan,) = await ask(quick, "CART-1", ("A", 2), type="CC", orderType="CC", locationRef="S1")
    assert (status, plan["status"], plan["eta"]) == ("COMPLETE", "FULFILLED", "24")
    assert places(plan) == [("S1", "4", "A 1 of 2"), ("S2", "24", "A 1 of 2")]
    assert attributes(plan)["pickupLocationRef"] == "S1"
    (event,) = await quick.penstock.events(name="SelectPlan", eventType="ORCHESTRATION")
    rated = {p["locationRef"]: p["rating"] for p in quick.values(event)["proposedFulfilments"]}
    assert rated == {"S1": 75.0, "S2": 25.0}


async def test_fo_04_another_place_to_collect(quick: Stage) -> None:
    await collecting(quick)
    await quick.fill(S1={"A": 1}, S2={"A": 5, "B": 1})
    status, (plan,) = await ask(quick, "CART-1", *CART, type="CC", locationRef="S2")
    assert (status, plan["status"], [f["fulfilmentType"] for f in plan["fulfilments"]]) == (
        *("COMPLETE", "FULFILLED"),
        ["CC_PFS"],
    )
    assert attributes(plan) == {"distance": 20.138, "pickupLocationRef": "S2"}
    assert await ask(quick, "CART-2", *CART, type="CC", locationRef="ZZ") == ("FAILED", [])


async def test_fo_05_the_nearest_place_to_collect(quick: Stage) -> None:
    await collecting(quick, radius=5)
    await quick.fill(S1={"A": 1}, S2={"A": 5, "B": 1})
    status, (plan,) = await ask(quick, "CART-1", *CART, type="CC")
    assert (status, [place for place, _, _ in places(plan)]) == ("COMPLETE", ["S1", "S2"])
    assert attributes(plan) == {"distance": 3.32, "pickupLocationRef": "S1"}


async def test_fo_05_none_within_the_radius(quick: Stage) -> None:
    await collecting(quick, radius=1)
    await quick.fill(S1={"A": 1})
    assert (await ask(quick, "CART-1", ("A", 1), type="CC"))[1] == []


async def test_fo_06_no_address(split: Stage) -> None:
    assert await ask(split, "CART-1", *CART, address=None) == ("FAILED", [])
    found = await split.penstock.client.graphql(
        "{ fulfilmentPlans { edges { node { id } } } fulfilments { edges { node { id } } } }"
    )
    assert found == {"fulfilmentPlans": {"edges": []}, "fulfilments": {"edges": []}}
    assert await split.ledger("A", "S1") == ["LAST_ON_HAND 1"]
    assert await split.sellable("A", "S1") == 1


async def test_fo_07_synchronous(split: Stage) -> None:
    """With the mode, :func:`quotes.ask` has the plans in the answer; without it they come later."""
    assert len((await ask(split, "CART-1", *CART))[1]) == 1
    document = "mutation ($input: CreateFulfilmentOptionInput) { createFulfilmentOption(input: $input) { id } }"
    made = await split.graphql(document, **wanted(split, "CART-2", *CART))
    await split.penstock.settle()
    found = (await split.penstock.client.graphql(BY_ID, id=made["id"]))["fulfilmentOptionById"]
    ((edge,), status) = found["plans"]["edges"], found["status"]
    assert status == "COMPLETE"
    assert places(edge["node"]) == [("S1", "4", "A 1 of 2"), ("S2", "24", "A 5 of 2, B 1 of 1")]

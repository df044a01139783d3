"""Fulfilment options that a sourcing profile plans: by loyalty, basket, product, and whether a split is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from histories import histories
from quotes import asked_for
from test_23_profiles import ACTIVATE, CREATE_CATEGORY, UPDATE_CUSTOMER, UPDATE_PRODUCT, profile, strategy, when

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

RULE = "globalinventory.FindFulfilmentPlansWithSourcingProfile"
SPLITS = {"sourcingStrategyRef": "ANY", "reasons": ["no location that may send has everything"]}


async def install(stage: Stage, type_: str = "HD") -> None:
    """Let the options of a type be planned by the profile, as the page about profiles says."""
    document = stage.penstock.workflow(f"FULFILMENT_OPTIONS::{type_}")
    for ruleset in document["rulesets"]:
        if ruleset["name"] == "GetLocationsForNetwork":
            account = ruleset["rules"][0]["name"].partition(".")[0]
            props = {"eventName": "CalculateEta", "sourcingProfileRef": "HD_STANDARD"}
            ruleset["rules"] = [{"name": f"{account}.{RULE}", "props": props}]
    await stage.penstock.install({**document, "version": "1.1"})


def attribute(name: str, value: object, type_: str = "STRING") -> dict[str, Any]:
    return {"name": name, "type": type_, "value": value}


async def asked(stage: Stage, ref: str, *attributes: dict[str, Any], **more: Any) -> list[Any]:
    """Ask for two A and one B, and look that there was no error; return the plans."""
    status, plans = await asked_for(stage, ref, attributes=list(attributes), **more)
    assert status == "COMPLETE"
    return plans


def said(plan: Any) -> tuple[str, dict[str, Any]]:
    """Return the places of a plan with its status, and what it tells of how it came about."""
    told = {a["name"]: a["value"] for a in plan["attributes"]}
    for name in ("distance", "sourcingProfileRef", "sourcingProfileVersion"):
        told.pop(name, None)
    return f"{','.join(f['locationRef'] for f in plan['fulfilments'])} {plan['status']}", told


async def test_a_plan_is_that_of_the_profile(stock: Stage) -> None:
    await install(stock)
    await profile(stock, strategy("ANY", "locationDistance", maxSplit=1))
    await stock.fill(S1={"A": 1}, S2={"A": 5, "B": 1})
    (plan,) = await asked(stock, "CART-1")
    assert (plan["status"], plan["splitCount"], plan["eta"]) == ("FULFILLED", 0, "24")  # a whole place beats a split
    a = {"productRef": "A", "catalogueRef": f"PC:MASTER:{stock.retailer}", "requestedQuantity": 2}
    b = {"productRef": "B", "catalogueRef": f"PC:MASTER:{stock.retailer}", "requestedQuantity": 1}
    assert plan["fulfilments"] == [
        {
            "fulfilmentType": "HD_PFS",
            "locationRef": "S2",
            "eta": "24",
            "items": [{**a, "availableQuantity": 5}, {**b, "availableQuantity": 1}],
        }
    ]
    assert {a["name"]: a["value"] for a in plan["attributes"]} == {
        "distance": 20.138,
        "sourcingProfileRef": "HD_STANDARD",
        "sourcingProfileVersion": 1,
        "sourcingStrategyRef": "ANY",
    }
    (logged,) = await stock.penstock.events(name="SourcingProfile", context__rootEntityRef="CART-1")
    assert stock.values(logged)["strategy"] == "ANY"
    assert await stock.sellable("A", "S2") == 5  # nothing is promised
    async with histories(stock.penstock.stored) as house:
        done = await house.replay(await house.subject("FULFILMENT_OPTIONS", "CART-1"))
    assert done.ending is not None
    assert done.ending.verdict == "EQUAL", done.ending


async def test_a_network_that_does_not_exist_is_told(stock: Stage) -> None:
    await install(stock)
    await profile(stock, strategy("ANY", "networkPriority", params={"networkPriority": {"value": ["NO"]}}))
    await stock.fill(S1={"A": 2, "B": 1})
    assert [said(plan)[0] for plan in await asked(stock, "CART-1")] == ["S1 FULFILLED"]
    (logged,) = await stock.penstock.events(name="SourcingProfile", context__rootEntityRef="CART-1")
    assert stock.values(logged)["warnings"] == ["a criterion names network NO, which does not exist"]


async def test_by_loyalty_of_the_customer(stock: Stage) -> None:
    await install(stock)
    gold = strategy("GOLD", "locationDistance", maxSplit=3)
    gold["sourcingConditions"] = [when("customer.attributes.byName.tier", "in", ["GOLD"])]
    await profile(stock, gold, strategy("ANY", "locationDistance", maxSplit=0))
    await stock.fill(S1={"A": 2}, S2={"B": 1})
    assert await asked(stock, "CART-1", attribute("customerRef", "ana")) == []  # nobody has all of it
    await stock.graphql(UPDATE_CUSTOMER, username="ana", attributes=[attribute("tier", "GOLD")])
    (plan,) = await asked(stock, "CART-2", attribute("customerRef", "ana"))
    assert said(plan) == ("S1,S2 FULFILLED", {**SPLITS, "sourcingStrategyRef": "GOLD"})
    assert await asked(stock, "CART-3") == []  # of a stranger


@pytest.mark.parametrize(("total", "found"), [(None, "W1"), (50, "W1"), (10, "S2")])
async def test_by_value_of_the_basket(stock: Stage, total: float | None, found: str) -> None:
    """Given prices of 10 and 25: the basket is worth 45 unless the client says else."""
    await install(stock)
    dear = strategy("DEAR", "locationTypeExclusion", params={"locationTypeExclusion": {"value": ["STORE"]}})
    dear["sourcingConditions"] = [when("totalPrice", "greater_than_or_equals", 45)]
    await profile(stock, dear, strategy("ANY", "locationDistance"))
    await stock.fill(S2={"A": 5, "B": 1}, W1={"A": 5, "B": 1})
    given = [] if total is None else [attribute("totalPrice", total, "FLOAT")]
    (plan,) = await asked(stock, "CART-1", *given)
    assert [f["locationRef"] for f in plan["fulfilments"]] == [found]


async def test_by_attributes_and_categories_of_products(stock: Stage) -> None:
    await install(stock)
    catalogue = {"ref": f"PC:MASTER:{stock.retailer}"}
    await stock.graphql(CREATE_CATEGORY, ref="BULKY", type="DEFAULT", name="Bulky", catalogue=catalogue)
    bulky = strategy("BULKY", "locationTypeExclusion", params={"locationTypeExclusion": {"value": ["STORE"]}})
    bulky["sourcingConditions"] = [when("items.product.categories.ref", "in", ["BULKY"], conditionScope="ANY")]
    cold = strategy("COLD", "locationDistanceExclusion", params={"locationDistanceExclusion": {"value": 10}})
    is_cold: dict[str, Any] = {"path": "items.product.attributes.byName.cold", "operator": "equals", "value": True}
    cold["sourcingConditions"] = [when(**is_cold, conditionScope="ANY")]
    await profile(stock, bulky, cold, strategy("ANY", "locationDistance"))
    await stock.fill(S1={"A": 5, "B": 1}, S2={"A": 5, "B": 1}, W1={"A": 5, "B": 1})
    (plan,) = await asked(stock, "CART-1")
    assert said(plan) == ("S1 FULFILLED", {"sourcingStrategyRef": "ANY"})
    await stock.graphql(
        UPDATE_PRODUCT, ref="A", catalogue=catalogue, attributes=[attribute("cold", value=True, type_="BOOLEAN")]
    )
    (plan,) = await asked(stock, "CART-2")
    assert said(plan) == ("S1 FULFILLED", {"sourcingStrategyRef": "COLD"})
    await stock.graphql(
        UPDATE_PRODUCT, ref="B", catalogue=catalogue, categories=[{"ref": "BULKY", "catalogue": catalogue}]
    )
    (plan,) = await asked(stock, "CART-3")
    assert said(plan) == ("W1 FULFILLED", {"sourcingStrategyRef": "BULKY"})


async def test_by_whether_a_split_is_wanted(stock: Stage) -> None:
    await install(stock)
    await profile(stock, strategy("ANY", "locationDistance"), fallback=(strategy("REST", "inventoryAvailability"),))
    await stock.fill(S1={"A": 1}, S2={"A": 1}, S3={"B": 1})
    (plan,) = await asked(stock, "CART-1")
    assert said(plan) == ("S1,S2,S3 FULFILLED", SPLITS)
    (plan,) = await asked(stock, "CART-2", attribute("maxSplit", 0, "INTEGER"))
    assert said(plan) == (
        "S1 PARTIALLY_FULFILLED",
        {
            "sourcingStrategyRef": "REST",
            "reasons": ["strategy ANY leaves 1 of A, 1 of B", "strategy REST leaves 1 of A, 1 of B"],
        },
    )
    assert [e["message"] for e in plan["exceptions"]] == ["SKU A: 1 of 2 not available", "SKU B: 1 of 1 not available"]
    (plan,) = await asked(stock, "CART-3", attribute("maxSplit", 1, "INTEGER"))
    assert plan["splitCount"] == 1
    status, plans = await asked_for(stock, "CART-4", attributes=[attribute("maxSplit", -1, "INTEGER")])
    assert (status, plans) == ("CREATED", [])
    events = await stock.penstock.events(context__rootEntityRef="CART-4", eventStatus="FAILED")
    assert "GetLocationsForNetwork" in {event["name"] for event in events}


async def test_collection_by_a_profile(stock: Stage) -> None:
    await install(stock, "CC")
    await profile(stock, strategy("ANY", "locationDistance"))
    await stock.fill(S1={"A": 5, "B": 5}, S2={"A": 5, "B": 1})
    (plan,) = await asked(stock, "CART-1", type="CC", locationRef="S2")
    assert said(plan) == ("S2 FULFILLED", {"pickupLocationRef": "S2", "sourcingStrategyRef": "ANY"})
    assert plan["fulfilments"][0]["fulfilmentType"] == "CC_PFS"


async def test_the_cheapest_plan_is_that_of_an_order(stock: Stage) -> None:
    """It may be split though one place has everything, and a fallback sends most units first."""
    await install(stock)
    await profile(
        stock,
        strategy("LEAST", "locationOpenFulfilments", maxSplit=0),
        fallback=(strategy("MOST", "lowestCost", maxSplit=0),),
    )
    await stock.fill(S1={"A": 1}, S2={"A": 2})
    (plan,) = await asked(stock, "CART-1")  # the nearest has less
    assert said(plan)[0] == "S2 PARTIALLY_FULFILLED"
    assert said(plan)[1]["sourcingStrategyRef"] == "MOST"
    await profile(stock, strategy("CHEAPEST", "lowestCost", maxSplit=1))
    await stock.graphql(ACTIVATE, ref="HD_STANDARD", version=2)
    await stock.fill(S3={"B": 1}, W1={"A": 9, "B": 9})
    (plan,) = await asked(stock, "CART-2")
    assert said(plan) == (
        "S2,S3 FULFILLED",
        {"sourcingStrategyRef": "CHEAPEST", "reasons": ["several locations cost less than one that has everything"]},
    )

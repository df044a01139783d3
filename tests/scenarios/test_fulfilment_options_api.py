"""Fulfilment options: by GraphQL (spec 21 §9), and by ``POST /api/v4.1/fulfilmentOptions`` (spec 11 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from histories import histories
from queries import CREATE_NETWORK

from penstock.api.rest.fulfilment_options import PATH, Options, shown

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

CREATE_CATALOGUE = """mutation ($input: CreateVirtualCatalogueInput) { createVirtualCatalogue(input: $input) { id } }"""
CREATE_POSITION = """mutation ($input: CreateVirtualPositionInput) { createVirtualPosition(input: $input) { id } }"""
CREATE = """mutation ($input: CreateFulfilmentOptionInput) {
  createFulfilmentOption(input: $input, executionMode: AWAIT_ORCHESTRATION) {
    ref status
    plans(first: 3) { edges { node {
      ref type status eta splitCount workflowRef
      fulfilments { fulfilmentType locationRef eta
        items { productRef catalogueRef availableQuantity requestedQuantity } }
      exceptions { code message } attributes { name type value }
    } } } } }"""


async def asked_for(stock: Stage, ref: str, radius: object = None, **more: Any) -> tuple[str, list[Any]]:
    """Ask for two A and one B; return the option's status and its plans."""
    latitude, longitude = stock.customer
    given: dict[str, Any] = {
        "ref": ref,
        "type": "HD",
        "retailerId": int(stock.retailer),
        "address": {"latitude": latitude, "longitude": longitude},
        "products": [
            {"productRef": "A", "catalogueRef": f"PC:MASTER:{stock.retailer}", "requestedQuantity": 2},
            {"productRef": "B", "requestedQuantity": 1},
        ],
    }
    if radius is not None:
        given["attributes"] = [{"name": "radius", "type": "INTEGER", "value": radius}]
    found = (await stock.penstock.client.graphql(CREATE, input={**given, **more}))["createFulfilmentOption"]
    return found["status"], [edge["node"] for edge in found["plans"]["edges"]]


async def test_the_worked_example(stock: Stage) -> None:
    """Spec 21 §9.5, and what has no plan."""
    await stock.fill(S1={"A": 1}, S2={"A": 5, "B": 1}, W1={"A": 50, "B": 50})
    place = int(await stock.location_id("S1"))
    await stock.set("PICK_N_PACK_TIME_LIMIT", 4, context="AGENT", context_id=place)
    await stock.penstock.settle()
    status, (plan,) = await asked_for(stock, "CART-1")
    assert status == "COMPLETE"
    shown = {name: plan[name] for name in ("type", "status", "eta", "splitCount", "workflowRef", "exceptions")}
    assert shown == {
        "type": "HD",
        "status": "FULFILLED",
        "eta": "24",
        "splitCount": 1,
        "workflowRef": "FULFILMENT_OPTIONS::HD",
        "exceptions": [],
    }
    assert [(f["fulfilmentType"], f["locationRef"], f["eta"]) for f in plan["fulfilments"]] == [
        ("HD_PFS", "S1", "4"),
        ("HD_PFS", "S2", "24"),
    ]
    a = {"productRef": "A", "catalogueRef": f"PC:MASTER:{stock.retailer}", "requestedQuantity": 2}
    b = {"productRef": "B", "catalogueRef": None, "requestedQuantity": 1}
    assert [f["items"] for f in plan["fulfilments"]] == [
        [{**a, "availableQuantity": 1}],
        [{**a, "availableQuantity": 5}, {**b, "availableQuantity": 1}],
    ]
    assert plan["attributes"] == [{"name": "distance", "type": "DOUBLE", "value": 3.32}]
    ref = plan["ref"]
    status, (plan,) = await asked_for(stock, "CART-2", radius=10)
    assert (status, plan["status"], plan["splitCount"], plan["eta"]) == ("COMPLETE", "PARTIALLY_FULFILLED", 0, "4")
    assert plan["exceptions"] == [
        {"code": "OUT_OF_STOCK", "message": "SKU A: 1 of 2 not available"},
        {"code": "OUT_OF_STOCK", "message": "SKU B: 1 of 1 not available"},
    ]
    assert await asked_for(stock, "CART-3", radius=1) == ("COMPLETE", [])
    assert await asked_for(stock, "CART-4", address=None) == ("FAILED", [])
    assert await stock.sellable("A", "S1") == 1  # nothing is promised by asking
    async with histories(stock.penstock.stored) as house:
        done = await house.replay(await house.subject("FULFILMENT_OPTIONS", "CART-1"))
    assert done.ending is not None
    assert done.ending.verdict == "EQUAL", done.ending
    assert [row.ref for row in done.rows["fulfilment_plan"].values()] == [ref]


async def test_the_old_operation_shows_the_plans(stock: Stage) -> None:
    await stock.fill(S2={"A": 5, "B": 1})
    latitude, longitude = stock.customer
    asked: dict[str, Any] = {
        "retailerId": stock.retailer,
        "orderType": "HD",
        "address": {"latitude": latitude, "longitude": longitude},
        "items": [{"skuRef": "A", "requestedQuantity": 2}],
    }
    status, body = await stock.penstock.client.call("POST", PATH, asked)
    assert (status, body["status"], body["count"]) == (200, "COMPLETE", 1), body
    (plan,) = body["plans"]
    assert (plan["status"], plan["eta"], plan["splitCount"], plan["exceptions"]) == ("FULFILLED", "24", 0, [])
    item = {"skuRef": "A", "availableQuantity": 5, "requestedQuantity": 2}
    assert plan["fulfilments"] == [{"fulfilmentType": "HD_PFS", "locationRef": "S2", "items": [item]}]


async def test_collection(stock: Stage) -> None:
    network = await stock.graphql(CREATE_NETWORK, name=f"CC_{stock.retailer}", retailers=[{"id": stock.retailer}])
    for ref in ("S1", "S2"):
        await stock.update_location(id=await stock.location_id(ref), networks=[{"id": network["id"]}])
    await stock.fill(S1={"A": 1}, S2={"A": 5, "B": 1})
    status, (plan,) = await asked_for(stock, "CART-1", type="CC", locationRef="S2")
    assert (status, plan["status"]) == ("COMPLETE", "FULFILLED")
    assert [(f["locationRef"], f["fulfilmentType"]) for f in plan["fulfilments"]] == [("S2", "CC_PFS")]
    assert {a["name"]: a["value"] for a in plan["attributes"]} == {"distance": 20.138, "pickupLocationRef": "S2"}
    status, (plan,) = await asked_for(stock, "CART-2", type="CC")
    assert (status, [f["locationRef"] for f in plan["fulfilments"]]) == ("COMPLETE", ["S1", "S2"])
    assert {a["name"]: a["value"] for a in plan["attributes"]} == {"distance": 3.32, "pickupLocationRef": "S1"}
    assert await asked_for(stock, "CART-3", type="CC", locationRef="ZZ") == ("FAILED", [])


async def test_availability(stock: Stage) -> None:
    catalogue = f"ATS_ALL:{stock.retailer}"
    about = {"inventoryCatalogueRef": stock.stock_catalogue, "productCatalogueRef": f"PC:MASTER:{stock.retailer}"}
    await stock.graphql(CREATE_CATALOGUE, ref=catalogue, type="AGGREGATE", name="All", **about)
    where = {"catalogue": {"ref": catalogue}, "productRef": "A", "groupRef": catalogue}
    await stock.graphql(CREATE_POSITION, ref=f"A:{catalogue}", type="AGGREGATE", quantity=56, **where)
    await stock.penstock.settle()
    status, (plan,) = await asked_for(stock, "CART-1", type="PA", address=None)
    assert (status, plan["status"], plan["eta"]) == ("COMPLETE", "PARTIALLY_FULFILLED", "24")
    (fulfilment,) = plan["fulfilments"]
    assert (fulfilment["locationRef"], fulfilment["fulfilmentType"]) == (catalogue, None)
    assert [i["availableQuantity"] for i in fulfilment["items"]] == [56]


async def test_options_are_asked_for(stock: Stage) -> None:
    client = stock.penstock.client
    asked: dict[str, Any] = {
        "retailerId": stock.retailer,
        "orderType": "HD",
        "locationRef": "S1",
        "trackingId": "cart-7",
        "address": {"city": "Sydney", "latitude": -33.8, "longitude": 151.2},
        "limit": 3,
        "items": [{"skuRef": "A", "requestedQuantity": 2}],
        "attributes": [{"name": "gift", "type": "BOOLEAN", "value": True}],
    }
    unknown = {"address": {**asked["address"], "planet": "Earth"}, "attributes": [{**asked["attributes"][0], "x": 1}]}
    status, body = await client.call("POST", PATH, {**asked, **unknown, "more": 1})  # which is ignored
    assert status == 200, body
    assert (body["limit"], body["count"], body["total"], body["plans"]) == (3, 0, 0, [])
    assert {k: body[k] for k in ("orderType", "locationRef", "trackingId", "items", "attributes")} == {
        k: asked[k] for k in ("orderType", "locationRef", "trackingId", "items", "attributes")
    }
    assert body["address"]["city"] == "Sydney"
    option = await client.graphql("query ($id: ID!) { fulfilmentOptionById(id: $id) { trackingCode } }", id=body["id"])
    assert option["fulfilmentOptionById"] == {"trackingCode": "cart-7"}
    for wrong, status, word in (
        ({"items": None}, 400, "items"),
        ({"retailerId": "x"}, 400, "retailerId"),
        ({"limit": 0}, 400, "limit"),
        ({"address": {"latitude": "north"}}, 400, "latitude"),
    ):
        found, body = await client.call("POST", PATH, {**asked, **wrong})
        assert found == status, body
        assert word in body["message"], body
    reader = await stock.user("reader", "DEVELOPER", context="ACCOUNT", context_id=0)
    found, body = await reader.call("POST", PATH, asked)
    assert (found, body["message"]) == (403, "User does not have permission: FULFILMENTOPTION_CREATE")


def test_plans_are_shown_in_the_old_words() -> None:
    item = {"productRef": "A", "availableQuantity": 4, "requestedQuantity": 2}
    fulfilment = {"fulfilmentType": "HD_PFS", "locationRef": "S1", "items": [item]}
    plan = {
        "ref": "P1",
        "status": "CREATED",
        "eta": "1d",
        "splitCount": 0,
        "fulfilments": [fulfilment],
        "exceptions": None,
    }
    nothing = dict.fromkeys(("orderType", "locationRef", "trackingCode", "address", "products", "attributes"))
    made = {"id": "31", "status": "OPTIONS_PROVIDED", **nothing, "plans": {"edges": [{"node": plan}]}}
    found = msgspec.convert(shown(made, 5), Options)
    assert (found.id, found.status, found.count) == ("31", "OPTIONS_PROVIDED", 1)
    assert found.plans[0].planId == "P1"
    (planned,) = found.plans[0].fulfilments[0].items
    assert (planned.skuRef, planned.availableQuantity, planned.requestedQuantity) == ("A", 4, 2)

"""Fulfilment options: by GraphQL (spec 21 §9), and by ``POST /api/v4.1/fulfilmentOptions`` (spec 11 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from quotes import ask

from penstock.api.rest.fulfilment_options import PATH, Options, shown

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

CREATE_CATALOGUE = """mutation ($input: CreateVirtualCatalogueInput) { createVirtualCatalogue(input: $input) { id } }"""
CREATE_POSITION = """mutation ($input: CreateVirtualPositionInput) { createVirtualPosition(input: $input) { id } }"""


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


async def test_availability(stock: Stage) -> None:
    catalogue = f"ATS_ALL:{stock.retailer}"
    about = {"inventoryCatalogueRef": stock.stock_catalogue, "productCatalogueRef": f"PC:MASTER:{stock.retailer}"}
    await stock.graphql(CREATE_CATALOGUE, ref=catalogue, type="AGGREGATE", name="All", **about)
    where = {"catalogue": {"ref": catalogue}, "productRef": "A", "groupRef": catalogue}
    await stock.graphql(CREATE_POSITION, ref=f"A:{catalogue}", type="AGGREGATE", quantity=56, **where)
    await stock.penstock.settle()
    status, (plan,) = await ask(stock, "CART-1", ("A", 2), ("B", 1), type="PA", address=None)
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
    assert found.plans[0].plan_id == "P1"
    (planned,) = found.plans[0].fulfilments[0].items
    assert (planned.sku_ref, planned.available_quantity, planned.requested_quantity) == ("A", 4, 2)

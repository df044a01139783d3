"""``POST /api/v4.1/fulfilmentOptions`` (spec 11 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.api.rest.fulfilment_options import PATH, Options, shown

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


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

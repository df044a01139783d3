"""Spec 36 A: booking and sourcing of home deliveries. The system rejected location is RJT_1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from floor import collect_all, pack_all, wave_and_pick
from queries import CREATE_ORDER

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

_DISPATCH = {"url": "https://wms.example/dispatch", "name": "dispatch"}
_COUNT = "query ($ref: [String]) { orders(ref: $ref) { edges { node { id retailer { id } } } } }"


async def count(shop: Stage, ref: str) -> int:
    """Return how many orders have a ref."""
    return len((await shop.penstock.client.graphql(_COUNT, ref=[ref]))["orders"]["edges"])


def address(ref: str, **known: Any) -> Node:
    """Return a delivery address without coordinates."""
    return {"ref": ref, "name": "Ana", "street": "8 Pitt St", "country": "AU", **known}


async def test_36_01_hd_from_dc(shop: Stage) -> None:
    await shop.set("webhook.fulfilment.dispatch", _DISPATCH)
    await shop.fill(DC_01={"TSHIRT": 10})
    assert await shop.buy("WEB-1", ("TSHIRT", 2)) == ["DC-01[TSHIRT2]"]
    order = await shop.order("WEB-1")
    (fulfilment,) = order["fulfilments"]
    assert (order["status"], fulfilment["type"], fulfilment["status"]) == ("PICK_PACK", "HD_PFDC", "ASSIGNED")
    (item,) = fulfilment["items"]
    assert (item["requestedQuantity"], item["filledQuantity"], item["rejectedQuantity"]) == (2, 0, 0)
    assert "RESERVED -2" in await shop.ledger("TSHIRT", "DC-01")
    assert await shop.on_hand("TSHIRT", "DC-01") == 8
    ((url, body),) = await shop.penstock.outbox()
    assert (url, body["name"], body["entityType"]) == (_DISPATCH["url"], "dispatch", "FULFILMENT")
    assert body["entityId"] == fulfilment["id"]


async def test_36_02_hd_from_nearest_store(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5}, MEL_01={"TSHIRT": 5})
    assert await shop.buy("WEB-2", ("TSHIRT", 2)) == ["SYD-01[TSHIRT2]"]
    order = await shop.order("WEB-2")
    (fulfilment,) = order["fulfilments"]
    assert (order["status"], fulfilment["type"], fulfilment["status"]) == ("BOOKED", "HD_PFS", "AWAITING_WAVE")
    created = datetime.fromisoformat(fulfilment["createdOn"])
    assert datetime.fromisoformat(fulfilment["expiryTime"]) == created + timedelta(hours=2)
    assert await shop.on_hand("TSHIRT", "SYD-01") == 3


async def test_36_03_create_response(shop: Stage) -> None:
    made = await shop.place("WEB-3", ("TSHIRT", 1))
    assert made["id"]
    assert made["createdOn"]
    assert (made["status"], made["workflowRef"]) == ("CREATED", "ORDER::HD")
    await shop.penstock.settle()
    assert (await shop.order("WEB-3"))["status"] == "BOOKED"


async def test_36_04_unknown_product(shop: Stage) -> None:
    body = await shop.penstock.client.answer(CREATE_ORDER, input=await shop.order_input("WEB-4", ("NOPE", 1)))
    assert body["errors"]
    await shop.penstock.settle()
    assert await count(shop, "WEB-4") == 0
    assert await shop.penstock.events(context__rootEntityRef="WEB-4") == []


async def test_36_05_missing_retailer(shop: Stage) -> None:
    given = await shop.order_input("WEB-5", ("TSHIRT", 1))
    del given["retailer"]
    body = await shop.penstock.client.answer(CREATE_ORDER, input=given)
    assert body["errors"]
    assert await count(shop, "WEB-5") == 0


async def test_36_06_duplicate_ref(shop: Stage) -> None:
    given = await shop.order_input("WEB-6", ("TSHIRT", 1))
    assert "errors" not in await shop.penstock.client.answer(CREATE_ORDER, input=given)
    assert (await shop.penstock.client.answer(CREATE_ORDER, input=given))["errors"]
    assert await count(shop, "WEB-6") == 1
    other = await shop.second_retailer()
    for item in given["items"]:
        item["productCatalogueRef"] = f"PC:MASTER:{other['retailer']['id']}"
    assert "errors" not in await shop.penstock.client.answer(CREATE_ORDER, input={**given, **other})
    assert await count(shop, "WEB-6") == 2


async def test_36_07_no_coordinates_resolvable(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-7", ("TSHIRT", 1), deliveryAddress=address("WEB-7-TO", postcode="2000"))
    order = await shop.order("WEB-7")
    assert order["status"] == "BOOKED"
    found = order["fulfilmentChoice"]["deliveryAddress"]
    assert (found["latitude"], found["longitude"]) == (-33.87, 151.21)
    assert (await shop.names("WEB-7"))[:6] == [
        *("CREATE", "CheckOrderCoordinates", "CheckOrderDeliveryAddress"),
        *("ResolveOrderCoordinates", "UpdateOrderCoordinates", "ProcessOrder"),
    ]


async def test_36_08_address_not_resolvable(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("WEB-8", ("TSHIRT", 1), deliveryAddress=address("WEB-8-TO", postcode="9999"))
    assert await shop.statuses("WEB-8") == ["ESCALATED"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 5"]


async def test_36_09_hd_without_address(shop: Stage) -> None:
    await shop.buy("WEB-9", ("TSHIRT", 1), deliveryAddress=None)
    assert await shop.statuses("WEB-9") == ["ESCALATED"]
    assert await shop.names("WEB-9") == [
        *("CREATE", "CheckOrderCoordinates", "CheckOrderDeliveryAddress", "ProcessError")
    ]


async def test_36_10_split_shipment(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 1}, SYD_02={"JEANS": 1})
    assert sorted(await shop.buy("WEB-10", ("TSHIRT", 1), ("JEANS", 1))) == ["SYD-01[TSHIRT1]", "SYD-02[JEANS1]"]
    assert await shop.statuses("WEB-10") == ["BOOKED", "SYD-01 AWAITING_WAVE", "SYD-02 AWAITING_WAVE"]


async def test_36_11_rating_decides(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 1}, MEL_01={"TSHIRT": 1, "JEANS": 1})
    assert await shop.buy("WEB-11", ("TSHIRT", 1), ("JEANS", 1)) == ["SYD-01[TSHIRT1]", "MEL-01[JEANS1]"]
    first, (second, _) = await shop.ratings("WEB-11")
    assert first == ("SYD-01", 75.0)
    assert second == "MEL-01"


async def test_36_11_rating_of_the_other(shop: Stage) -> None:
    await shop.fill(MEL_01={"TSHIRT": 1, "JEANS": 1})
    assert await shop.buy("WEB-11", ("TSHIRT", 1), ("JEANS", 1)) == ["MEL-01[JEANS1,TSHIRT1]"]
    ((place, rating),) = await shop.ratings("WEB-11")
    assert place == "MEL-01"
    assert abs(rating - 50.0169) <= 0.0001


async def test_36_11_single_location_first(shop: Stage) -> None:
    document = shop.penstock.workflow("ORDER::HD")
    for ruleset in document["rulesets"]:
        if ruleset["name"] == "SelectProposedFulfilment":
            ruleset["rules"][0]["props"]["singleLocationFirst"] = True
    await shop.penstock.install({**document, "version": "1.1"})
    await shop.fill(SYD_01={"TSHIRT": 1}, MEL_01={"TSHIRT": 1, "JEANS": 1})
    assert await shop.buy("WEB-11", ("TSHIRT", 1), ("JEANS", 1)) == ["MEL-01[JEANS1,TSHIRT1]"]


async def test_36_12_split_limit(shop: Stage) -> None:
    await shop.penstock.install({**shop.penstock.workflow("ORDER::HD", max_split="1"), "version": "1.1"})
    await shop.fill(SYD_01={"TSHIRT": 1}, SYD_02={"TSHIRT": 1}, MEL_01={"TSHIRT": 1})
    assert await shop.buy("WEB-12", ("TSHIRT", 3)) == ["SYD-01[TSHIRT1]", "SYD-02[TSHIRT1]", "RJT_1[TSHIRT1]"]
    assert await shop.statuses("WEB-12") == [
        *("BOOKED", "SYD-01 AWAITING_WAVE", "SYD-02 AWAITING_WAVE", "RJT_1 ESCALATED")
    ]


async def test_36_13_nothing_in_stock(shop: Stage) -> None:
    assert await shop.buy("WEB-13", ("JEANS", 1)) == ["RJT_1[JEANS1]"]
    assert await shop.statuses("WEB-13") == ["BOOKED", "RJT_1 ESCALATED"]
    assert await shop.position("JEANS", "RJT_1") is None
    await shop.fill(SYD_01={"JEANS": 1})
    (escalated,) = await shop.fulfilments("WEB-13")
    assert await shop.penstock.send("RetrySourcing", "FULFILMENT", escalated["id"]) == "SUCCESS"
    assert await shop.statuses("WEB-13") == ["BOOKED", "RJT_1 CANCELLED", "SYD-01 AWAITING_WAVE"]


async def test_36_13_nothing_in_stock_then_cancelled(shop: Stage) -> None:
    await shop.buy("WEB-13", ("JEANS", 1))
    assert await shop.cancel("WEB-13") == "SUCCESS"
    assert await shop.statuses("WEB-13") == ["CANCELLED", "RJT_1 CANCELLED"]


async def test_36_13b_part_of_it_in_stock(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 1})
    assert await shop.buy("WEB-13b", ("TSHIRT", 1), ("JEANS", 1)) == ["SYD-01[TSHIRT1]", "RJT_1[JEANS1]"]
    await wave_and_pick(shop, "SYD-01", TSHIRT=1)
    await pack_all(shop, (await shop.fulfilments("WEB-13b"))[0])
    await collect_all(shop, "WEB-13b")
    assert await shop.statuses("WEB-13b") == ["COMPLETE", "SYD-01 COMPLETE", "RJT_1 ESCALATED"]


async def test_36_14_inactive_location_ignored(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 9}, SYD_02={"TSHIRT": 1})
    await shop.penstock.send("DeactivateLocation", "LOCATION", await shop.location_id("SYD-01"))
    assert await shop.buy("WEB-14", ("TSHIRT", 1)) == ["SYD-02[TSHIRT1]"]

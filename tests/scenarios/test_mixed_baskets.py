"""Mixed baskets over the API: an order whose choices are sourced by themselves (spec 22 §14, 34 §3, 36.15)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stage import Place

from mixedbaskets import DOCUMENT

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

_ORDER = """query ($ref: [String]) { orders(ref: $ref) { edges { node { status
  fulfilmentChoices(first: 5) { edges { node { ref status } } }
  fulfilments(first: 5) { edges { node { id ref type status fulfilmentChoiceRef
    fromAddress { ref } toAddress { ref } } } } } } } }"""


async def prepared(shop: Stage) -> None:
    """Install the workflow, and open a store where customers may collect."""
    await shop.penstock.install({**DOCUMENT, "retailerId": shop.retailer})
    networks = [await shop.network(ref) for ref in (f"HD_{shop.retailer}", "CC_1")]
    await shop.open(Place("PICKUP", "STORE", -33.88, 151.20), *networks)
    await shop.penstock.settle()
    await shop.fill(DC_01={"TSHIRT": 5}, PICKUP={"JEANS": 1}, MEL_01={"JEANS": 5})


async def mixed(shop: Stage, ref: str, **home: Any) -> None:
    """Create an order of two shirts that go home and a pair of jeans that is collected."""
    given = await shop.order_input(ref, ("TSHIRT", 2), ("JEANS", 1))
    delivery = {**given.pop("fulfilmentChoice"), "ref": "HOME", "type": "HD", **home}
    collection = {"ref": "SHOP", "type": "CC", "deliveryType": "STANDARD", "pickupLocationRef": "PICKUP"}
    for item, choice in zip(given["items"], ("HOME", "SHOP"), strict=True):
        item["fulfilmentChoiceRef"] = choice
    await shop.penstock.client.graphql(
        "mutation ($input: CreateOrderInput) { createOrder(input: $input) { id } }",
        input={**given, "type": "MULTI", "fulfilmentChoices": [delivery, collection]},
    )
    await shop.penstock.settle()


async def looked_up(shop: Stage, ref: str) -> Node:
    """Return status, statuses of the choices by ref, and the fulfilments, oldest first."""
    found = await shop.penstock.client.graphql(_ORDER, ref=[ref])
    order = found["orders"]["edges"][0]["node"]
    choices = [edge["node"] for edge in order["fulfilmentChoices"]["edges"]]
    fulfilments = sorted((edge["node"] for edge in order["fulfilments"]["edges"]), key=lambda f: int(f["id"]))
    return {
        "status": order["status"],
        "choices": {c["ref"]: c["status"] for c in choices},
        "fulfilments": {f["fulfilmentChoiceRef"]: f for f in fulfilments},
    }


async def test_choices_are_sourced_by_themselves_and_the_order_is_told(shop: Stage) -> None:
    await prepared(shop)
    await mixed(shop, "MIX-1")
    order = await looked_up(shop, "MIX-1")
    home, collected = order["fulfilments"]["HOME"], order["fulfilments"]["SHOP"]
    assert (home["type"], home["fromAddress"]["ref"], home["toAddress"]["ref"]) == ("HD_PFDC", "DC-01", "MIX-1-TO")
    assert (collected["type"], collected["fromAddress"]["ref"]) == ("CC_PFS", "PICKUP")
    assert collected["toAddress"]["ref"] == "PICKUP"
    assert {home["ref"], collected["ref"]} == {"MIX-1-1", "MIX-1-2"}
    assert (await shop.on_hand("TSHIRT", "DC-01"), await shop.on_hand("JEANS", "PICKUP")) == (3, 0)

    assert await shop.penstock.send("Done", "FULFILMENT", home["id"]) == "SUCCESS"
    order = await looked_up(shop, "MIX-1")
    assert (order["status"], order["choices"]) == ("BOOKED", {"HOME": "COMPLETE", "SHOP": "PICK_PACK"})
    assert await shop.penstock.send("Done", "FULFILMENT", collected["id"]) == "SUCCESS"
    order = await looked_up(shop, "MIX-1")
    assert (order["status"], order["choices"]) == ("COMPLETE", {"HOME": "COMPLETE", "SHOP": "COMPLETE"})


async def test_36_15_a_later_delivery_is_sourced_later(shop: Stage) -> None:
    await prepared(shop)
    await shop.set("fc.order.sourcing.reservation.time", 48)
    await shop.penstock.settle()
    later = shop.penstock.clock.now() + timedelta(days=10)
    await mixed(shop, "MIX-2", deliverAfter=later.isoformat())
    order = await looked_up(shop, "MIX-2")
    assert (order["choices"]["HOME"], list(order["fulfilments"])) == ("BOOKED", ["SHOP"])
    await shop.penstock.advance(timedelta(days=7, hours=23))
    assert list((await looked_up(shop, "MIX-2"))["fulfilments"]) == ["SHOP"]
    await shop.penstock.advance(timedelta(hours=2))
    assert sorted((await looked_up(shop, "MIX-2"))["fulfilments"]) == ["HOME", "SHOP"]

"""Click and collect as far as sourcing goes: the home delivery workflow with another beginning (spec 34 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import queries

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

_HOME = {"CheckOrderCoordinates", "CheckOrderDeliveryAddress", "ResolveOrderCoordinates", "UpdateOrderCoordinates"}


async def install_collection(stage: Stage, *places: str) -> None:
    """Install a workflow ``ORDER::CC`` over a network for collection of these places."""
    network = await stage.network(f"CC_{stage.retailer}")
    for ref in places:
        await stage.update_location(id=await stage.location_id(ref), networks=[{"id": network}])
    await stage.penstock.install(_document(stage.penstock.workflow("ORDER::HD"), f"CC_{stage.retailer}"))
    await stage.penstock.settle()


def _document(home: Node, network: str) -> Node:
    account = home["rulesets"][0]["rules"][0]["name"].partition(".")[0]

    def rule(name: str, event: str, **props: Any) -> Node:
        return {"name": f"{account}.{name}", "props": {"eventName": event, **props}}

    def ruleset(name: str, status: list[str], *rules: Node) -> Node:
        triggers = [{"status": s} for s in status]
        return {"name": name, "type": "ORDER", "eventType": "NORMAL", "triggers": triggers, "rules": list(rules)}

    received = {"name": f"{account}.core.SetState", "props": {"status": "RECEIVED"}}
    own = [
        ruleset("CREATE", ["CREATED"], received, rule("core.SendEvent", "CheckPickupLocation")),
        ruleset(
            "CheckPickupLocation",
            ["RECEIVED"],
            rule("order.ForwardIfPickupLocationValid", "ProcessOrder", networkRef=network),
            rule("order.ForwardIfPickupLocationNotValid", "ProcessError", networkRef=network),
        ),
        ruleset(
            "FindAndCreateOrderFulfilment",
            ["BOOKED", "PICK_PACK"],
            rule("order.ForwardEventWithPickupLocationCoordinates", "GetLocationsForNetwork"),
        ),
        ruleset(
            "GetLocationsForNetwork",
            ["BOOKED", "PICK_PACK"],
            rule(
                "order.GetLocationsForNetwork",
                "CalculateLocationsDistances",
                networkRef=network,
                locationStatuses=["ACTIVE"],
            ),
        ),
    ]
    replaced = _HOME | {r["name"] for r in own}
    others = [
        {**r, "subtype": "CC"} if r.get("subtype") == "HD" else r
        for r in home["rulesets"]
        if r["type"] != "ORDER" or r["name"] not in replaced
    ]
    for found in others:
        for props in (r["props"] for r in found["rules"] if found["name"] == "ProcessFulfilment"):
            if props.get("attributeValue") == "HD_PFDC":
                props["attributeValue"] = "CC_PFDC"
            elif props.get("attributeValue") == "HD_PFS":
                props["attributeValue"] = "CC_PFS"
    (process,) = (r for r in others if r["name"] == "ProcessFulfilment")
    own_store = {"attributeName": "FulfilmentType", "attributeValue": "CC_PFCP"}
    process["rules"].append(rule("core.SendEventOnVerifyingAttributeValue", "StoreFulfilment", **own_store))
    return {**home, "name": "ORDER::CC", "entitySubtype": "CC", "rulesets": [*own, *others]}


async def collect_at(stage: Stage, ref: str, place: str, *lines: tuple[str, int]) -> Node:
    """Create an order that is collected at a place and settle; return it."""
    given = await stage.order_input(ref, *lines)
    choice = {"deliveryType": "STANDARD", "pickupLocationRef": place}
    await stage.graphql(queries.CREATE_ORDER, **{**given, "type": "CC", "fulfilmentChoice": choice})
    await stage.penstock.settle()
    return await stage.order(ref)

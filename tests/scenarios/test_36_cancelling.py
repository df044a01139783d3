"""Single items cancelled before the wave (spec 36.44), fulfilments given to other stores, and manifests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from floor import pack_all, wave_and_pick
from histories import histories

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

_CANCELLED = """query ($ref: [String]) { orders(ref: $ref) { edges { node {
  items { edges { node { id attributes { name type value } } } } } } } }"""
_BOOK = """mutation ($input: CreateCarrierConsignmentInput) { createCarrierConsignment(input: $input) { id ref } }"""
_CARRIER = """query { carrier(ref: "DEFAULT_CARRIER:1") { id } }"""
_MANIFESTS = """query { manifests { edges { node { ref type status workflowRef carrier { ref } location { ref }
  carrierConsignments { edges { node { ref } } } } } } }"""
_WAVES = """query { waves { edges { node { fulfilments { edges { node { ref } } } } } } }"""
MIND = {"value": "CHANGE_MIND", "label": "Changed my mind"}


async def cancel(shop: Stage, order: str, units: int, reason: Node | None = MIND) -> str:
    """Cancel units of the only line of an order and settle; return the event's status."""
    (item,) = (await shop.order(order))["items"]
    entry = {"orderItemId": item["id"], "quantity": units, "reason": reason}
    return await shop.penstock.send("CancelOrderItems", "ORDER", order, {"items": [entry]})


async def noted(shop: Stage, order: str) -> Node:
    """Return the attributes of the only line of an order."""
    found = (await shop.penstock.client.graphql(_CANCELLED, ref=[order]))["orders"]["edges"][0]["node"]
    (edge,) = found["items"]["edges"]
    return {a["name"]: a["value"] for a in edge["node"]["attributes"] or ()}


async def differences(shop: Stage, type_: str, ref: str) -> list[str]:
    """Return what a replay finds otherwise than it was."""
    async with histories(shop.penstock.stored) as house:
        done = await house.replay(await house.subject(type_, ref))
    assert done.ending is not None
    assert done.ending.verdict == "EQUAL"
    return [s.difference.sentence() for s in done.steps if s.difference]


async def test_36_44_partial_cancel(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 3})
    assert await shop.buy("WEB-44", ("TSHIRT", 3)) == ["SYD-01[TSHIRT3]"]
    assert await cancel(shop, "WEB-44", 1) == "SUCCESS"
    assert await noted(shop, "WEB-44") == {
        "cancelledQuantity": 1,
        "cancellations": [{"quantity": 1, "reason": MIND}],
    }
    assert await shop.plan("WEB-44") == ["SYD-01[TSHIRT2]"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 3", "RESERVED -2"]
    assert await cancel(shop, "WEB-44", 3) == "FAILED"
    assert await cancel(shop, "WEB-44", 1, reason=None) == "FAILED"
    assert await shop.plan("WEB-44") == ["SYD-01[TSHIRT2]"]
    assert await cancel(shop, "WEB-44", 2) == "SUCCESS"
    assert await shop.statuses("WEB-44") == ["CANCELLED", "SYD-01 CANCELLED"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 3"]
    assert await shop.sellable("TSHIRT", "SYD-01") == 3
    assert await differences(shop, "ORDER", "WEB-44") == []
    assert await differences(shop, "INVENTORY_POSITION", "TSHIRT:SYD-01:DEFAULT") == []


async def test_cancelled_units_are_promised_to_others(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 3})
    await shop.buy("A", ("TSHIRT", 3))
    assert await shop.buy("B", ("TSHIRT", 2)) == ["RJT_1[TSHIRT2]"]
    assert await cancel(shop, "A", 2) == "SUCCESS"
    assert await shop.on_hand("TSHIRT", "SYD-01") == 2
    assert await shop.sellable("TSHIRT", "SYD-01") == 2
    assert await shop.buy("C", ("TSHIRT", 2)) == ["SYD-01[TSHIRT2]"]
    assert await shop.sellable("TSHIRT", "SYD-01") == 0
    await wave_and_pick(shop, "SYD-01", TSHIRT=3)
    assert await shop.statuses("A") == ["PICK_PACK", "SYD-01 FULFILLED"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 3", "SALE -1", "SALE -2"]
    assert await cancel(shop, "A", 1) == "NO_MATCH"
    assert await cancel(shop, "B", 2) == "SUCCESS"
    assert await shop.statuses("B") == ["CANCELLED", "RJT_1 CANCELLED"]


def _ruleset(name: str, type_: str, *statuses: str) -> Node:
    triggers = [{"status": status} for status in statuses]
    rule = {"name": f"PENSTOCK.order.{name}", "props": {}}
    return {"name": name, "type": type_, "eventType": "NORMAL", "triggers": triggers, "rules": [rule]}


async def _with(shop: Stage, workflow: str, *rulesets: Node) -> None:
    """Install a reference workflow with more rulesets."""
    document = shop.penstock.workflow(workflow)
    await shop.penstock.install({**document, "version": "1.1", "rulesets": [*document["rulesets"], *rulesets]})


def _at_once(event: str) -> Node:
    """Return a ruleset that has an event sent to a store in a minute, so that several come at the same moment."""
    rule = {"name": "PENSTOCK.core.ScheduleEvent", "props": {"eventName": event, "delay": 60}}
    return {**_ruleset("", "LOCATION", "ACTIVE"), "name": f"{event}Soon", "rules": [rule]}


async def _twice_at_once(shop: Stage, event: str, place: str, **attributes: int) -> list[str]:
    """Let a store get an event twice at the same moment; return what became of them, sorted."""
    for _ in range(2):
        await shop.penstock.send(f"{event}Soon", "LOCATION", await shop.location_id(place), attributes)
    await shop.penstock.advance(timedelta(minutes=1, seconds=10))
    return sorted(e["eventStatus"] for e in await shop.penstock.events(name=event, eventType="ORCHESTRATION"))


async def test_a_fulfilment_is_given_to_another_store(shop: Stage) -> None:
    await _with(shop, "ORDER::HD", _ruleset("AssignFulfilment", "FULFILMENT", "AWAITING_WAVE", "ESCALATED"))
    await shop.fill(SYD_01={"TSHIRT": 2}, MEL_01={"TSHIRT": 1})
    await shop.buy("A", ("TSHIRT", 2))
    (waiting,) = await shop.fulfilments("A")

    async def assign(place: str) -> str:
        return await shop.penstock.send("AssignFulfilment", "FULFILMENT", waiting["id"], {"locationRef": place})

    assert await assign("MEL-01") == "FAILED"
    assert await shop.statuses("A") == ["BOOKED", "SYD-01 AWAITING_WAVE"]
    await shop.fill(MEL_01={"TSHIRT": 2})
    assert await assign("MEL-01") == "SUCCESS"
    assert await shop.statuses("A") == ["BOOKED", "SYD-01 CANCELLED", "MEL-01 AWAITING_WAVE"]
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 2"]
    assert await shop.ledger("TSHIRT", "MEL-01") == ["LAST_ON_HAND 2", "RESERVED -2"]
    assert await differences(shop, "ORDER", "A") == []


async def _booked(shop: Stage, order: str, place: str) -> str:
    """Let a store pack an order, and book its parcel in the carrier's own workflow; return the booking's ref."""
    await shop.buy(order, ("TSHIRT", 1))
    await wave_and_pick(shop, place, TSHIRT=1)
    (fulfilment,) = await shop.fulfilments(order)
    await pack_all(shop, fulfilment)
    ((article,),) = [f["articles"] for f in await shop.fulfilments(order)]
    carrier = (await shop.penstock.client.graphql(_CARRIER))["carrier"]
    about = {"carrier": {"id": carrier["id"]}, "retailer": {"id": shop.retailer}}
    parcels = [{"article": {"id": article["id"]}}]
    return str((await shop.graphql(_BOOK, ref=f"B-{order}", carrierConsignmentArticles=parcels, **about))["ref"])


async def test_a_manifest_lists_what_waits_at_a_store_once(shop: Stage) -> None:
    await _with(shop, "LOCATION::STORE", _ruleset("CreateManifest", "LOCATION", "ACTIVE"))
    await shop.fill(SYD_01={"TSHIRT": 2})
    first, second = await _booked(shop, "A", "SYD-01"), await _booked(shop, "B", "SYD-01")
    await shop.fill(SYD_01={"TSHIRT": 0}, MEL_01={"TSHIRT": 1})
    await _booked(shop, "C", "MEL-01")
    store = await shop.location_id("SYD-01")
    assert await shop.penstock.send("CreateManifest", "LOCATION", store) == "SUCCESS"
    assert await shop.penstock.send("CreateManifest", "LOCATION", store) == "FAILED"
    (edge,) = (await shop.penstock.client.graphql(_MANIFESTS))["manifests"]["edges"]
    manifest = edge["node"]
    assert (manifest["carrier"], manifest["location"]) == ({"ref": "DEFAULT_CARRIER:1"}, {"ref": "SYD-01"})
    assert (manifest["type"], manifest["status"], manifest["workflowRef"]) == ("DEFAULT", "CREATED", "CARRIER::DEFAULT")
    listed = {e["node"]["ref"] for e in manifest["carrierConsignments"]["edges"]}
    assert listed == {first, second}
    (event,) = await shop.penstock.events(name="CREATE", context__entityType="MANIFEST", eventType="ORCHESTRATION")
    assert event["eventStatus"] == "NO_MATCH"
    assert await differences(shop, "LOCATION", "SYD-01") == []


async def test_two_manifests_at_once_list_nothing_twice(shop: Stage) -> None:
    await _with(shop, "LOCATION::STORE", _ruleset("CreateManifest", "LOCATION", "ACTIVE"), _at_once("CreateManifest"))
    await shop.fill(SYD_01={"TSHIRT": 1})
    await _booked(shop, "A", "SYD-01")
    assert await _twice_at_once(shop, "CreateManifest", "SYD-01") == ["FAILED", "SUCCESS"]
    assert len((await shop.penstock.client.graphql(_MANIFESTS))["manifests"]["edges"]) == 1


async def test_two_waves_at_once_share_no_fulfilment(shop: Stage) -> None:
    await _with(shop, "LOCATION::STORE", _at_once("CreateWaveByExpiry"))
    await shop.fill(SYD_01={"TSHIRT": 2})
    for order in ("A", "B"):
        await shop.buy(order, ("TSHIRT", 1))
    assert await _twice_at_once(shop, "CreateWaveByExpiry", "SYD-01", maxCount=1) == ["SUCCESS", "SUCCESS"]
    waves = (await shop.penstock.client.graphql(_WAVES))["waves"]["edges"]
    assert sorted(e["node"]["ref"] for w in waves for e in w["node"]["fulfilments"]["edges"]) == ["A-1", "B-1"]

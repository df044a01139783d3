"""Spec 36 B: waves, picks, parcels and the courier. The system rejected location is RJT_1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from floor import (
    collect,
    collect_all,
    pack,
    pack_all,
    parcel,
    pick,
    warehouse_pick,
    wave,
    wave_and_pick,
    waves,
)

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]


async def one(shop: Stage, order: str, number: int = 0) -> Node:
    """Return a fulfilment of an order, the first unless ``number`` says else."""
    return (await shop.fulfilments(order))[number]


async def counted(shop: Stage, order: str, number: int = 0) -> tuple[str, int, int]:
    """Return status, filled and rejected units of a fulfilment with one item."""
    fulfilment = await one(shop, order, number)
    (item,) = fulfilment["items"]
    return fulfilment["status"], item["filledQuantity"], item["rejectedQuantity"]


async def queue(shop: Stage, **hours: int) -> None:
    """Let orders of 2 TSHIRT wait at SYD-01 that expire so many hours after the start."""
    await shop.fill(SYD_01={"TSHIRT": 20})
    for order, count in hours.items():
        await shop.limit("SYD-01", count)
        assert await shop.buy(order, ("TSHIRT", 2)) == ["SYD-01[TSHIRT2]"]


async def picked(shop: Stage, units: int = 2) -> Node:
    """Return the fulfilment of an order ``O`` of 2 TSHIRT of which SYD-01 has picked so many."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("O", ("TSHIRT", 2))
    await wave_and_pick(shop, "SYD-01", TSHIRT=units)
    return await one(shop, "O")


async def test_36_16_wave_by_expiry(shop: Stage) -> None:
    await shop.user("mira", "STORE_ASSISTANT", context="RETAILER", context_id=1)
    await queue(shop, F1=12, F2=11, F3=13)
    expiry = [datetime.fromisoformat((await one(shop, ref))["expiryTime"]).hour for ref in ("F1", "F2", "F3")]
    assert expiry == [12, 11, 13]
    started = await wave(shop, "SYD-01", 2, userName="mira")
    assert (started["status"], started["allocatedTo"]["username"]) == ("PICK", "mira")
    members = {(await one(shop, ref))["id"] for ref in ("F1", "F2")}
    assert {fulfilment["id"] for fulfilment in started["fulfilments"]} == members
    assert await shop.statuses("F1") == ["PICK_PACK", "SYD-01 ASSIGNED"]
    assert await shop.statuses("F2") == ["PICK_PACK", "SYD-01 ASSIGNED"]
    assert await shop.statuses("F3") == ["BOOKED", "SYD-01 AWAITING_WAVE"]


async def test_36_17_custom_wave_skips_waved_fulfilments(shop: Stage) -> None:
    await queue(shop, F1=12, F2=11, F3=13)
    await wave(shop, "SYD-01", 2)
    chosen = [(await one(shop, ref))["id"] for ref in ("F1", "F3")]
    attributes = {"fulfilmentIds": chosen, "waveName": "Afternoon"}
    place = await shop.location_id("SYD-01")
    assert await shop.penstock.send("CreateWaveByUserSelection", "LOCATION", place, attributes) == "SUCCESS"
    _, custom = await waves(shop)
    assert custom["name"] == "Afternoon"
    assert [fulfilment["id"] for fulfilment in custom["fulfilments"]] == chosen[1:]


async def test_36_18_full_pick_and_pack(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("O", ("TSHIRT", 2))
    started = await wave(shop, "SYD-01")
    assert await pick(shop, started["id"], TSHIRT=2) == "SUCCESS"
    assert [w["status"] for w in await waves(shop)] == ["COMPLETE"]
    assert await counted(shop, "O") == ("FULFILLED", 2, 0)
    assert await shop.ledger("TSHIRT", "SYD-01") == ["LAST_ON_HAND 5", "SALE -2"]
    assert await shop.ledger("TSHIRT", "SYD-01", "INACTIVE") == ["RESERVED -2"]
    assert await shop.on_hand("TSHIRT", "SYD-01") == 3
    await pack_all(shop, await one(shop, "O"))
    fulfilment = await one(shop, "O")
    (article,) = fulfilment["articles"]
    assert (article["type"], article["height"], article["weight"]) == ("DEFAULT", 18, 3)
    assert [item["quantity"] for item in article["items"]] == [2]
    (carried,) = article["consignmentArticles"]
    assert carried["consignment"]["status"] == "ACTIVE_LODGED"
    assert carried["consignment"]["labelUrl"]
    assert article["status"] == "AWAITING_COURIER_COLLECTION"
    waiting = ["AWAITING_COURIER_COLLECTION", "SYD-01 AWAITING_COURIER_COLLECTION"]
    assert await shop.statuses("O") == waiting


async def test_36_19_courier_collects(shop: Stage) -> None:
    await pack_all(shop, await picked(shop))
    mira = await shop.user("mira", "STORE_ASSISTANT", context="RETAILER", context_id=1)
    (article,) = (await one(shop, "O"))["articles"]
    event = shop.penstock.event("ARTICLE_COLLECTED", "ARTICLE", article["id"])
    status, _ = await mira.call("POST", "/api/v4.1/event/async", event)
    assert status == 200
    await shop.penstock.settle()
    (article,) = (await one(shop, "O"))["articles"]
    assert article["status"] == "COLLECTED"
    assert await shop.statuses("O") == ["COMPLETE", "SYD-01 COMPLETE"]
    (event,) = await shop.penstock.events(name="ARTICLE_COLLECTED", eventType="ORCHESTRATION")
    assert event["generatedBy"] == "mira"


async def test_36_20_two_parcels(shop: Stage) -> None:
    fulfilment = await picked(shop)
    one_each = parcel(**{f"i{fulfilment['items'][0]['id']}": 1})
    assert await pack(shop, fulfilment, one_each, one_each) == "SUCCESS"
    first, second = (await one(shop, "O"))["articles"]
    assert await collect(shop, first) == "SUCCESS"
    assert (await one(shop, "O"))["status"] == "AWAITING_COURIER_COLLECTION"
    assert await collect(shop, second) == "SUCCESS"
    assert await shop.statuses("O") == ["COMPLETE", "SYD-01 COMPLETE"]


async def test_36_21_allocation_by_expiry(shop: Stage) -> None:
    await queue(shop, F1=12, F2=11)
    await wave_and_pick(shop, "SYD-01", TSHIRT=3)
    assert await counted(shop, "F2") == ("FULFILLED", 2, 0)
    assert await counted(shop, "F1") == ("PARTIALLY_FULFILLED", 1, 1)
    assert await shop.ledger("TSHIRT", "SYD-01") == ["CORRECTION -1", "LAST_ON_HAND 20", "SALE -1", "SALE -2"]


async def test_36_22_short_pick_re_sources(shop: Stage) -> None:
    await shop.fill(SYD_02={"TSHIRT": 4})
    await queue(shop, F1=12, F2=11)
    await wave_and_pick(shop, "SYD-01", TSHIRT=3)
    assert await shop.plan("F1") == ["SYD-01[TSHIRT2]", "SYD-02[TSHIRT1]"]
    assert await shop.statuses("F1") == ["PICK_PACK", "SYD-01 PARTIALLY_FULFILLED", "SYD-02 AWAITING_WAVE"]
    await pack_all(shop, await one(shop, "F1"))
    await collect_all(shop, "F1")
    assert await shop.statuses("F1") == ["PICK_PACK", "SYD-01 COMPLETE", "SYD-02 AWAITING_WAVE"]
    await wave_and_pick(shop, "SYD-02", TSHIRT=1)
    await pack_all(shop, await one(shop, "F1", 1))
    await collect_all(shop, "F1")
    assert await shop.statuses("F1") == ["COMPLETE", "SYD-01 COMPLETE", "SYD-02 COMPLETE"]


async def test_36_23_zero_pick(shop: Stage) -> None:
    await picked(shop, 0)
    assert await counted(shop, "O") == ("REJECTED", 0, 2)
    assert await shop.plan("O") == ["SYD-01[TSHIRT2]", "RJT_1[TSHIRT2]"]
    assert await shop.statuses("O") == ["PICK_PACK", "SYD-01 REJECTED", "RJT_1 ESCALATED"]
    assert await shop.penstock.send("CloseOrder", "ORDER", "O") == "SUCCESS"
    assert await shop.statuses("O") == ["CANCELLED", "SYD-01 REJECTED", "RJT_1 CANCELLED"]


async def test_36_23_zero_pick_with_stock_elsewhere(shop: Stage) -> None:
    await shop.fill(SYD_02={"TSHIRT": 4})
    await picked(shop, 0)
    assert await shop.plan("O") == ["SYD-01[TSHIRT2]", "SYD-02[TSHIRT2]"]
    assert await shop.statuses("O") == ["PICK_PACK", "SYD-01 REJECTED", "SYD-02 AWAITING_WAVE"]


async def test_36_24_bad_pick_payload(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("O", ("TSHIRT", 2))
    started = await wave(shop, "SYD-01")
    status, body = await shop.penstock.sync("PickConfirmAndWaveComplete", "WAVE", started["id"], {})
    assert (status, body["eventStatus"]) == (400, "FAILED")
    assert "pickedItems" in body["message"]
    negative = {"pickedItems": [{"productRef": "TSHIRT", "catalogueRef": "PC:MASTER:1", "availableQty": -1}]}
    status, body = await shop.penstock.sync("PickConfirmAndWaveComplete", "WAVE", started["id"], negative)
    assert (status, body["eventStatus"]) == (400, "FAILED")
    assert "TSHIRT" in body["message"]
    assert [w["status"] for w in await waves(shop)] == ["PICK"]


async def test_36_25_damaged_at_pack(shop: Stage) -> None:
    document = shop.penstock.workflow("ORDER::HD")
    booking = next(r for r in document["rulesets"] if r["name"] == "CreateConsignment")
    booking["rules"] = [{"name": "PENSTOCK.core.SendWebhook", "props": {"setting": "webhook.carrier.booking"}}]
    await shop.penstock.install({**document, "version": "1.1"})  # the carrier takes its time
    await shop.fill(SYD_02={"TSHIRT": 4})
    fulfilment = await picked(shop)
    item = fulfilment["items"][0]["id"]
    damaged = {"value": "damagedItem", "label": "Damaged"}
    rejection = {"fulfilmentItemId": item, "rejectedQty": 1, "rejectReason": damaged}
    assert await pack(shop, fulfilment, parcel(**{f"i{item}": 1}), rejections=[rejection]) == "SUCCESS"
    assert await counted(shop, "O") == ("PARTIALLY_FULFILLED", 1, 1)
    assert len((await one(shop, "O"))["articles"]) == 1
    assert await shop.ledger("TSHIRT", "SYD-01") == ["CORRECTION -1", "LAST_ON_HAND 5", "SALE -1"]
    assert await shop.on_hand("TSHIRT", "SYD-01") == 3
    assert await shop.plan("O") == ["SYD-01[TSHIRT2]", "SYD-02[TSHIRT1]"]


async def test_36_26_all_rejected_at_pack(shop: Stage) -> None:
    await shop.fill(SYD_02={"TSHIRT": 4})
    fulfilment = await picked(shop)
    damaged = {"value": "damagedItem", "label": "Damaged"}
    rejection = {"fulfilmentItemId": fulfilment["items"][0]["id"], "rejectedQty": 2, "rejectReason": damaged}
    assert await pack(shop, fulfilment, rejections=[rejection]) == "SUCCESS"
    assert await counted(shop, "O") == ("REJECTED", 0, 2)
    assert (await one(shop, "O"))["articles"] == []
    assert await shop.plan("O") == ["SYD-01[TSHIRT2]", "SYD-02[TSHIRT2]"]


async def test_36_27_queue_expiry(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5}, SYD_02={"TSHIRT": 5})
    await shop.buy("O", ("TSHIRT", 2))
    await shop.penstock.advance(timedelta(minutes=121))
    assert await counted(shop, "O") == ("EXPIRED", 0, 2)
    assert await shop.ledger("TSHIRT", "SYD-01", "INACTIVE") == ["RESERVED -2"]
    assert await shop.on_hand("TSHIRT", "SYD-01") == 5
    assert await shop.statuses("O") == ["BOOKED", "SYD-01 EXPIRED", "SYD-02 AWAITING_WAVE"]
    await shop.penstock.advance(timedelta(minutes=121))
    assert await shop.statuses("O") == ["BOOKED", "SYD-01 EXPIRED", "SYD-02 EXPIRED", "RJT_1 ESCALATED"]


async def test_36_28_late_timer_is_harmless(shop: Stage) -> None:
    await shop.fill(SYD_01={"TSHIRT": 5})
    await shop.buy("O", ("TSHIRT", 2))
    await wave(shop, "SYD-01")
    before = await shop.order("O")
    await shop.penstock.advance(timedelta(minutes=121))
    (timer,) = await shop.penstock.events(name="FulfilmentExpiry", eventType="ORCHESTRATION")
    assert timer["eventStatus"] == "NO_MATCH"
    assert await shop.order("O") == before


async def test_36_29_dc_short_ship(shop: Stage) -> None:
    await shop.fill(DC_01={"TSHIRT": 10})
    await shop.buy("WEB-1", ("TSHIRT", 2))
    await shop.fill(SYD_01={"TSHIRT": 5})
    assert await warehouse_pick(shop, await one(shop, "WEB-1"), 1) == "SUCCESS"
    assert await counted(shop, "WEB-1") == ("PARTIALLY_FULFILLED", 1, 1)
    assert await shop.plan("WEB-1") == ["DC-01[TSHIRT2]", "SYD-01[TSHIRT1]"]

"""Locations, networks, fulfilments, parcels and waves by mutation (spec 30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from shop import ORDER, Shop, open_shop

from penstock.identity.principal import Scope

if TYPE_CHECKING:
    from penstock.database.pools import Database


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await open_shop(database)


LOCATION = """mutation($r: ID!, $ref: String!, $networks: [NetworkId]) { createLocation(input: {ref: $ref,
  type: "STORE", name: "Leeds", retailer: {id: $r}, networks: $networks, storageAreas: [{ref: "SHELF", type: "X"}],
  primaryAddress: {ref: $ref, latitude: 53.8, longitude: -1.5, city: "Leeds"},
  openingSchedule: {allHours: false, monStart: 900, monEnd: 1700, tueStart: 0, tueEnd: 0, wedStart: 0, wedEnd: 0,
    thuStart: 0, thuEnd: 0, friStart: 0, friEnd: 0, satStart: 0, satEnd: 0, sunStart: 0, sunEnd: 0}}) {
  id ref status workflowRef primaryAddress { id ref } openingSchedule { id monStart }
  networks { edges { node { ref } } } storageAreas { edges { node { id name } } } } }"""
NETWORK = """mutation($r: [RetailerId!]!) { createNetwork(input: {name: "HD_1", retailers: $r}) { id ref status
  retailers { edges { node { ref } } } } }"""


async def _location(shop: Shop, ref: str = "LEEDS", networks: list[dict[str, str]] | None = None) -> Any:
    return await shop.run(LOCATION, r=shop.retailer, ref=ref, networks=networks or [])


async def test_locations_join_and_leave_networks(shop: Shop) -> None:
    network = await shop.run(NETWORK, r=[{"id": shop.retailer}])
    assert (network["ref"], network["status"]) == ("HD_1", "ACTIVE")
    location = await _location(shop, networks=[{"id": network["id"]}])
    assert location["workflowRef"] == "LOCATION::STORE"
    assert location["primaryAddress"]["ref"] == "LEEDS"
    assert location["openingSchedule"]["monStart"] == 900
    assert location["networks"]["edges"] == [{"node": {"ref": "HD_1"}}]
    assert location["storageAreas"]["edges"][0]["node"]["name"] == "SHELF"
    query = """mutation($id: ID!) { removeNetworksFromLocation(input: {location: {id: $id},
      networks: [{ref: "HD_1"}]}) { status } }"""
    assert await shop.run(query, id=location["id"]) == {"status": "SUCCESS"}
    assert await shop.database.fetchval("SELECT count(*) FROM network_location") == 0
    assert await shop.database.fetchval("SELECT revision FROM location") == 2


async def test_a_location_is_updated_with_its_address_and_hours(shop: Shop) -> None:
    location = await _location(shop)
    other = await _location(shop, "YORK")
    query = """mutation($input: UpdateLocationInput) { updateLocation(input: $input) { status
      primaryAddress { city } openingSchedule { monStart monEnd } } }"""
    given = {
        "id": location["id"],
        "status": "ACTIVE",
        "primaryAddress": {"id": location["primaryAddress"]["id"], "city": "York"},
        "openingSchedule": {"id": location["openingSchedule"]["id"], "monStart": 800},
    }
    updated = await shop.run(query, input=given)
    assert updated == {
        "status": "ACTIVE",
        "primaryAddress": {"city": "York"},
        "openingSchedule": {"monStart": 800, "monEnd": 1700},
    }
    given["primaryAddress"] = {"id": other["primaryAddress"]["id"], "city": "York"}
    assert await shop.code(query, input=given) == "C0120E"
    query = """mutation($id: ID!, $a: ID!) { updateLocationPrimaryAddress(input: {id: $id, primaryAddress: {id: $a}}) {
      primaryAddress { ref } } }"""
    moved = await shop.run(query, id=location["id"], a=other["primaryAddress"]["id"])
    assert moved["primaryAddress"]["ref"] == "YORK"


async def test_a_store_user_writes_only_at_the_own_location(shop: Shop) -> None:
    mine, other = await _location(shop), await _location(shop, "YORK")
    retailers = frozenset({shop.retailer})
    scope = Scope(retailers=retailers, locations=frozenset({int(mine["id"])}), partial=retailers)
    user = shop.user(scope, {shop.retailer: "ACME GIFTS"})
    query = """mutation($r: ID!, $l: ID!) { createWave(input: {ref: "W", type: "STORE", retailer: {id: $r},
      location: {id: $l}, fulfilments: []}) { status workflowRef location { id } } }"""
    wave = await shop.run(query, user, r=shop.retailer, l=mine["id"])
    assert wave["workflowRef"] == "LOCATION::STORE"
    assert await shop.code(query, user, r=shop.retailer, l=other["id"]) == "C0120E"
    assert await shop.code(ORDER, user, input=shop.order()) == "C0020E"


async def test_fulfilments_articles_consignments_and_waves_hang_on_their_order(shop: Shop) -> None:
    order = await shop.run(ORDER, input=shop.order())
    location = await _location(shop)
    item = await shop.database.fetchval("SELECT min(id) FROM order_item")
    query = """mutation($input: CreateFulfilmentInput) { createFulfilment(input: $input) { id workflowRef
      items { edges { node { ref status orderItem { ref } } } } fromLocation { ref } } }"""
    nothing = {"filledQuantity": 0, "rejectedQuantity": 0}
    given = {
        "ref": "F1",
        "type": "HD_PFS",
        "order": {"id": order["id"]},
        "fromAddress": {"id": location["primaryAddress"]["id"]},
        "items": {"ref": "F1-1", "requestedQuantity": 2, "orderItem": {"id": item}, **nothing},
    }
    fulfilment = await shop.run(query, input=given)
    assert fulfilment["workflowRef"] == "ORDER::HD"
    assert fulfilment["items"]["edges"][0]["node"]["orderItem"]["ref"] == "HD-1-1"
    query = """mutation($f: ID!, $i: ID!) { createArticle(input: {ref: "A", type: "DEFAULT", height: 1, length: 1,
      weight: 1, width: 1, fulfilments: [{id: $f}], items: [{quantity: 1, orderItem: {id: $i}}]}) {
        id workflowRef } }"""
    article = await shop.run(query, f=fulfilment["id"], i=item)
    assert article["workflowRef"] == "ORDER::HD"
    carrier = await shop.run(
        """mutation($r: ID!) { createCarrier(input: {ref: "C", name: "C", type: "DEFAULT", retailer: {id: $r}}) {
          id workflowRef } }""",
        r=shop.retailer,
    )
    assert carrier["workflowRef"] == "CARRIER::DEFAULT"
    query = """mutation($r: ID!, $c: ID!, $a: ID!) { createConsignment(input: {ref: "K", consignmentReference: "T",
      carrier: {id: $c}, retailer: {id: $r}, consignmentArticles: [{article: {id: $a}}]}) {
        workflowRef consignmentArticles { edges { node { article { ref } } } } } }"""
    consignment = await shop.run(query, r=shop.retailer, c=carrier["id"], a=article["id"])
    assert consignment["workflowRef"] == "ORDER::HD"
    assert consignment["consignmentArticles"]["edges"] == [{"node": {"article": {"ref": "A"}}}]
    roots = await shop.database.fetch("SELECT DISTINCT root_id FROM pending_event WHERE root_type = 'ORDER'")
    assert [str(r["root_id"]) for r in roots] == [order["id"]]
    query = """mutation($r: ID!, $l: ID!, $f: ID!) { createWave(input: {ref: "W", type: "STORE", retailer: {id: $r},
      location: {id: $l}, fulfilments: [{id: $f}]}) {
        id fulfilments { edges { node { ref } } } location { ref } processingLocation { ref } } }"""
    wave = await shop.run(query, r=shop.retailer, l=location["id"], f=fulfilment["id"])
    assert wave["fulfilments"]["edges"] == [{"node": {"ref": "F1"}}]
    assert wave["processingLocation"] == wave["location"]
    found = await shop.run(
        "query ($p: LocationLinkInput) { waves(processingLocation: $p) { edges { node { id } } } }", p=wave["location"]
    )
    assert found["edges"] == [{"node": {"id": wave["id"]}}]
    query = """mutation($w: ID!, $f: ID!) { removeFulfilmentsFromWave(input: {wave: {id: $w},
      fulfilments: [{id: $f}]}) { status } }"""
    await shop.run(query, w=wave["id"], f=fulfilment["id"])
    assert await shop.database.fetchval("SELECT count(*) FROM wave_fulfilment") == 0


async def test_an_article_without_fulfilments_belongs_nowhere(shop: Shop) -> None:
    query = """mutation { createArticle(input: {ref: "A", type: "DEFAULT", height: 1, length: 1, weight: 1, width: 1,
      fulfilments: []}) { id } }"""
    assert await shop.code(query) == "C0140E"

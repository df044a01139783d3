"""Spec 23 §8: totals over stock, the search over virtual stock; and parcels by where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from floor import pack_all, wave_and_pick

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

pytest_plugins = ["worlds"]

SEARCH = """query ($wanted: [ProductQuantityInput!]!, $without: [String!], $near: GeoCoordinateInput, $status: String,
  $first: Int) {
  searchVirtualInventory(virtualCatalogue: {ref: "BASE:1"}, productQuantities: $wanted, excludedLocationRefs: $without,
    orderByProximity: $near, virtualPosition: {status: $status}, first: $first) {
    edges { node { location { ref } virtualPositions { productRef quantity } } }
    pageInfo { hasNextPage hasPreviousPage } } }"""
POSITIONS = """query ($product: String!, $network: String, $status: [String!]) {
  inventoryPositionAggregate(catalogue: {ref: "DEFAULT:1"}, productRef: $product, networkRef: $network,
    status: $status) { sum count } }"""
QUANTITIES = """query ($type: [String!], $expected: DateRange) {
  inventoryQuantityAggregate(position: {ref: "A:W1:DEFAULT", catalogue: {ref: "DEFAULT:1"}}, type: $type,
    expectedOn: $expected) { sum count } }"""
NETWORKED = "mutation ($input: UpdateLocationInput) { updateLocation(input: $input) { id } }"


async def first(stage: Stage, document: str, **variables: Any) -> Node:
    """Return the first field of an answer."""
    found: Node = next(iter((await stage.penstock.client.graphql(document, **variables)).values()))
    return found


async def quantity_aggregate(stage: Stage, **variables: Any) -> Node:
    """Return sum and count of the quantities of A at W1."""
    return await first(stage, QUANTITIES, **variables)


async def search(stage: Stage, *products: str, **variables: Any) -> list[str]:
    """Return the locations found, each with its positions: ``["S2 A3 B1"]``."""
    wanted = [{"productRef": p, "quantity": 1} for p in products]
    found = await first(stage, SEARCH, wanted=wanted, **variables)
    nodes = [edge["node"] for edge in found["edges"]]
    return [
        " ".join([n["location"]["ref"], *(f"{p['productRef']}{p['quantity']}" for p in n["virtualPositions"])])
        for n in nodes
    ]


async def test_avl_11_search(stock: Stage) -> None:
    await stock.fill(S1={"A": 1}, S2={"A": 3, "B": 1}, W1={"B": 9}, S3={"A": 0})
    near = dict(zip(("latitude", "longitude"), stock.customer, strict=True))
    assert await search(stock, "A", "B", near=near) == ["S1 A1", "S2 A3 B1", "W1 B9"]
    assert await search(stock, "A", "B", near=near, without=["S2"]) == ["S1 A1", "W1 B9"]
    assert await search(stock, "C", near=near) == []
    assert sorted(await search(stock, "B")) == ["S2 B1", "W1 B9"]
    assert await search(stock, "A", status="AT_RISK") == []
    page = await first(stock, SEARCH, wanted=[{"productRef": "A", "quantity": 1}], near=near, first=1)
    assert [edge["node"]["location"]["ref"] for edge in page["edges"]] == ["S1"]
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    named = SEARCH[: SEARCH.index("edges")] + "__typename } }"
    assert await first(stock, named, wanted=[], near=near) == {"__typename": "VirtualInventoryConnection"}
    far = {"latitude": -37.8, "longitude": 145.0}
    assert (await search(stock, "A", "B", near=far))[0] == "W1 B9"


async def test_the_search_goes_on_after_a_cursor(stock: Stage) -> None:
    await stock.fill(S1={"A": 1}, S2={"A": 3}, W1={"A": 9})
    asked = SEARCH.replace("$first: Int)", "$first: Int, $after: String)").replace(
        "first: $first", "first: $first, after: $after"
    )
    asked = asked.replace("edges { node", "edges { cursor node")
    wanted = [{"productRef": "A", "quantity": 1}]
    for near in (None, dict(zip(("latitude", "longitude"), stock.customer, strict=True))):
        whole = await first(stock, asked, wanted=wanted, near=near)
        refs, after = [], None
        for rest in (2, 1, 0):
            page = await first(stock, asked, wanted=wanted, near=near, first=1, after=after)
            assert page["pageInfo"] == {"hasNextPage": rest > 0, "hasPreviousPage": after is not None}
            refs += [edge["node"]["location"]["ref"] for edge in page["edges"]]
            after = page["edges"][0]["cursor"]
        assert refs == [edge["node"]["location"]["ref"] for edge in whole["edges"]]


async def test_avl_13_position_aggregate(stock: Stage) -> None:
    await stock.fill(S1={"A": 10}, S2={"A": 3}, W1={"A": 0})
    await stock.delta(("d1", "A", "W1", -2))
    metro = await stock.network("NET_METRO")
    for place in ("S1", "S2"):
        await stock.graphql(NETWORKED, id=await stock.location_id(place), networks=[{"id": metro}])
    assert await first(stock, POSITIONS, product="A") == {"sum": 11, "count": 3}
    assert await first(stock, POSITIONS, product="A", network="NET_METRO") == {"sum": 13, "count": 2}
    assert await first(stock, POSITIONS, product="Z") == {"sum": 0, "count": 0}
    assert await first(stock, POSITIONS, product="A", status=["INACTIVE"]) == {"sum": 0, "count": 0}
    for product in ("A", "Z"):
        for asked, told in (
            ("__typename", {"__typename": "InventoryPositionAggregateOutput"}),
            ("sum @skip(if: true)", {}),
        ):
            assert await first(stock, POSITIONS.replace("sum count", asked), product=product) == told


ARTICLES: list[tuple[Node, list[str]]] = [
    ({}, ["X", "Y"]),
    ({"orderRef": ["X"]}, ["X"]),
    ({"fromLocation": [{"ref": "SYD-01"}]}, ["X", "Y"]),
    ({"fromLocation": [{"ref": "SYD-02"}, {"ref": "MEL-01"}]}, []),
    ({"toLocation": [{"ref": "SYD-01"}]}, []),
    ({"orderType": ["HD"], "customerFirstName": "An%"}, ["X", "Y"]),
    ({"customerFirstName": "Bea"}, []),
    ({"customerEmail": "ana@example.com", "status": ["CREATED", "%"]}, ["X", "Y"]),
    ({"carrierName": "Nobody"}, []),
    ({"consignmentStatus": ["LOST"]}, []),
    ({"retailerId": [1], "createdOn": {"from": "2020-01-01T00:00:00Z"}}, ["X", "Y"]),
]


async def test_articles_by_location(packed: Stage, subtests: pytest.Subtests) -> None:
    document = """query ($status: [String!], $orderType: [String!], $fromLocation: [LocationKey!],
      $toLocation: [LocationKey!], $orderRef: [String!], $customerFirstName: String, $customerEmail: String,
      $consignmentStatus: [String!], $carrierName: String, $retailerId: [Int!], $createdOn: DateRange) {
      articlesByLocation(status: $status, orderType: $orderType, fromLocation: $fromLocation, toLocation: $toLocation,
        orderRef: $orderRef, customerFirstName: $customerFirstName, customerEmail: $customerEmail,
        consignmentStatus: $consignmentStatus, carrierName: $carrierName, retailerId: $retailerId,
        createdOn: $createdOn) { edges { node { fulfilments { edges { node { order { ref } } } } } } } }"""
    for given, found in ARTICLES:
        with subtests.test(given=given):
            page = await first(packed, document, **given)
            refs = [edge["node"]["fulfilments"]["edges"][0]["node"]["order"]["ref"] for edge in page["edges"]]
            assert sorted(refs) == found


@pytest.fixture
async def packed(shop: Stage) -> Stage:
    """Return a shop where SYD-01 has packed a parcel for each of two orders."""
    await shop.fill(SYD_01={"TSHIRT": 5})
    for ref in ("X", "Y"):
        await shop.buy(ref, ("TSHIRT", 1))
    await wave_and_pick(shop, "SYD-01", TSHIRT=2)
    for ref in ("X", "Y"):
        await pack_all(shop, (await shop.fulfilments(ref))[0])
    return shop


async def test_an_option_may_be_awaited(stock: Stage) -> None:
    document = """mutation ($input: CreateFulfilmentOptionInput, $mode: ExecutionMode) {
      createFulfilmentOption(input: $input, executionMode: $mode) { id status workflowRef products { productRef } } }"""
    asked = {"type": "HD", "retailerId": 1, "products": [{"productRef": "A", "requestedQuantity": 2}]}
    for mode, pending in ((None, {0, 1}), ("AWAIT_ORCHESTRATION", {0})):
        made = await first(stock, document, input={"ref": f"FO-{mode}", **asked}, mode=mode)
        left = await stock.penstock.pending(int(made["id"]))
        assert left in pending
        assert (made["workflowRef"], made["products"]) == ("FULFILMENT_OPTIONS::HD", [{"productRef": "A"}])

"""Spec 23 AVL-12, 21 §8: virtual views, and the locations of one that have all that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import queries
from test_offline import switched

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from stage import Stage

    from running import Client, Node

pytest_plugins = ["worlds"]

CREATE = "mutation ($input: CreateVirtualViewInput) { createVirtualView(input: $input) { ref status } }"
UPDATE = "mutation ($input: UpdateVirtualViewInput) { updateVirtualView(input: $input) { status } }"
VIEW = """query ($ref: String!) { virtualView(input: {ref: $ref}) {
  ref name status inventoryCatalogueRef productCatalogueRef networkRef } }"""
LEVELS = """query ($input: VirtualViewInventoryLevelsInput!, $first: Int, $after: String) {
  virtualViewInventoryLevels(input: $input, first: $first, after: $after) {
    virtualViewInventoryLevels { locationRef productInventoryLevels { productRef onHand available buffer } }
    edges { cursor node { locationRef } } pageInfo { hasNextPage hasPreviousPage } } }"""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AB = [{"productRef": "A", "quantity": 2}, {"productRef": "B", "quantity": 1}]
UPDATE_POSITION = "mutation ($input: UpdateInventoryPositionInput) { updateInventoryPosition(input: $input) { ref } }"

HERE: Node = {
    "ref": "S2",
    "type": "STORE",
    "name": "Theirs",
    "primaryAddress": {"ref": "THEIRS", "latitude": 0, "longitude": 0},
    "openingSchedule": {"allHours": True} | {f"{d}{e}": 0 for d in DAYS for e in ("Start", "End")},
}


async def made(stage: Stage, ref: str = "VV_HD", **more: Any) -> Node:
    """Create a view over the stock at the locations for home delivery."""
    about = {"inventoryCatalogueRef": stage.stock_catalogue, "networkRef": f"HD_{stage.retailer}"}
    return await stage.graphql(CREATE, **{"ref": ref, "name": "Home", **about, **more})


async def levels(stage: Stage, wanted: list[Node] = AB, *, paging: Node | None = None, **given: Any) -> Node:
    """Return a page of the levels."""
    asked = {"virtualViewRef": "VV_HD", "productQuantities": wanted, **given}
    found = await stage.penstock.client.graphql(LEVELS, input=asked, **(paging or {}))
    page: Node = found["virtualViewInventoryLevels"]
    assert [e["node"]["locationRef"] for e in page["edges"]] == places(page)
    return page


def places(page: Node) -> list[str]:
    """Return the locations of a page."""
    return [node["locationRef"] for node in page["virtualViewInventoryLevels"]]


async def refused(stage: Stage, who: Client | None = None, *, ref: str = "VV_HD", wanted: Any = AB, **more: Any) -> Any:
    """Return code and message of the one error."""
    asked = {"virtualViewRef": ref, "productQuantities": wanted, **more}
    body = await (who or stage.penstock.client).answer(LEVELS, input=asked)
    (error,) = body["errors"]
    assert body["data"] is None
    return error["extensions"]["code"], error["message"].partition(" - ")[2]


@pytest.fixture
async def view(stock: Stage) -> Stage:
    """Return a view over the stock of AVL-11."""
    await made(stock)
    await stock.fill(S1={"A": 1}, S2={"A": 3, "B": 1}, W1={"B": 9})
    return stock


async def test_avl_12_inventory_levels_of_a_view(view: Stage) -> None:
    near = dict(zip(("latitude", "longitude"), view.customer, strict=True))
    page = await levels(view, includedLocationRefs=["S1", "S2", "W1"], orderByProximity=near)
    expected = [
        {"productRef": "A", "onHand": 3, "available": 3, "buffer": 0},
        {"productRef": "B", "onHand": 1, "available": 1, "buffer": 0},
    ]
    assert page["virtualViewInventoryLevels"] == [{"locationRef": "S2", "productInventoryLevels": expected}]
    assert page["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": False}


async def test_quantities_of_a_product_that_is_named_twice_add_up(view: Stage) -> None:
    one = {"productRef": "A", "quantity": 1}
    assert places(await levels(view, [one])) == ["S1", "S2"]
    assert places(await levels(view, [one, one])) == ["S2"]
    assert places(await levels(view, [one] * 4)) == []
    assert places(await levels(view, [one], includedLocationRefs=["S1", "NONE"])) == ["S1"]


async def test_the_nearest_come_first_and_pages_follow_one_another(stock: Stage) -> None:
    await made(stock)
    await stock.fill(**{place: {"A": 1} for place in ("S1", "S2", "S3", "W1", "W2")})
    one, melbourne = [{"productRef": "A", "quantity": 1}], {"latitude": -37.8, "longitude": 145.0}
    assert places(await levels(stock, one, orderByProximity=melbourne)) == ["W1", "S2", "S1", "S3", "W2"]
    found: list[str] = []
    paging: Node = {"first": 2}
    for more in (True, True, False):
        page = await levels(stock, one, orderByProximity=melbourne, paging=paging)
        assert page["pageInfo"] == {"hasNextPage": more, "hasPreviousPage": "after" in paging}
        found += places(page)
        paging = {"first": 2, "after": page["edges"][-1]["cursor"]}
    assert found == ["W1", "S2", "S1", "S3", "W2"]
    named = "query ($i: VirtualViewInventoryLevelsInput!) { virtualViewInventoryLevels(input: $i) { __typename } }"
    asked = {"virtualViewRef": "VV_HD", "productQuantities": one, "orderByProximity": melbourne}
    answer = await stock.penstock.client.graphql(named, i=asked)
    assert answer == {"virtualViewInventoryLevels": {"__typename": "VirtualViewInventoryLevelConnection"}}


async def test_what_is_not_sold_from_is_held_back(view: Stage) -> None:
    where = {"ref": "A:S2:DEFAULT", "catalogue": {"ref": view.stock_catalogue}}
    one = [{"productRef": "A", "quantity": 1}]
    await view.graphql(UPDATE_POSITION, **where, status="INACTIVE")
    assert places(await levels(view, one)) == ["S1"]
    more = {"productRef": "A", "locationRef": "S2", "type": "SPARE", "catalogue": where["catalogue"], "ref": "A:S2:X"}
    spare = "mutation ($input: CreateInventoryPositionInput) { createInventoryPosition(input: $input) { ref } }"
    await view.graphql(spare, **more, onHand=2)
    await view.graphql(UPDATE_POSITION, ref="A:S2:X", catalogue=where["catalogue"], status="ACTIVE", onHand=2)
    page = await levels(view, one, includedLocationRefs=["S2"])
    ((level,),) = [node["productInventoryLevels"] for node in page["virtualViewInventoryLevels"]]
    assert level == {"productRef": "A", "onHand": 5, "available": 2, "buffer": 3}


async def test_nothing_is_found_offline_or_outside_of_the_network(view: Stage) -> None:
    home, other = f"HD_{view.retailer}", await view.network("OTHER")
    assert other
    await view.graphql(UPDATE, ref="VV_HD", networkRef="OTHER")
    assert places(await levels(view)) == []
    await view.graphql(UPDATE, ref="VV_HD", networkRef=home)
    assert places(await levels(view)) == ["S2"]
    await view.update_location(id=await view.location_id("S2"), status="INACTIVE")
    assert places(await levels(view)) == []
    await view.update_location(id=await view.location_id("S2"), status="ACTIVE")
    await switched(view, home, "INACTIVE")
    assert places(await levels(view)) == []


async def test_a_view_is_made_and_looked_at(stock: Stage) -> None:
    assert await made(stock, productCatalogueRef="PC") == {"ref": "VV_HD", "status": "ACTIVE"}
    assert (await stock.penstock.client.graphql(VIEW, ref="VV_HD"))["virtualView"] == {
        "ref": "VV_HD",
        "name": "Home",
        "status": "ACTIVE",
        "inventoryCatalogueRef": stock.stock_catalogue,
        "productCatalogueRef": "PC",
        "networkRef": f"HD_{stock.retailer}",
    }
    assert (await stock.penstock.client.graphql(VIEW, ref="NONE"))["virtualView"] is None
    for ref, code, said in (("VV_HD", "C0123E", "VV_HD"), ("VV#2", "C0160E", "ref 'VV#2' must not hold #")):
        about = {"name": "Home", "inventoryCatalogueRef": "X", "networkRef": "X"}
        body = await stock.penstock.client.answer(CREATE, input={"ref": ref, **about})
        assert (body["errors"][0]["extensions"]["code"], said in body["errors"][0]["message"]) == (code, True)


async def test_views_that_cannot_be_asked_say_why(view: Stage) -> None:
    assert await refused(view, ref="O'X") == ("C0120E", "input.virtualViewRef: there is no virtual view 'O''X'")
    for status, code in (("CREATED", "C0003E"), ("LOADING", "C0003E"), ("FAILED", "S0030E"), ("OFF", "S0030E")):
        await view.graphql(UPDATE, ref="VV_HD", status=status)
        found, message = await refused(view)
        assert (found, f"virtual view 'VV_HD' is {status}" in message) == (code, True)
    await view.graphql(UPDATE, ref="VV_HD", status="ACTIVE", networkRef="NOWHERE")
    said = "virtual view 'VV_HD': networkRef 'NOWHERE' leads to no network"
    assert await refused(view) == ("S0030E", said)
    await view.graphql(UPDATE, ref="VV_HD", inventoryCatalogueRef="NOTHING")
    said = "virtual view 'VV_HD': inventoryCatalogueRef 'NOTHING' leads to no inventory catalogue"
    assert await refused(view) == ("S0030E", said)


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"wanted": []}, "C0160E", "input.productQuantities is empty"),
        ({"wanted": [{"productRef": "A", "quantity": 0}]}, "C0160E", "input.productQuantities[0].quantity is 0"),
        (
            {"wanted": [*AB, {"productRef": "A", "quantity": -1}]},
            "C0122E",
            "input.productQuantities[2].quantity is -1",
        ),
        (
            {"wanted": [{"productRef": str(n), "quantity": 1} for n in range(101)]},
            "C0001E",
            "input.productQuantities names 101 products, allowed are 100",
        ),
        (
            {"includedLocationRefs": [str(n) for n in range(1001)]},
            "C0001E",
            "input.includedLocationRefs names 1001 locations, allowed are 1000",
        ),
    ],
)
async def test_what_cannot_be_asked(stock: Stage, given: Node, code: str, said: str) -> None:
    found, message = await refused(stock, **given)
    assert (found, message.startswith(said)) == (code, True)


async def test_a_cursor_of_another_list_is_refused(view: Stage) -> None:
    asked = {"virtualViewRef": "VV_HD", "productQuantities": AB}
    body = await view.penstock.client.answer(LEVELS, input=asked, after="AAAAAAAAAAA=")
    assert "after 'AAAAAAAAAAA=' is not a cursor of this list" in body["errors"][0]["message"]


async def test_a_view_is_made_for_own_retailers(stock: Stage) -> None:
    other = await stock.graphql(queries.CREATE_RETAILER, name="Other")
    maker = await stock.user("rob", "ADMIN", context="RETAILER", context_id=int(other["id"]))
    about = {"name": "V", "inventoryCatalogueRef": stock.stock_catalogue, "networkRef": "X"}
    body = await maker.answer(CREATE, input={"ref": "V1", **about, "retailerRefs": [RETAILER]})
    assert [error["extensions"]["code"] for error in body["errors"]] == ["C0020E"]
    for ref, refs in (("V2", [RETAILER, other["ref"]]), ("V3", [RETAILER, "MASTER"]), ("V4", [])):
        made = await maker.graphql(CREATE, input={"ref": ref, **about, "retailerRefs": refs})
        assert made["createVirtualView"] == {"ref": ref, "status": "ACTIVE"}


async def test_who_may_not_see_it(view: Stage) -> None:
    """A user of another retailer finds no view; with a view of all retailers none of the stock of this one."""
    own = (await view.penstock.client.graphql("{ retailers { edges { node { ref } } } }"))["retailers"]["edges"]
    await view.graphql(UPDATE, ref="VV_HD", retailerRefs=[own[0]["node"]["ref"]])
    other = await view.graphql(queries.CREATE_RETAILER, name="Other")
    reader = await view.user("rob", "ADMIN", context="RETAILER", context_id=int(other["id"]))
    theirs = [{"id": await view.network(f"HD_{view.retailer}")}]
    await view.graphql(queries.CREATE_LOCATION, **HERE, retailer={"id": other["id"]}, networks=theirs)
    assert (await reader.graphql(VIEW, ref="VV_HD"))["virtualView"] is None
    assert (await refused(view, reader))[0] == "C0120E"
    await view.graphql(UPDATE, ref="VV_HD", retailerRefs=[])
    asked = {"virtualViewRef": "VV_HD", "productQuantities": AB}
    change = "mutation ($input: UpdateInventoryCatalogueInput) { updateInventoryCatalogue(input: $input) { ref } }"
    for refs, found in (([], ["S2"]), ([own[0]["node"]["ref"]], [])):
        await view.graphql(change, ref=view.stock_catalogue, retailerRefs=refs)
        seen = (await reader.graphql(LEVELS, input=asked))["virtualViewInventoryLevels"]
        assert places(seen) == found
    nobody = await view.user("ann", "ORCHESTRATION_ADMIN", context="ACCOUNT", context_id=0)
    code, message = await refused(view, nobody)
    assert code == "C0020E"
    assert "VIRTUALVIEW_VIEW" in message

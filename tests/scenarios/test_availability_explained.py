"""Answers about availability explain their arithmetic: ``GET /api/v4.1/availability/explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import queries
from controls import GROUP, Controls
from test_offline import UPDATE_CATALOGUE, UPDATE_NETWORK, switched

from penstock.api.rest.availability import PATH

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]


async def explained(stage: Stage, product: str = "A", catalogue: str = "", **more: Any) -> Any:
    query = {"virtualCatalogueRef": catalogue or f"BASE:{stage.retailer}", "productRef": product, **more}
    status, body = await stage.penstock.client.call("GET", PATH, **query)
    assert status == 200, body
    return body


def told(steps: list[Any]) -> list[str]:
    return [f"{s['what']} {s['units']:+} = {s['total']}" for s in steps]


def lost(found: Any) -> dict[str, str | None]:
    return {c["ref"].removeprefix(f"{GROUP}:"): c["lost"] for c in found["controls"]}


@pytest.fixture
async def controls(stock: Stage) -> Controls:
    """Return the stock of AVL-01: ten, three, two too few, and fifty that are switched off."""
    made = await Controls(stock).build()
    await stock.fill(S1={"A": 10}, S2={"A": 3}, W1={"A": 0}, S3={"A": 50})
    await stock.delta(("d1", "A", "W1", -2))
    await stock.penstock.send("DeactivateLocation", "LOCATION", await stock.location_id("S3"))
    return made


async def test_on_hand_is_explained_by_its_ledger(stock: Stage) -> None:
    await stock.fill(S1={"A": 10})
    await stock.delta(("d1", "A", "S1", -3))
    await stock.buy("O1", ("A", 2))
    (found,) = (await explained(stock, locationRef="S1"))["results"]
    place = found["locations"][0]
    assert told(place["position"]["steps"]) == [
        "last count +10 = 10",
        "reserved -2 = 8",
        "changed since the count -3 = 5",
    ]
    assert [s["rows"] for s in place["position"]["steps"]] == [1, 1, 1]
    assert (place["position"]["onHand"], place["position"]["reserved"]) == (5, 2)
    assert place["position"]["counterAgrees"]
    assert (place["locationStatus"], place["inNetwork"]) == ("ACTIVE", True)
    assert told(found["steps"]) == ["on hand +5 = 5"]
    assert (found["quantity"], found["stored"]["quantity"], found["equal"]) == (5, 5, True)
    assert found["status"] == {"byThresholds": "ACTIVE", "control": None}


async def test_what_holds_stock_back_is_named_with_what_lost(controls: Controls) -> None:
    stock = controls.stage
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await controls.add("QUANTITY_BUFFER", "A:S1", -1, 3)
    await controls.add("PERCENTAGE_BUFFER", "S1", 50, 6)
    await controls.add("QUANTITY_BUFFER", "S1", -9, 6)
    await controls.change("PERCENTAGE_BUFFER", "S1", status="INACTIVE")
    by_ref = {r["groupRef"]: r for r in (await explained(stock))["results"]}
    assert set(by_ref) == {"S1", "S2", "S3", "W1"}
    assert told(by_ref["S1"]["steps"]) == ["on hand +10 = 10", "buffer -1 = 9"]
    assert lost(by_ref["S1"]) == {
        "QUANTITY_BUFFER:A:S1": None,
        "QUANTITY_BUFFER:A": "execution order 4 comes after 3",
        "QUANTITY_BUFFER:S1": "execution order 6 comes after 3",
        "PERCENTAGE_BUFFER:S1": "its status is INACTIVE",
    }
    assert told(by_ref["S2"]["steps"]) == ["on hand +3 = 3", "buffer -5 = -2", "never less than 0 +2 = 0"]
    assert told(by_ref["W1"]["steps"])[0] == "on hand -2 = -2"
    (step, off) = by_ref["S3"]["steps"]
    assert (step["total"], off["what"], off["total"]) == (50, "status INACTIVE is none of ACTIVE, AT_RISK", 0)
    assert all(r["equal"] for r in by_ref.values())


async def test_sums_are_explained_over_their_locations(controls: Controls) -> None:
    stock = controls.stage
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await controls.add("MASTER_BUFFER", "A", -2)
    (found,) = (await explained(stock, catalogue=controls.stage.sums))["results"]
    assert told(found["steps"]) == ["4 locations +5 = 5", "master buffer -2 = 3"]
    assert [(p["locationRef"], p["quantity"]) for p in found["locations"]] == [
        ("S1", 5),
        ("S2", 0),
        ("S3", 0),
        ("W1", 0),
    ]
    assert (found["groupRef"], found["stored"]["quantity"], found["equal"]) == (controls.stage.sums, 3, True)
    assert lost(found) == {"QUANTITY_BUFFER:A": None, "MASTER_BUFFER:A": None}
    await controls.add("EXCLUSION", "A")
    (found,) = (await explained(stock, catalogue=controls.stage.sums))["results"]
    assert (found["quantity"], found["equal"], told(found["steps"])[-1][:12]) == (0, True, "an exclusion")
    assert lost(found)["QUANTITY_BUFFER:A"] == "an exclusion comes before buffers"


async def test_a_stored_figure_that_is_behind_is_told(controls: Controls) -> None:
    """Given a control that was changed by a mutation, which tells nobody, then the stored figure is an older one."""
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await controls.change("QUANTITY_BUFFER", "A", values=[{"name": "CONTROL_VALUE", "type": "INTEGER", "value": -7}])
    (found,) = (await explained(controls.stage, locationRef="S1"))["results"]
    assert (found["quantity"], found["stored"]["quantity"], found["equal"]) == (3, 5, False)


async def test_headroom_is_shown_and_not_promised(controls: Controls) -> None:
    await controls.add("QUANTITY_BUFFER", "A", 5, 4)
    (found,) = (await explained(controls.stage, locationRef="S1"))["results"]
    assert (found["quantity"], found["locations"][0]["promisable"], found["equal"]) == (15, 10, True)


async def test_statuses_come_from_thresholds(controls: Controls) -> None:
    groups = [{"name": "controlGroups", "type": "JSON", "value": [GROUP]}]
    await controls.over(controls.base, attributes=groups)
    await controls.threshold(controls.base, 3, "AT_RISK", 2)
    (found,) = (await explained(controls.stage, locationRef="S2"))["results"]
    assert found["status"] == {"byThresholds": "AT_RISK", "control": f"{GROUP}:BULK_THRESHOLD:{controls.base}:AT_RISK"}


async def test_a_location_without_stock_and_a_network_that_is_offline(stock: Stage) -> None:
    await stock.fill(S1={"A": 1})
    body = await explained(stock, locationRef="S2")
    (found,) = body["results"]
    assert (found["quantity"], found["stored"], found["equal"], found["steps"]) == (0, None, True, [])
    assert body["promises"]
    assert [(n["ref"], n["status"]) for n in body["networks"]] == [(f"HD_{stock.retailer}", "ACTIVE")]
    await switched(stock, f"HD_{stock.retailer}", "INACTIVE")
    assert not (await explained(stock))["promises"]


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ({}, 400, "virtualCatalogueRef is missing"),
        ({"virtualCatalogueRef": "BASE:1"}, 400, "productRef is missing"),
        ({"virtualCatalogueRef": "NONE", "productRef": "A"}, 404, "no virtual catalogue NONE"),
    ],
)
async def test_what_cannot_be_explained(stock: Stage, query: dict[str, str], status: int, word: str) -> None:
    found, body = await stock.penstock.client.call("GET", PATH, **query)
    assert found == status
    assert word in body["message"]


async def test_who_may_not_see_it(stock: Stage) -> None:
    writer = await stock.user("ann", "ORCHESTRATION_ADMIN", context="ACCOUNT", context_id=0)
    asked = {"virtualCatalogueRef": "BASE:1", "productRef": "A"}
    status, body = await writer.call("GET", PATH, **asked)
    assert status == 403
    assert "VIRTUALCATALOGUE_VIEW" in body["message"]
    other = await stock.graphql(queries.CREATE_RETAILER, name="Other")
    reader = await stock.user("rob", "DEVELOPER", context="RETAILER", context_id=int(other["id"]))
    status, body = await reader.call("GET", PATH, **asked)
    assert (status, body["message"]) == (404, "There is no virtual catalogue BASE:1.")


async def test_a_sum_stays_whole_when_locations_are_asked_about(controls: Controls) -> None:
    (found,) = (await explained(controls.stage, catalogue=controls.stage.sums, locationRef="S1"))["results"]
    assert (found["quantity"], found["stored"]["quantity"], found["equal"]) == (13, 13, True)
    assert told(found["steps"]) == ["4 locations +13 = 13"]
    assert [(p["locationRef"], p["quantity"]) for p in found["locations"]] == [("S1", 10)]
    (found,) = (await explained(controls.stage, catalogue=controls.stage.sums, locationRef="NONE"))["results"]
    assert [(p["locationRef"], p["quantity"], p["position"]) for p in found["locations"]] == [("NONE", 0, None)]


async def test_a_sum_is_made_over_the_network_that_is_named_first(controls: Controls) -> None:
    """Given two networks, the later one named first, then the sum is over that one, which has one location."""
    stock = controls.stage
    home, late = await stock.network(f"HD_{stock.retailer}"), await stock.network("LATE")
    await stock.graphql(UPDATE_NETWORK, id=late, locations=[{"id": await stock.location_id("S2")}])
    await stock.graphql(UPDATE_CATALOGUE, ref=stock.sums, networkIds=[late, home])
    await stock.penstock.settle()
    await stock.fill(S2={"A": 4})
    body = await explained(stock, catalogue=stock.sums)
    (found,) = body["results"]
    assert [n["ref"] for n in body["networks"]] == ["LATE", f"HD_{stock.retailer}"]
    assert (found["quantity"], found["stored"]["quantity"], found["equal"]) == (4, 4, True)
    (found,) = (await explained(stock, catalogue=stock.sums, locationRef="S1"))["results"]
    (place,) = found["locations"]
    assert told(place["steps"]) == ["on hand +10 = 10", "not in the catalogue's first network -10 = 0"]


async def test_an_offline_network_has_nothing_to_add_up_or_to_promise(controls: Controls) -> None:
    stock, home = controls.stage, f"HD_{controls.stage.retailer}"
    await switched(stock, home, "INACTIVE")
    await stock.fill(S1={"A": 11})
    (found,) = (await explained(stock, catalogue=stock.sums, locationRef="S1"))["results"]
    assert (found["quantity"], found["stored"]["quantity"], found["equal"]) == (0, 0, True)
    assert told(found["locations"][0]["steps"]) == ["on hand +11 = 11", f"network {home} is INACTIVE -11 = 0"]
    (found,) = (await explained(stock, locationRef="S1"))["results"]
    assert (found["quantity"], found["equal"], found["locations"][0]["promisable"]) == (11, True, 0)
    await switched(stock, home, "ACTIVE")
    await stock.update_location(id=await stock.location_id("S1"), status="INACTIVE")
    (found,) = (await explained(stock, locationRef="S1"))["results"]
    assert (found["quantity"], found["locations"][0]["promisable"]) == (11, 0)


async def test_a_location_outside_of_the_networks_shows_nothing(controls: Controls) -> None:
    stock = controls.stage
    await controls.add("QUANTITY_BUFFER", "A", -5, 4)
    await stock.fill(S1={"A": 9}, S2={"A": 7})
    other = await stock.network("OTHER")
    await stock.graphql(UPDATE_NETWORK, id=other, locations=[{"id": await stock.location_id("S2")}])
    await stock.graphql(UPDATE_CATALOGUE, ref=f"BASE:{stock.retailer}", networkIds=[other])
    await stock.penstock.settle()
    by_ref = {r["groupRef"]: r for r in (await explained(stock))["results"]}
    assert told(by_ref["S1"]["steps"]) == ["on hand +9 = 9", "in no network of the catalogue -9 = 0"]
    assert [(r["stored"]["quantity"], r["equal"]) for r in (by_ref["S1"], by_ref["S2"])] == [(0, True), (2, True)]
    assert lost(by_ref["S1"]) == {"QUANTITY_BUFFER:A": "in no network of the catalogue"}
    assert lost(by_ref["S2"]) == {"QUANTITY_BUFFER:A": None}


async def test_buffers_of_a_catalogue_for_all_count_as_its_stock_counts_them(controls: Controls) -> None:
    """Given a catalogue for all that lists a retailer too, whose buffers count the other way, then that decides not."""
    stock = controls.stage
    other = await stock.graphql(queries.CREATE_RETAILER, name="Other")
    for retailer, mode in ((stock.retailer, "SUBTRACT"), (int(other["id"]), "ADD")):
        setting = {"context": "RETAILER", "contextId": retailer, "valueType": "STRING", "value": mode}
        await stock.graphql(queries.CREATE_SETTING, name="oms.controls.quantityBuffer.mode", **setting)
    await controls.over(controls.base, retailerRefs=[other["ref"], "MASTER"])
    await controls.add("QUANTITY_BUFFER", "A", 4, 4)
    body = await explained(stock, locationRef="S1")
    (found,) = body["results"]
    assert (body["bufferMode"], found["quantity"], found["stored"]["quantity"]) == ("SUBTRACT", 6, 6)


async def test_what_a_shared_catalogue_looks_at_is_seen_by_its_own_retailers(controls: Controls) -> None:
    """Given a catalogue that everybody sees over stock of one retailer, then users of others are told nothing of it."""
    stock = controls.stage
    own = (await stock.penstock.client.graphql("{ retailers { edges { node { ref } } } }"))["retailers"]["edges"]
    other = await stock.graphql(queries.CREATE_RETAILER, name="Other")
    reader = await stock.user("rob", "DEVELOPER", context="RETAILER", context_id=int(other["id"]))
    await controls.over(controls.base, retailerRefs=[])
    asked = {"virtualCatalogueRef": controls.base, "productRef": "A", "locationRef": "S1"}
    refs = [edge["node"]["ref"] for edge in own]
    for kind, ref, permission in (
        ("InventoryCatalogue", stock.stock_catalogue, "INVENTORYCATALOGUE_VIEW for inventory catalogue"),
        ("ControlGroup", GROUP, "CONTROLGROUP_VIEW for control group"),
    ):
        change = f"mutation ($input: Update{kind}Input) {{ update{kind}(input: $input) {{ ref }} }}"
        await stock.graphql(change, ref=ref, retailerRefs=refs)
        status, body = await reader.call("GET", PATH, **asked)
        assert (status, body["message"]) == (403, f"User does not have permission: {permission} {ref}")
        await stock.graphql(change, ref=ref, retailerRefs=[])
    status, body = await reader.call("GET", PATH, **{**asked, "locationRef": "W2"})
    assert (status, body["results"][0]["locations"][0]["locationStatus"]) == (200, "ACTIVE")
    await controls.over(controls.base, networkIds=[await stock.network("EMPTY")])
    status, body = await reader.call("GET", PATH, **{**asked, "locationRef": "W2"})
    assert (status, body["results"][0]["locations"][0]["locationStatus"]) == (200, None)

"""Stock that is expected: shown up to a horizon for pre-orders, never promised, and told for a day (spec 21 §11)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import queries
from controls import GROUP, Controls
from quotes import asked_for
from test_availability_explained import explained, told
from test_offline import UPDATE_CATALOGUE, UPDATE_NETWORK

from penstock.bootstrap import RETAILER

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

CREATE_QUANTITY = "mutation ($input: CreateInventoryQuantityInput) { createInventoryQuantity(input: $input) { id } }"
UPDATE_QUANTITY = "mutation ($input: UpdateInventoryQuantityInput) { updateInventoryQuantity(input: $input) { id } }"
SOON, LATER = "2026-02-10T00:00:00Z", "2026-03-20T00:00:00Z"


async def preorders(stage: Stage, days: int = 30, **more: Any) -> str:
    """Make the catalogue, and let it hear of what is expected, as the page about it says; return its ref."""
    document = stage.penstock.workflow("INVENTORY_CATALOGUE::DEFAULT")
    created = next(r for r in document["rulesets"] if (r["name"], r["type"]) == ("CREATE", "INVENTORY_QUANTITY"))
    account = created["rules"][0]["name"].partition(".")[0]
    told_ = {
        "name": f"{account}.globalinventory.SendEventForInventoryPosition",
        "props": {"eventName": "NotifyVirtualCatalogues"},
    }
    document["rulesets"].append({**created, "subtype": "EXPECTED", "rules": [told_]})
    await stage.penstock.install({**document, "version": "1.1"})
    ref = f"PRE:{stage.retailer}"
    await stage.graphql(
        queries.CREATE_VIRTUAL,
        ref=ref,
        type="PREORDER",
        name="With what is expected",
        inventoryCatalogueRef=stage.stock_catalogue,
        productCatalogueRef=f"PC:MASTER:{stage.retailer}",
        networkIds=[await stage.network(f"HD_{stage.retailer}")],
        retailerRefs=[RETAILER],
        attributes=[{"name": "expectedHorizonDays", "type": "INTEGER", "value": days}],
        **more,
    )
    await stage.penstock.settle()
    return ref


async def expect(stage: Stage, ref: str, product: str, place: str, units: int, on: str) -> None:
    keys = {"catalogue": {"ref": stage.stock_catalogue}}
    position = {"ref": f"{product}:{place}:DEFAULT", **keys}
    given = {"ref": ref, "type": "EXPECTED", "quantity": units, "expectedOn": on}
    await stage.graphql(CREATE_QUANTITY, position=position, **given, **keys)
    await stage.penstock.settle()


async def shown(stage: Stage, catalogue: str, product: str, place: str) -> int:
    about = {"ref": f"{product}:{place}", "in": {"ref": catalogue}}
    return int((await stage.penstock.client.graphql(queries.VIRTUAL, **about))["virtualPosition"]["quantity"])


async def test_what_is_expected_is_shown_up_to_the_horizon_and_not_promised(stock: Stage) -> None:
    catalogue = await preorders(stock)
    await stock.fill(S1={"A": 2})
    await expect(stock, "PO-1", "A", "S1", 10, SOON)
    await expect(stock, "PO-2", "A", "S1", 99, LATER)
    assert await shown(stock, catalogue, "A", "S1") == 12
    assert await stock.sellable("A", "S1") == 2  # other catalogues do not count it
    (found,) = (await explained(stock, catalogue=catalogue, locationRef="S1"))["results"]
    assert told(found["steps"]) == ["on hand +2 = 2", "expected +10 = 12"]
    assert (found["quantity"], found["equal"], found["locations"][0]["promisable"]) == (12, True, 2)
    assert await stock.buy("O1", ("A", 2)) == ["S1[A2]"]
    assert await shown(stock, catalogue, "A", "S1") == 10  # a promise is seen at once
    assert await stock.buy("O2", ("A", 1)) == ["RJT_1[A1]"]  # and what is only expected is promised to nobody
    assert await stock.on_hand("A", "S1") == 0


async def test_received_stock_is_counted_once(stock: Stage) -> None:
    catalogue = await preorders(stock)
    await stock.fill(S1={"A": 2})
    await expect(stock, "PO-1", "A", "S1", 10, SOON)
    await stock.graphql(UPDATE_QUANTITY, ref="PO-1", catalogue={"ref": stock.stock_catalogue}, status="INACTIVE")
    await stock.fill(S1={"A": 12})
    assert await shown(stock, catalogue, "A", "S1") == 12
    assert await stock.sellable("A", "S1") == 12


async def test_controls_hold_back_what_is_expected_as_well(stock: Stage) -> None:
    controls = await Controls(stock).build()
    catalogue = await preorders(stock, controlGroupRef=GROUP)
    await controls.add("PERCENTAGE_BUFFER", "A", 50, 4)
    await controls.add("EXCLUSION", "B")
    await stock.fill(S1={"A": 3, "B": 3})
    for product in ("A", "B"):
        await expect(stock, f"PO-{product}", product, "S1", 10, SOON)
    assert [await shown(stock, catalogue, product, "S1") for product in ("A", "B")] == [6, 0]
    for product in ("A", "B"):
        (found,) = (await explained(stock, product, catalogue, locationRef="S1"))["results"]
        assert found["equal"], found


async def test_what_could_be_sold_on_a_day(stock: Stage) -> None:
    await stock.fill(S1={"A": 2}, S2={"A": 1})
    await expect(stock, "PO-1", "A", "S1", 10, SOON)
    await expect(stock, "PO-2", "A", "S1", 99, LATER)
    for until, units, then in (("2026-02-09T00:00:00Z", 0, 2), (SOON, 10, 12), (LATER, 109, 111)):
        body = await explained(stock, locationRef="S1", until=until)
        (found,) = body["results"]
        place = found["locations"][0]
        assert datetime.fromisoformat(body["until"]) == datetime.fromisoformat(until)
        assert (place["expected"], place["availableThen"], found["quantity"], found["equal"]) == (units, then, 2, True)
    assert [e["type"] for e in place["position"]["notCounting"]] == ["EXPECTED"]


async def test_options_do_not_offer_what_is_only_expected(stock: Stage) -> None:
    await preorders(stock)
    await stock.fill(S1={"A": 1, "B": 1})
    await expect(stock, "PO-1", "A", "S1", 10, SOON)
    _, (plan,) = await asked_for(stock, "CART-1")
    assert plan["status"] == "PARTIALLY_FULFILLED"


async def test_a_location_outside_of_the_networks_shows_nothing_of_what_is_expected(stock: Stage) -> None:
    catalogue = await preorders(stock)
    await stock.fill(S1={"A": 2})
    await expect(stock, "PO-1", "A", "S1", 10, SOON)
    assert await shown(stock, catalogue, "A", "S1") == 12
    other = await stock.network("OTHER")
    await stock.graphql(UPDATE_NETWORK, id=other, locations=[{"id": await stock.location_id("S2")}])
    await stock.graphql(UPDATE_CATALOGUE, ref=catalogue, networkIds=[other])
    await stock.penstock.settle()
    assert await shown(stock, catalogue, "A", "S1") == 0
    (found,) = (await explained(stock, catalogue=catalogue, locationRef="S1"))["results"]
    assert (found["quantity"], found["equal"]) == (0, True)

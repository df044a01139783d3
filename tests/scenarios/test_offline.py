"""A network or a location that is taken offline stops promising at once, and promises again when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quotes import asked_for
from test_23_searches import search
from test_fulfilment_options_api import CREATE_CATALOGUE, CREATE_POSITION

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

UPDATE_NETWORK = "mutation ($input: UpdateNetworkInput) { updateNetwork(input: $input) { status } }"
UPDATE_CATALOGUE = "mutation ($input: UpdateVirtualCatalogueInput) { updateVirtualCatalogue(input: $input) { id } }"


async def switched(stage: Stage, ref: str, status: str) -> None:
    """Give a network a status."""
    await stage.graphql(UPDATE_NETWORK, id=await stage.network(ref), status=status)


async def test_a_network_that_is_offline_promises_nothing(stock: Stage) -> None:
    await stock.fill(S1={"A": 9, "B": 9})
    home = f"HD_{stock.retailer}"
    await switched(stock, home, "INACTIVE")
    assert await asked_for(stock, "CART-1") == ("COMPLETE", [])
    assert await stock.buy("O1", ("A", 1)) == ["RJT_1[A1]"]
    assert await search(stock, "A") == []
    assert await stock.on_hand("A", "S1") == 9
    await switched(stock, home, "ACTIVE")
    _, (plan,) = await asked_for(stock, "CART-2")
    assert plan["status"] == "FULFILLED"
    assert await stock.buy("O2", ("A", 1)) == ["S1[A1]"]
    assert await search(stock, "A") == ["S1 A8"]


async def test_a_catalogue_of_an_offline_network_promises_nothing_to_other_networks(stock: Stage) -> None:
    """Given a catalogue over a network of its own, when that is taken offline, then the network for orders is not."""
    await stock.fill(S1={"A": 9, "B": 9})
    other, place = await stock.network("OTHER"), await stock.location_id("S1")
    await stock.graphql(UPDATE_NETWORK, id=other, locations=[{"id": place}])
    await stock.graphql(UPDATE_CATALOGUE, ref=f"BASE:{stock.retailer}", networkIds=[other])
    assert await stock.buy("O1", ("A", 1)) == ["S1[A1]"]
    await switched(stock, "OTHER", "INACTIVE")
    assert await stock.buy("O2", ("A", 1)) == ["RJT_1[A1]"]
    assert await asked_for(stock, "CART-1") == ("COMPLETE", [])


async def test_sums_over_an_offline_network_are_not_promised(stock: Stage) -> None:
    catalogue, home = f"ATS_ALL:{stock.retailer}", await stock.network(f"HD_{stock.retailer}")
    about = {"inventoryCatalogueRef": stock.stock_catalogue, "productCatalogueRef": f"PC:MASTER:{stock.retailer}"}
    await stock.graphql(CREATE_CATALOGUE, ref=catalogue, type="AGGREGATE", name="All", networkIds=[home], **about)
    where = {"catalogue": {"ref": catalogue}, "productRef": "A", "groupRef": catalogue}
    await stock.graphql(CREATE_POSITION, ref=f"A:{catalogue}", type="AGGREGATE", quantity=56, **where)
    await stock.penstock.settle()
    _, (plan,) = await asked_for(stock, "CART-1", type="PA", address=None)
    assert plan["status"] == "PARTIALLY_FULFILLED"
    await switched(stock, f"HD_{stock.retailer}", "INACTIVE")
    assert await asked_for(stock, "CART-2", type="PA", address=None) == ("COMPLETE", [])


async def test_a_location_that_is_offline_is_not_found_before_its_stock_has_followed(stock: Stage) -> None:
    """Given the status alone, without the event that tells the stock: it must not be promised either."""
    await stock.fill(S1={"A": 9, "B": 9}, S2={"A": 9, "B": 9})
    await stock.update_location(id=await stock.location_id("S1"), status="INACTIVE")
    assert await stock.sellable("A", "S1") == 9
    assert await search(stock, "A") == ["S2 A9"]
    _, (plan,) = await asked_for(stock, "CART-1")
    assert [f["locationRef"] for f in plan["fulfilments"]] == ["S2"]
    assert await stock.buy("O1", ("A", 1)) == ["S2[A1]"]

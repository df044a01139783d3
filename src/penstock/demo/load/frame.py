"""The frame of the retailer: network, catalogues, carrier, settings and places.

``penstock up`` makes most of it for its first retailer; what is missing for another one is created here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.demo.load.places import bring_locations
from penstock.demo.load.settings import set_weights
from penstock.demo.load.until import until

if TYPE_CHECKING:
    from penstock.demo.client import Api
    from penstock.demo.client.api import Node
    from penstock.demo.plan import Plan

_EXISTS = "C0123E"


@dataclass(frozen=True)
class Frame:
    """The refs by which a retailer's catalogues are known."""

    products: str
    inventory: str
    virtual: str


def frame_of(retailer: str) -> Frame:
    """Return the frame of the retailer with this id."""
    return Frame(f"PC:MASTER:{retailer}", f"DEFAULT:{retailer}", f"BASE:{retailer}")


async def build_frame(api: Api, plan: Plan) -> Frame:
    """See to it that the frame stands and is active."""
    frame = frame_of(api.retailer)
    network = await _network(api, f"HD_{api.retailer}")
    found = await api.graphql("query ($id: ID!) { retailerById(id: $id) { ref } }", id=api.retailer)
    owner = str(found["retailerById"]["ref"])
    for query, mutation, wanted in _catalogues(api.retailer, owner, frame, network):
        await _ensure(api, query, mutation, wanted)
    await set_weights(api)
    await bring_locations(api, plan, network)
    return frame


def _catalogues(retailer: str, owner: str, frame: Frame, network: str) -> list[tuple[str, str, Node]]:
    """Return (get operation, create mutation, input) of what is found by its ref alone."""
    carrier = {"ref": f"DEFAULT_CARRIER:{retailer}", "type": "DEFAULT", "name": "Parcel carrier"}
    products = {"ref": frame.products, "type": "MASTER", "name": "Gifts"}
    inventory = {"ref": frame.inventory, "type": "DEFAULT", "name": "Stock"}
    virtual = {
        "ref": frame.virtual,
        "type": "BASE",
        "name": "For sale",
        "networkIds": [network],
        "inventoryCatalogueRef": frame.inventory,
        "productCatalogueRef": frame.products,
    }
    return [
        ("carrier", "createCarrier", {**carrier, "retailer": {"id": retailer}}),
        ("productCatalogue", "createProductCatalogue", {**products, "retailerRefs": [owner]}),
        ("inventoryCatalogue", "createInventoryCatalogue", {**inventory, "retailerRefs": [owner]}),
        ("virtualCatalogue", "createVirtualCatalogue", {**virtual, "retailerRefs": [owner]}),
    ]


async def _ensure(api: Api, query: str, mutation: str, wanted: Node) -> None:
    """Create what is wanted unless it is there, and wait until its workflow has made it active."""
    document = f"query ($ref: String!) {{ {query}(ref: $ref) {{ status }} }}"

    async def status() -> str | None:
        found = (await api.graphql(document, ref=wanted["ref"]))[query]
        return None if found is None else str(found["status"])

    async def active() -> bool:
        return query == "carrier" or await status() == "ACTIVE"  # carriers have no workflow

    if await status() is None:
        await api.create(mutation, [wanted], _EXISTS)
    await until(active, f"{wanted['ref']} is not ACTIVE")


async def _network(api: Api, ref: str) -> str:
    """Return the id of the network for home delivery."""
    document = "query ($ref: [String]) { networks(ref: $ref) { edges { node { id } } } }"
    found = (await api.graphql(document, ref=[ref]))["networks"]["edges"]
    if found:
        return str(found[0]["node"]["id"])
    made = await api.graphql(
        "mutation ($input: CreateNetworkInput) { createNetwork(input: $input) { id } }",
        input={"name": ref, "type": "HD", "retailers": [{"id": api.retailer}]},
    )
    return str(made["createNetwork"]["id"])

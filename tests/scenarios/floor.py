"""What the staff of stores, warehouses and carriers do: waves, picks, parcels, collections (spec 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage import Stage

    from running import Node

_WAVES = """query { waves(first: 20) { edges { node { id name status allocatedTo { username } location { ref }
  fulfilments(first: 20) { edges { node { id ref status } } } } } } }"""


async def waves(stage: Stage) -> list[Node]:
    """Return all waves, oldest first, each with its fulfilments as a list."""
    found = (await stage.penstock.client.graphql(_WAVES))["waves"]["edges"]
    nodes = [{**e["node"], "fulfilments": [f["node"] for f in e["node"]["fulfilments"]["edges"]]} for e in found]
    return sorted(nodes, key=lambda wave: int(wave["id"]))


async def wave(stage: Stage, place: str, count: int = 10, **attributes: object) -> Node:
    """Start a wave by expiry at a store and settle; return it."""
    location = await stage.location_id(place)
    status = await stage.penstock.send("CreateWaveByExpiry", "LOCATION", location, {"maxCount": count, **attributes})
    assert status == "SUCCESS"
    return (await waves(stage))[-1]


async def pick(stage: Stage, wave_id: str, **units: int) -> str:
    """Confirm the units picked for a wave and settle; return the event's status."""
    catalogue = f"PC:MASTER:{stage.retailer}"
    picked = [{"productRef": p, "catalogueRef": catalogue, "availableQty": n} for p, n in units.items()]
    return await stage.penstock.send("PickConfirmAndWaveComplete", "WAVE", wave_id, {"pickedItems": picked})


async def wave_and_pick(stage: Stage, place: str, **units: int) -> None:
    """Start a wave with all that waits at a store, and pick it."""
    started = await wave(stage, place)
    assert await pick(stage, started["id"], **units) == "SUCCESS"


def parcel(**units: int) -> Node:
    """Return a parcel of 18 cm and 3 kg with units by fulfilment item, whose id follows a letter: ``i33=2``."""
    items = [{"fulfilmentItemId": item[1:], "quantity": count} for item, count in units.items()]
    sizes = {"length": 18, "width": 18, "height": 18, "weight": 3, "maxWeight": 3}
    return {"packaging_name": "small", **sizes, "items": items}


async def pack(stage: Stage, fulfilment: Node, *parcels: Node, rejections: list[Node] | None = None) -> str:
    """Confirm the parcels of a fulfilment and settle; return the event's status."""
    packed = {"articles": list(parcels), "rejections": rejections or []}
    return await stage.penstock.send("ConfirmPack", "FULFILMENT", fulfilment["id"], {"packedItems": packed})


async def pack_all(stage: Stage, fulfilment: Node) -> None:
    """Pack everything that was picked into one parcel."""
    filled = {f"i{item['id']}": item["filledQuantity"] for item in fulfilment["items"] if item["filledQuantity"]}
    assert await pack(stage, fulfilment, parcel(**filled)) == "SUCCESS"


async def collect(stage: Stage, article: Node) -> str:
    """Hand a parcel to the courier and settle; return the event's status."""
    return await stage.penstock.send("ARTICLE_COLLECTED", "ARTICLE", article["id"])


async def collect_all(stage: Stage, order: str) -> None:
    """Hand all parcels of an order to the courier."""
    for fulfilment in await stage.fulfilments(order):
        for article in fulfilment["articles"]:
            if article["status"] == "AWAITING_COURIER_COLLECTION":
                assert await collect(stage, article) == "SUCCESS"


async def warehouse_pick(stage: Stage, fulfilment: Node, *filled: int) -> str:
    """Report what a warehouse picked, item by item, the rest as rejected, and settle; return the event's status."""
    lines = [
        {
            "id": item["id"],
            "requestedQuantity": item["requestedQuantity"],
            "filledQuantity": count,
            "rejectedQuantity": item["requestedQuantity"] - count,
        }
        for item, count in zip(fulfilment["items"], filled, strict=True)
    ]
    return await stage.penstock.send("FulfilmentPack", "FULFILMENT", fulfilment["id"], {"fulfilmentItems": lines})

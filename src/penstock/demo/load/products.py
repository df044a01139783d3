"""Products and their stock, portion by portion."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from penstock.demo.load.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from penstock.demo.client import Api
    from penstock.demo.client.api import Node
    from penstock.demo.load.frame import Frame
    from penstock.demo.load.shelf import Shelf
    from penstock.demo.plan import Plan
    from penstock.demo.plan.shapes import Product, Stock

_EXISTS = "C0128E"
_PORTION = 100  # products, with about 240 stock records
_PRODUCTS = """query ($in: ProductCatalogueKey, $after: String) {
  standardProducts(catalogue: $in, first: 2000, after: $after) {
    edges { node { ref } cursor } pageInfo { hasNextPage } } }"""
_POSITIONS = """query ($in: InventoryCatalogueKey, $after: String) {
  inventoryPositions(catalogue: $in, first: 5000, after: $after) {
    edges { node { ref } cursor } pageInfo { hasNextPage } } }"""
_SELLABLE = """query ($in: VirtualCatalogueKey, $products: [String], $after: String) {
  virtualPositions(catalogue: $in, productRef: $products, first: 5000, after: $after) {
    edges { node { productRef groupRef } cursor } pageInfo { hasNextPage } } }"""


async def bring_products(
    api: Api, plan: Plan, frame: Frame, shelf: Shelf, progress: Callable[[int, int], None]
) -> None:
    """Create what is missing and put each portion on the shelf when all its stock can be promised."""
    stock: dict[str, list[Stock]] = defaultdict(list)
    for record in plan.stock:
        stock[record.product].append(record)
    listed = await _refs(api, _PRODUCTS, "standardProducts", frame.products)
    counted = await _refs(api, _POSITIONS, "inventoryPositions", frame.inventory)
    arrived = 0

    async def arrive(products: Sequence[Product], records: Sequence[Stock]) -> None:
        nonlocal arrived
        await _until_sellable(api, frame, records)
        await shelf.add(product.ref for product in products)
        arrived += len(records)
        progress(arrived, len(plan.stock))

    progress(0, len(plan.stock))
    async with asyncio.TaskGroup() as tasks:
        for start in range(0, len(plan.products), _PORTION):
            portion = plan.products[start : start + _PORTION]
            records = [record for product in portion for record in stock[product.ref]]
            await _list(api, frame, [product for product in portion if product.ref not in listed])
            await _count(api, frame, [record for record in records if position_ref(record) not in counted])
            tasks.create_task(arrive(portion, records))


async def _refs(api: Api, document: str, field: str, catalogue: str) -> set[str]:
    """Return the refs that a catalogue holds already."""
    nodes = await api.nodes(document, field, **{"in": {"ref": catalogue}})
    return {node["ref"] for node in nodes}


async def _list(api: Api, frame: Frame, products: Sequence[Product]) -> None:
    """Add products to the catalogue."""
    inputs = [
        {
            "ref": product.ref,
            "catalogue": {"ref": frame.products},
            "type": "STANDARD",
            "gtin": product.ref,
            "name": product.name,
            "prices": [{"type": "DEFAULT", "currency": "GBP", "value": float(product.price)}],
        }
        for product in products
    ]
    if inputs:
        await api.create("createStandardProduct", inputs, _EXISTS)


async def _count(api: Api, frame: Frame, records: Sequence[Stock]) -> None:
    """Report counted stock, an event a position (spec 20 §6.3); the client's connections limit the pace.

    A record whose position exists is never sent again: a count would undo the sales since.
    """
    catalogue = {"entity_type": "INVENTORY_CATALOGUE", "entity_ref": frame.inventory}
    counts = [api.send("InventoryChanged", **catalogue, attributes=_counted(record)) for record in records]
    await asyncio.gather(*counts)


def position_ref(record: Stock) -> str:
    """Return the ref of a record's inventory position (spec 20 §1.2)."""
    return f"{record.product}:{record.location}:DEFAULT"


def _counted(record: Stock) -> Node:
    return {
        "inventoryPosition": {
            "ref": position_ref(record),
            "type": "DEFAULT",
            "productRef": record.product,
            "locationRef": record.location,
            "qty": record.quantity,
            "correctedQty": 0,
            "inventoryQuantity": {"qty": record.quantity, "type": "LAST_ON_HAND", "attributes": {}},
        }
    }


async def _until_sellable(api: Api, frame: Frame, records: Sequence[Stock]) -> None:
    """Wait until the virtual catalogue shows every record."""
    wanted = {(record.product, record.location) for record in records}
    products = sorted({record.product for record in records})

    async def shown() -> bool:
        catalogue = {"ref": frame.virtual}
        nodes = await api.nodes(_SELLABLE, "virtualPositions", products=products, **{"in": catalogue})
        return wanted <= {(node["productRef"], node["groupRef"]) for node in nodes}

    if wanted:
        await until(shown, f"the stock of {len(products)} products cannot be sold")

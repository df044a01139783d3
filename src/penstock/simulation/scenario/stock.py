"""Other counts of stock, by the event that loads stock (spec 20 §6.3)."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.inventory.selling import LARGEST
from penstock.model.serving import serving

if TYPE_CHECKING:
    from penstock.simulation.scenario.shapes import StockChange
    from penstock.simulation.scenario.site import Site

_PRODUCT = f"""
SELECT true FROM product p JOIN product_catalogue c ON c.id = p.catalogue_id
WHERE p.ref = $1 AND {serving("c.retailer_refs", "$2")} LIMIT 1"""
_POSITIONS = """
SELECT p.ref, p.type, p.product_ref, p.location_ref, coalesce(p.on_hand, 0) + coalesce(p.reserved, 0) AS there,
  coalesce(p.also_counted, 0) AS beside
FROM inventory_position p JOIN inventory_catalogue c ON c.id = p.catalogue_id
WHERE c.ref = $1 AND ($2::text IS NULL OR p.product_ref = $2) AND ($3::text IS NULL OR p.location_ref = $3)
ORDER BY p.id"""


async def change_stock(site: Site, change: StockChange) -> None:
    """Count stock: what is promised of it stays promised.

    Raises:
        InvalidValueError: there is no such catalogue, product, location or stock.
    """
    catalogue = await site.stock_catalogue(change.catalogue)
    if change.location is not None:
        await site.location(change.location)
    if change.product is not None and not await site.house.database.fetchval(_PRODUCT, change.product, site.ref):
        raise InvalidValueError(f"product is {change.product!r}, and retailer {site.retailer} has no such product")
    found = await site.house.database.fetch(_POSITIONS, catalogue, change.product, change.location)
    if change.factor is not None:
        if not found:
            raise InvalidValueError("product and location name no stock that a factor could change")
        if max(position["there"] for position in found) * change.factor > LARGEST:
            raise InvalidValueError(f"factor is {change.factor:g}, which makes more than {LARGEST:,} of some stock")
        # Units of further types, which a workflow counts beside, stay when others are counted.
        counts = [counted(dict(p), floor(p["there"] * change.factor) - p["beside"]) for p in found]
    else:
        counts = [counted(dict(found[0]) if found else _new(change), change.count or 0)]
    about = {"name": "InventoryChanged", "entityType": "INVENTORY_CATALOGUE", "entityRef": catalogue}
    await site.done([{**about, "attributes": {"inventoryPosition": position}} for position in counts])


def _new(change: StockChange) -> dict[str, Any]:
    ref = f"{change.product}:{change.location}:DEFAULT"
    return {"ref": ref, "type": "DEFAULT", "product_ref": change.product, "location_ref": change.location}


def counted(position: dict[str, Any], units: int) -> dict[str, Any]:
    """Return the attribute ``inventoryPosition`` that counts so many units at a position."""
    units = max(0, units)
    return {
        "ref": position["ref"],
        "type": position["type"],
        "productRef": position["product_ref"],
        "locationRef": position["location_ref"],
        "qty": units,
        "correctedQty": 0,
        "inventoryQuantity": {"ref": None, "qty": units, "type": "LAST_ON_HAND", "attributes": {}},
    }

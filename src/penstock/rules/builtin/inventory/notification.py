"""Telling other catalogues what changed (spec 20 §5, 34 §5, §11)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Attribute, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.questions import ById, CataloguesOfNetworks, CataloguesOfRetailer


@rule(
    "globalinventory.NotifyInventoryCatalogueForProduct",
    "Send {eventName} with the product to the inventory catalogues of the retailer",
    EVENT_NAME,
    accepts=["PRODUCT"],
    sends=Sends("{eventName}", to="INVENTORY_CATALOGUE", adds=(Attribute("productRef"),), forwards=False),
    asks=CataloguesOfRetailer,
)
async def notify_inventory_catalogue_for_product(context: Context) -> list[SendEvent]:
    """Send ``productRef``."""
    return await _notify(context, {"productRef": context.entity.ref})


@rule(
    "globalinventory.NotifyInventoryCatalogueForLocation",
    "Send {eventName} with the location to the inventory catalogues of the retailer",
    EVENT_NAME,
    accepts=["LOCATION"],
    sends=Sends("{eventName}", to="INVENTORY_CATALOGUE", adds=(Attribute("locationRef"),), forwards=False),
    asks=CataloguesOfRetailer,
)
async def notify_inventory_catalogue_for_location(context: Context) -> list[SendEvent]:
    """Send ``locationRef``."""
    return await _notify(context, {"locationRef": context.entity.ref})


async def _notify(context: Context, attributes: dict[str, Any]) -> list[SendEvent]:
    catalogues = await context.ask(CataloguesOfRetailer("InventoryCatalogue"))
    name = context.prop("eventName")
    return [SendEvent(name, to=catalogue, root=catalogue, attributes=attributes) for catalogue in catalogues]


@rule(
    "globalinventory.NotifyVirtualCataloguesOnNetworksMatch",
    "Send {eventName} to the virtual catalogues that share a network with the location",
    Prop("eventName", "name of the event to send", default="VirtualCatalogueEvent"),
    accepts=["INVENTORY_POSITION"],
    sends=Sends(
        "{eventName}",
        to="VIRTUAL_CATALOGUE",
        adds=(Attribute("productRef"), Attribute("locationRef"), Attribute("inventoryPositionRef")),
        forwards=False,
    ),
    asks=[ById, CataloguesOfNetworks],
    fails={404: "the position has no catalogue"},
)
async def notify_virtual_catalogues_on_networks_match(context: Context) -> list[SendEvent]:
    """Send ``productRef``, ``locationRef`` and ``inventoryPositionRef`` to each catalogue."""
    position = context.entity
    inventory = await context.ask(ById("InventoryCatalogue", position.catalogue_id))
    if inventory is None:
        raise RuleError(f"position {position.ref} has no catalogue", 404)
    attributes = {
        "productRef": position.product_ref,
        "locationRef": position.location_ref,
        "inventoryPositionRef": position.ref,
    }
    catalogues = await context.ask(CataloguesOfNetworks(inventory.ref, position.location_ref))
    name = context.prop("eventName")
    return [SendEvent(name, to=catalogue, root=catalogue, attributes=attributes) for catalogue in catalogues]

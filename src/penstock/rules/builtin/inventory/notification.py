"""Telling other catalogues what changed (spec 20 §5, 34 §5, §11)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Attribute, Context, Prop, PropType, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.inventory.catalogues import NO_CATALOGUE, catalogue_of
from penstock.rules.builtin.inventory.thresholds import GROUPS
from penstock.rules.builtin.inventory.virtual_catalogue import AGGREGATE
from penstock.rules.questions import ById, ByRef, CataloguesOfNetworks, CataloguesOfRetailer

Row = Any


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


_EVENT = Prop("eventName", "name of the event to send", default="VirtualCatalogueEvent")
_ALL = Prop(
    "unlessFollowing",
    "leave out catalogues whose positions follow the stock by themselves: all but sums, and those with thresholds",
    PropType.BOOLEAN,
    default=False,
)
_TOLD = Sends(
    "{eventName}",
    to="VIRTUAL_CATALOGUE",
    adds=(Attribute("productRef"), Attribute("locationRef"), Attribute("inventoryPositionRef")),
    forwards=False,
)


@rule(
    "globalinventory.NotifyVirtualCataloguesOnNetworksMatch",
    "Send {eventName} to the virtual catalogues that share a network with the location",
    _EVENT,
    _ALL,
    accepts=["INVENTORY_POSITION"],
    sends=_TOLD,
    asks=[ById, CataloguesOfNetworks],
    reads=["InventoryCatalogue"],
    fails=NO_CATALOGUE,
)
async def notify_virtual_catalogues_on_networks_match(context: Context) -> list[SendEvent]:
    """Send ``productRef``, ``locationRef`` and ``inventoryPositionRef`` to each catalogue."""
    return _told(context, await _near(context))


@rule(
    "globalinventory.NotifyVirtualCataloguesByRefsOnNetworksMatch",
    "Send {eventName} to those of {virtualCatalogueRefs} that share a network with the location",
    _EVENT,
    Prop("virtualCatalogueRefs", "refs of the virtual catalogues", multiple=True),
    _ALL,
    accepts=["INVENTORY_POSITION"],
    sends=_TOLD,
    asks=[ById, ByRef, CataloguesOfNetworks],
    reads=["InventoryCatalogue"],
    fails={404: f"a virtual catalogue does not exist, or {NO_CATALOGUE[404]}"},
)
async def notify_virtual_catalogues_by_refs_on_networks_match(context: Context) -> list[SendEvent]:
    """Send the same to listed catalogues only; none of them is told where one is missing (404)."""
    refs = context.prop("virtualCatalogueRefs")
    found = await ask_all(context, *(ByRef("VirtualCatalogue", ref) for ref in refs))
    missing = [ref for ref, catalogue in zip(refs, found, strict=True) if catalogue is None]
    if missing:
        raise RuleError(f"there is no virtual catalogue {', '.join(missing)}", 404)
    return _told(context, [catalogue for catalogue in await _near(context) if catalogue.ref in refs])


async def _near(context: Context) -> list[Row]:
    """Return the virtual catalogues that share a network with the position's location."""
    inventory = await catalogue_of(context)
    found: list[Row] = await context.ask(CataloguesOfNetworks(inventory.ref, context.entity.location_ref))
    return [c for c in found if not follows(c)] if context.prop("unlessFollowing") else found


def follows(catalogue: Row) -> bool:
    """Return whether positions follow the stock in the write that changes it, and have nothing more to decide."""
    return catalogue.type != AGGREGATE and not attribute(catalogue, GROUPS)


def _told(context: Context, catalogues: list[Row]) -> list[SendEvent]:
    position, name = context.entity, context.prop("eventName")
    attributes = {
        "productRef": position.product_ref,
        "locationRef": position.location_ref,
        "inventoryPositionRef": position.ref,
    }
    return [SendEvent(name, to=catalogue, root=catalogue, attributes=attributes) for catalogue in catalogues]

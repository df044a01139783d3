"""What can be sold of a product at a location (spec 21 §3). Controls are not part of it yet."""

from __future__ import annotations

from typing import Any

from penstock.rules import Attribute, Context, Create, Creates, RuleError, Update, rule
from penstock.rules.questions import ById, ByRef

Row = Any

BEHIND = (Attribute("virtualCatalogueInventoryCatalogueRef"), Attribute("inventoryPositionRef"))


def virtual_position_ref(product: str, location: str) -> str:
    """Return the ref of a position in a BASE catalogue."""
    return f"{product}:{location}"


def sellable(position: Row | None) -> int:
    """Return the units that can be sold: the stock on hand, never negative, and nothing unless ACTIVE."""
    return max(0, position.on_hand or 0) if position is not None and position.status == "ACTIVE" else 0


async def inventory_position(context: Context) -> Row | None:
    """Return the inventory position that the event names, None where there is none."""
    catalogue_ref = context.attribute("virtualCatalogueInventoryCatalogueRef")
    catalogue = await context.ask(ByRef("InventoryCatalogue", catalogue_ref))
    if catalogue is None:
        raise RuleError(f"there is no inventory catalogue {catalogue_ref}", 404)
    ref = context.attribute("inventoryPositionRef")
    return await context.ask(ByRef("InventoryPosition", ref, within=catalogue.id))


@rule(
    "globalinventory.CreateBaseVirtualPosition",
    "Create the virtual position of the product at the location",
    accepts=["VIRTUAL_CATALOGUE"],
    attributes=[
        Attribute("virtualPositionRef"),
        Attribute("virtualPositionProductRef"),
        Attribute("virtualPositionGroupRef"),
        Attribute("virtualPositionType", required=False),
        *BEHIND,
    ],
    creates=Creates("VirtualPosition"),
    asks=ByRef,
    fails={404: "there is no such inventory catalogue or position"},
)
async def create_base_virtual_position(context: Context) -> list[Create]:
    """Create it with what can be sold now; ``RuleError`` 404 without an inventory position."""
    position = await inventory_position(context)
    if position is None:
        raise RuleError(f"there is no inventory position {context.attribute('inventoryPositionRef')}", 404)
    created = context.new(
        "VirtualPosition",
        ref=context.attribute("virtualPositionRef"),
        type=context.event.attributes.get("virtualPositionType") or "BASE",
        product_ref=context.attribute("virtualPositionProductRef"),
        group_ref=context.attribute("virtualPositionGroupRef"),
        quantity=sellable(position),
        position_id=position.id,
        catalogue_id=context.entity.id,
    )
    return [Create(created)]


@rule(
    "globalinventory.UpdateBaseVirtualPosition",
    "Compute the quantity of the virtual position anew",
    accepts=["VIRTUAL_POSITION"],
    attributes=[a.optional() for a in BEHIND],
    asks=[ById, ByRef],
    fails={404: "there is no such inventory catalogue"},
)
async def update_base_virtual_position(context: Context) -> list[Update]:
    """Set the quantity from the inventory position, from scratch; nothing where it is right already."""
    known = context.entity.position_id
    position = await (context.ask(ById("InventoryPosition", known)) if known else inventory_position(context))
    quantity = sellable(position)
    return [Update(context.entity, {"quantity": quantity})] if quantity != context.entity.quantity else []

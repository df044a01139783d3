"""A position counts for sale once its product and its location are active (spec 20 §5, §7.5)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Attribute, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import ById, ByRef, CataloguesOfRetailer, Matching

Row = Any


@rule(
    "globalinventory.LoadProductAndLocationStatus",
    "Send {activeEventName} if product and location are active, else {inactiveEventName}",
    Prop("activeEventName", "event for a position whose product and location are both active"),
    Prop("inactiveEventName", "event for any other"),
    accepts=["INVENTORY_POSITION"],
    sends=[Sends("{activeEventName}", gate=True), Sends("{inactiveEventName}", gate=True)],
    asks=[CataloguesOfRetailer, ByRef, Matching],
)
async def load_product_and_location_status(context: Context) -> list[SendEvent]:
    """Look both up in the event's retailer; what does not exist is not active."""
    position = context.entity
    catalogues, location = await ask_all(
        context,
        CataloguesOfRetailer("ProductCatalogue"),
        ByRef("Location", position.location_ref, within=context.event.retailer_id),
    )
    active = _active([location]) and _active(await _products(context, catalogues, position.product_ref))
    return [SendEvent(context.prop("activeEventName" if active else "inactiveEventName"))]


async def _products(context: Context, catalogues: list[Row], ref: str) -> list[Row]:
    if not catalogues:
        return []
    where = (("catalogue_id", tuple(c.id for c in catalogues)), ("ref", (ref,)))
    found: list[Row] = await context.ask(Matching("Product", where))
    return found


def _active(rows: list[Row | None]) -> bool:
    return any(row is not None and row.status == "ACTIVE" for row in rows)


@rule(
    "globalinventory.SendEventForInventoryPositions",
    "Send {eventName} to each position of the product or location",
    EVENT_NAME,
    accepts=["INVENTORY_CATALOGUE"],
    attributes=[Attribute("productRef", required=False), Attribute("locationRef", required=False)],
    sends=Sends("{eventName}", to="INVENTORY_POSITION"),
    asks=Matching,
    fails={400: "the event has neither productRef nor locationRef"},
)
async def send_event_for_inventory_positions(context: Context) -> list[SendEvent]:
    """Send to the positions that ``productRef`` or ``locationRef`` names; 400 without either."""
    given = context.event.attributes
    columns = {"product_ref": given.get("productRef"), "location_ref": given.get("locationRef")}
    named = tuple((column, (ref,)) for column, ref in columns.items() if ref)
    if not named:
        raise RuleError("the event needs the attribute productRef or locationRef")
    positions = await context.ask(Matching("InventoryPosition", (("catalogue_id", (context.entity.id,)), *named)))
    return [SendEvent(context.prop("eventName"), to=position, root=context.entity) for position in positions]


@rule(
    "globalinventory.SendEventForInventoryPosition",
    "Send {eventName} to the position of the quantity",
    EVENT_NAME,
    accepts=["INVENTORY_QUANTITY"],
    sends=Sends("{eventName}", to="INVENTORY_POSITION"),
    asks=ById,
    fails={404: "the quantity has no position or no catalogue"},
)
async def send_event_for_inventory_position(context: Context) -> list[SendEvent]:
    """Send to the position that the quantity belongs to."""
    quantity = context.entity
    position, catalogue = await ask_all(
        context,
        ById("InventoryPosition", quantity.position_id),
        ById("InventoryCatalogue", quantity.catalogue_id),
    )
    if position is None or catalogue is None:
        raise RuleError(f"quantity {quantity.ref} has no position or no catalogue", 404)
    return [SendEvent(context.prop("eventName"), to=position, root=catalogue)]

"""Telling the inventory catalogue what orders do to stock (spec 20 §3, §8)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Attribute, AttributeType, Context, Prop, PropType, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import ask_all, location_of
from penstock.rules.builtin.places import usual_rejected
from penstock.rules.questions import ByRef, LocationOfAddress

Row = Any

OPERATIONS = ("RESERVE", "UNRESERVE", "RESET_RESERVE", "CORRECT", "REDUCE_RESERVE")
UPDATE_EVENT = Prop("eventName", "name of the event to send", default="UpdateInventoryQty")
TOLD = Sends(  # see stock_event
    "{eventName}",
    to="INVENTORY_CATALOGUE",
    gate=True,
    adds=(Attribute("operation"), Attribute("items", AttributeType.ARRAY)),
    forwards=False,
)
CATALOGUE = Prop(
    "inventoryCatalogueRef", "ref of the inventory catalogue; none: DEFAULT: and the retailer's id", default=None
)
NO_CATALOGUE = "there is no such catalogue"
DELTAS = Sends(  # see deltas_to
    "INVENTORY_DELTA",
    to="INVENTORY_CATALOGUE",
    adds=(Attribute("deltas", AttributeType.ARRAY),),
    forwards=False,
)
_NONE = {"reservedQty": 0, "saleQty": 0, "correctionQty": 0}


@rule(
    "order.SendEventToUpdateInventoryQuantity",
    "Tell {inventoryCatalogueRef} to {operation} the items of the fulfilment by {eventName}",
    Prop("inventoryCatalogueRef", "ref of the inventory catalogue"),
    Prop("operation", "what happens to the stock", PropType.ENUM, values=OPERATIONS),
    UPDATE_EVENT,
    Prop("retailerId", "kept for older documents: the event's retailer is used", default=None),
    Prop(
        "systemRejectedLocationRef",
        "ref of the location without stock; none: RJT_ and the retailer's id",
        default=None,
    ),
    accepts=["FULFILMENT"],
    sends=TOLD,
    asks=[LocationOfAddress, ByRef],
    reads=["FulfilmentItem", "OrderItem"],
    fails={500: "location, catalogue or an order item does not exist"},
)
async def send_event_to_update_inventory_quantity(context: Context) -> list[SendEvent]:
    """Send the fulfilment's units by position; nothing for the system rejected location.

    Quantities are signed as the ledger keeps them: what takes stock away is negative.
    """
    operation, ref = context.prop("operation"), context.prop("inventoryCatalogueRef")
    questions = (LocationOfAddress(context.entity.from_address_id), ByRef("InventoryCatalogue", ref))
    location, catalogue = await ask_all(context, *questions)
    if location is None or catalogue is None:
        missing = f"location at address {context.entity.from_address_id}" if location is None else f"catalogue {ref}"
        raise RuleError(f"there is no {missing}", 500)
    rejected = context.prop("systemRejectedLocationRef") or usual_rejected(context)
    if location.ref == rejected:
        return []
    return [stock_event(context, operation, location, catalogue)]


def stock_event(context: Context, operation: str, location: Row, catalogue: Row) -> SendEvent:
    """Return ``{eventName}``, which tells a catalogue what happens to the fulfilment's units at a location."""
    attributes = {"operation": operation, "items": _items(context, operation, location.ref, catalogue.type)}
    return SendEvent(context.prop("eventName"), to=catalogue, root=catalogue, attributes=attributes)


async def own_catalogue(context: Context) -> Row:
    """Return the inventory catalogue that the workflow names, else the retailer's; ``RuleError`` 404 without."""
    ref = context.prop(CATALOGUE.name) or f"DEFAULT:{context.event.retailer_id}"
    catalogue = await context.ask(ByRef("InventoryCatalogue", ref))
    if catalogue is None:
        raise RuleError(f"property {CATALOGUE.name}: there is no catalogue {ref}", 404)
    return catalogue


def _items(context: Context, operation: str, location: str, type_: str) -> list[dict[str, Any]]:
    by_product: dict[str, dict[str, int]] = {}
    for item in context.many(context.entity, "items"):
        product = _product(context, item)
        sums = by_product.setdefault(product, dict(_NONE))
        for name, quantity in _quantities(operation, item).items():
            sums[name] += quantity
    about = {"fulfilmentId": str(context.entity.id), "type": type_, "locationRef": location}
    return [
        {**about, "ref": f"{product}:{location}:{type_}", "productRef": product, **sums}
        for product, sums in by_product.items()
    ]


def _product(context: Context, item: Row) -> str:
    order_item = context.one(item, "orderItem")
    if order_item is None:
        raise RuleError(f"fulfilment item {item.id} has no order item", 500)
    return str(order_item.product_ref)


def _quantities(operation: str, item: Row) -> dict[str, int]:
    """Return what the operation means for an item; for CORRECT the sums that are to be reached."""
    if operation in {"RESERVE", "REDUCE_RESERVE"}:
        return {"reservedQty": -item.requested_quantity}
    if operation == "UNRESERVE":
        return {}
    return {"saleQty": -item.filled_quantity, "correctionQty": -item.rejected_quantity}


@rule(
    "order.SendInventoryDeltaForArticle",
    "Put the content of the article back into stock",
    CATALOGUE,
    accepts=["ARTICLE"],
    sends=DELTAS,
    asks=[LocationOfAddress, ByRef],
    reads=["Fulfilment", "ArticleItem", "OrderItem"],
    fails={
        400: "the article belongs to no fulfilment",
        404: f"{NO_CATALOGUE}, or no location at the address that the fulfilment comes from",
        500: "an item has no order item",
    },
)
async def send_inventory_delta_for_article(context: Context) -> list[SendEvent]:
    """Send INVENTORY_DELTA with one delta a product, at the location that packed the article."""
    fulfilments = context.many(context.entity, "fulfilments")
    if not fulfilments:
        raise RuleError(f"article {context.entity.id} belongs to no fulfilment")
    location, catalogue = await location_of(context, fulfilments[0]), await own_catalogue(context)
    units: dict[str, int] = {}
    for item in context.many(context.entity, "items"):
        product = _product(context, item)
        units[product] = units.get(product, 0) + item.quantity
    ref, place = context.entity.ref, location.ref
    return [deltas_to(catalogue, [delta(f"{ref}:{product}", product, place, n) for product, n in units.items()])]


def delta(id_: str, product: str, location: str, units: int) -> dict[str, Any]:
    """Return a delta of a product's stock at a location; one whose id is known already changes nothing."""
    return {"deltaId": id_, "type": "DELTA", "productRef": product, "locationRef": location, "qty": units}


def deltas_to(catalogue: Row, deltas: list[dict[str, Any]]) -> SendEvent:
    """Return the event that brings deltas to their catalogue."""
    return SendEvent("INVENTORY_DELTA", to=catalogue, root=catalogue, attributes={"deltas": deltas})

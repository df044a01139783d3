"""Giving up what a location cannot send any more, so that it is sourced elsewhere (spec 20 §10.4, 22 §5)."""

from __future__ import annotations

from penstock.rules import (
    EVENT_NAME,
    Action,
    Attribute,
    AttributeType,
    Context,
    Prop,
    SendEvent,
    Sends,
    Update,
    rule,
)
from penstock.rules.builtin.common import forward, whole_number

_KEPT = Attribute("keptQuantity", AttributeType.INTEGER, "units that the location can still send")


@rule(
    "order.ReduceFulfilmentToStock",
    "Request no more of a product than is there and send {eventName}, or {goneEventName} where nothing is left to send",
    EVENT_NAME,
    Prop("goneEventName", "name of the event to send where the location has nothing of the fulfilment any more"),
    accepts=["FULFILMENT"],
    attributes=[Attribute("productRef"), _KEPT],
    sends=[Sends("{eventName}", gate=True), Sends("{goneEventName}", gate=True)],
    reads=["FulfilmentItem", "OrderItem"],
    fails={400: "keptQuantity is no whole number"},
)
def reduce_fulfilment_to_stock(context: Context) -> list[Action]:
    """Lower requested quantities, those of the last items first, and forward; nothing where no more is requested.

    Where nothing at all would be left, what was requested stays as it was, to be rejected.
    """
    lowered = _lowered(context)
    if not lowered:
        return []
    new = {update.row.id: update.values["requested_quantity"] for update in lowered}
    items = context.many(context.entity, "items")
    if not any(new.get(item.id, item.requested_quantity) for item in items):
        return [SendEvent(context.prop("goneEventName"))]
    return [*lowered, forward(context)]


def _lowered(context: Context) -> list[Update]:
    """Return what lowers the items of the product to what is kept of it."""
    product, kept = context.attribute("productRef"), whole_number(context.attribute(_KEPT.name), _KEPT.name)
    found = []
    for item in context.many(context.entity, "items"):
        line, requested = context.one(item, "orderItem"), item.requested_quantity or 0
        if line is None or line.product_ref != product:
            continue
        stays = max(0, min(kept, requested))
        kept -= stays
        if stays < requested:
            found.append(Update(item, {"requested_quantity": stays}))
    return found

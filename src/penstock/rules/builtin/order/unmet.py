"""Giving up what a location cannot send any more, so that it is sourced elsewhere (spec 20 §10.4, 22 §5)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Action, Attribute, AttributeType, Context, Sends, Update, rule
from penstock.rules.builtin.common import forward, whole_number

_KEPT = Attribute("keptQuantity", AttributeType.INTEGER, "units that the location can still send")


@rule(
    "order.ReduceFulfilmentToStock",
    "Request no more of a product than is there, and send {eventName} where that is less",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    attributes=[Attribute("productRef"), _KEPT],
    sends=Sends("{eventName}", gate=True),
    reads=["FulfilmentItem", "OrderItem"],
    fails={400: "keptQuantity is no whole number"},
)
def reduce_fulfilment_to_stock(context: Context) -> list[Action]:
    """Lower requested quantities, those of the last items first, and forward; nothing where no more is requested."""
    product, kept = context.attribute("productRef"), whole_number(context.attribute(_KEPT.name), _KEPT.name)
    lowered: list[Action] = []
    for item in context.many(context.entity, "items"):
        line = context.one(item, "orderItem")
        if line is None or line.product_ref != product:
            continue
        requested = item.requested_quantity or 0
        stays = max(0, min(kept, requested))
        kept -= stays
        if stays < requested:
            lowered.append(Update(item, {"requested_quantity": stays}))
    return [*lowered, forward(context)] if lowered else []

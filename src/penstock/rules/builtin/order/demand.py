"""What the order in memory still needs, and how it is split (spec 22 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.rules import Prop
from penstock.rules.builtin.common import order_of
from penstock.sourcing.need import Held, unfulfilled

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any

NEEDED = ("Order", "OrderItem", "Fulfilment", "FulfilmentItem")  # what tells what the order needs
UNUSED_STATUSES = Prop(
    "excludedFulfilmentStatuses",
    "kept for older documents: what counts as unfulfilled is the same for all",
    multiple=True,
    default=[],
)


def unfulfilled_items(context: Context) -> dict[int, int]:
    """Return the units of each order item that no fulfilment covers; covered items are left out."""
    order = order_of(context)
    quantities = {item.id: item.quantity - _cancelled(item) for item in context.many(order, "items")}
    held = (
        Held(item.order_item_id, fulfilment.status, item.requested_quantity or 0, item.rejected_quantity)
        for fulfilment in context.many(order, "fulfilments")
        for item in context.many(fulfilment, "items")
    )
    return unfulfilled(quantities, held)


def need(context: Context) -> dict[str, int]:
    """Return the same units by product ref."""
    units: dict[str, int] = {}
    left = unfulfilled_items(context)
    for item in context.many(order_of(context), "items"):
        if item.id in left:
            units[item.product_ref] = units.get(item.product_ref, 0) + left[item.id]
    return units


def _cancelled(item: Row) -> int:
    return int(attribute(item, "cancelledQuantity") or 0)

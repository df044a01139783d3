"""What an order, or a choice of it, still needs (spec 22 §3.2, §14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.numbers import whole
from penstock.model.rows import attribute
from penstock.rules import Prop
from penstock.sourcing.need import Held, unfulfilled

if TYPE_CHECKING:
    from penstock.rules.builtin.order.scope import Scope

Row = Any

NEEDED = ("Order", "OrderItem", "Fulfilment", "FulfilmentItem")  # what tells what the order needs
UNUSED_STATUSES = Prop(
    "excludedFulfilmentStatuses",
    "kept for older documents: what counts as unfulfilled is the same for all",
    multiple=True,
    default=[],
)


def unfulfilled_items(scope: Scope) -> dict[int, int]:
    """Return the units of each order item that no fulfilment of the order covers; covered items are left out."""
    quantities = {item.id: item.quantity - cancelled(item) for item in scope.items}
    held = (
        Held(item.order_item_id, fulfilment.status, item.requested_quantity or 0, item.rejected_quantity)
        for fulfilment in scope.context.many(scope.order, "fulfilments")
        for item in scope.context.many(fulfilment, "items")
    )
    return unfulfilled(quantities, held)


def need(scope: Scope) -> dict[str, int]:
    """Return the same units by product ref."""
    units: dict[str, int] = {}
    left = unfulfilled_items(scope)
    for item in scope.items:
        if item.id in left:
            units[item.product_ref] = units.get(item.product_ref, 0) + left[item.id]
    return units


def cancelled(item: Row) -> int:
    """Return the units of an order item that were cancelled (spec 31 §6.2).

    Clients can write the attribute too: what is no number of units cancels nothing, nor does it ask for more.
    """
    return max(0, whole(attribute(item, "cancelledQuantity")) or 0)

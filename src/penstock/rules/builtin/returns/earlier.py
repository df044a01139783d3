"""The returns of an order, and what may still come back of it (spec 33 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.returning.returnable import Known
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.links import means, ref_in
from penstock.rules.questions import Matching

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any

RETURNABLE, RETURNED = "returnableQty", "returnedQty"  # attributes of an order's item
REFUSED = ("REJECTED", "CANCELLED")  # statuses of returns, and of their items, that count for nothing
STANDING = ("Order", "OrderItem", "Fulfilment", "FulfilmentItem")  # what ``standing`` reads

_CANCELLED = "cancelledQuantity"


@dataclass(frozen=True, slots=True)
class Return:
    """A return of an order, with the items that are not refused; none where the return itself is."""

    row: Row
    items: list[Row]


async def returns_of(context: Context, order: Row) -> list[Return]:
    """Return the returns of an order, by id: those of its customer that name it."""
    if order.customer_id is None:
        return []
    where = (("customer_id", (order.customer_id,)), ("retailer_id", (order.retailer_id,)))
    found = [r for r in await context.ask(Matching("ReturnOrder", where)) if means(r.order_link, order)]
    open_ = tuple(r.id for r in found if r.status not in REFUSED)
    lines = await context.ask(Matching("ReturnOrderItem", (("return_order_id", open_),))) if open_ else []
    taken = [line for line in lines if line.status not in REFUSED]
    return [Return(r, [line for line in taken if line.return_order_id == r.id]) for r in found]


def standing(context: Context, order: Row, returns: list[Return]) -> dict[int, Known]:
    """Return what is known of each item of the order, by id; ``RuleError`` 400 where an attribute is no number."""
    fulfilments = context.many(order, "fulfilments")
    complete = [i for f in fulfilments if f.status == "COMPLETE" for i in context.many(f, "items")]
    back = [line for r in returns for line in r.items]
    return {
        item.id: Known(
            ordered=item.quantity,
            cancelled=_noted(item, _CANCELLED) or 0,
            delivered=sum(i.filled_quantity for i in complete if i.order_item_id == item.id) if fulfilments else None,
            noted=_noted(item, RETURNABLE),
            noted_back=_noted(item, RETURNED) or 0,
            back=sum(units(line) for line in back if ref_in(line.order_item_link) == item.ref),
        )
        for item in context.many(order, "items")
    }


def units(line: Row) -> int:
    """Return how many units a line of a return, or of a return fulfilment, is about."""
    return int((line.unit_quantity or {}).get("quantity") or 0)


def _noted(item: Row, name: str) -> int | None:
    value = attribute(item, name)
    return None if value is None else whole_number(value, f"attribute {name} of order item {item.ref}")

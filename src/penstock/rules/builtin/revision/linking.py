"""What ties an order to the one that it replaces (spec 31 §7)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import Context, RuleError, Update, rule
from penstock.rules.builtin.common import noted
from penstock.rules.questions import ByRef

Row = Any

LINK = "RevisedOrderLink"  # on the revised order: ref of the one that it replaces
REPLACED = "RevisedByOrderLink"  # on that one: ref of the order that has replaced it
REPLACES_NOTHING = "the order replaces no other"
NO_ORIGINAL = "the order that it replaces does not exist"


async def original_of(context: Context, order: Row) -> Row | None:
    """Return the order that another one replaces, None where it replaces none; ``RuleError`` 404 for a lost one."""
    ref = attribute(order, LINK)
    if ref is None:
        return None
    found = await context.ask(ByRef("Order", str(ref), within=order.retailer_id))
    if found is None:
        raise RuleError(f"order {order.ref} replaces order {ref}, which does not exist", 404)
    return found


async def line_of_orders(context: Context, order: Row) -> list[Row]:
    """Return an order and those that it has replaced, the newest first: what was paid for them, was paid for it."""
    found, seen = [order], {order.id}
    while (before := await original_of(context, found[-1])) is not None and before.id not in seen:
        found.append(before)
        seen.add(before.id)
    return found


async def replaced_order(context: Context, order: Row) -> Row:
    """Return the order that another one replaces; ``RuleError`` 422 where it replaces none."""
    original = await original_of(context, order)
    if original is None:
        raise RuleError(f"order {order.ref} has no attribute {LINK}: it replaces no other", 422)
    return original


@rule(
    "order.UpdateRevisedOrderAttribute",
    "Note on the original order which order has replaced it",
    accepts=["ORDER"],
    asks=ByRef,
    fails={404: NO_ORIGINAL, 422: REPLACES_NOTHING},
)
async def update_revised_order_attribute(context: Context) -> list[Update]:
    """Write the ref of this order into the attribute RevisedByOrderLink of the one that it replaces."""
    original = await replaced_order(context, context.entity)
    return [Update(original, {"attributes": [noted(REPLACED, context.entity.ref)]})]

"""Whether a revision changes anything (spec 31 §7)."""

from __future__ import annotations

from collections import Counter

from penstock.rules import Context, RuleError, rule
from penstock.rules.builtin.common import order_of
from penstock.rules.builtin.order.sourcing.demand import cancelled
from penstock.rules.builtin.revision.wanted import ITEMS, MALFORMED, wanted


@rule(
    "order.ValidateRevisedOrder",
    "Fail unless the revised items differ from the order's in product or quantity",
    accepts=["ORDER"],
    attributes=[ITEMS],
    reads=["Order", "OrderItem"],
    fails={400: MALFORMED, 422: "products and quantities are those of the order"},
)
def validate_revised_order(context: Context) -> None:
    """Pass where a product or a quantity changes; another price alone is no revision."""
    order = order_of(context)
    items = context.many(order, "items")
    new: Counter[str] = Counter()
    for line in wanted(context, items):
        new[line.product_ref] += line.quantity
    old: Counter[str] = Counter()
    for item in items:
        old[item.product_ref] += item.quantity - cancelled(item)
    if new == old:
        raise RuleError(f"{ITEMS.name} has the products and quantities that order {order.ref} has already", 422)

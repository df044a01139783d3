"""The order that replaces another one (spec 31 §7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute, merged
from penstock.rules import Action, Context, RuleError, Update, rule
from penstock.rules.builtin.common import free_ref, noted, order_of
from penstock.rules.builtin.ordering import MODELLED, ORDER_ROWS, order_like
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE, counting
from penstock.rules.builtin.revision.lines import line, tariff_of
from penstock.rules.builtin.revision.linking import LINK, REPLACED
from penstock.rules.builtin.revision.wanted import ITEMS, MALFORMED, wanted
from penstock.rules.questions import ById, ByRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.builtin.revision.wanted import Wanted

Row = Any


@rule(
    "order.CreateRevisedOrder",
    "Create the order with the revised items that replaces this one",
    accepts=["ORDER"],
    attributes=[ITEMS],
    creates=ORDER_ROWS,
    asks=[*COUNTING, ById, ByRef],
    reads=[*MODELLED, "OrderItem"],
    fails={
        400: MALFORMED,
        422: f"a catalogue, product, price, tax type or choice is wrong or missing, or {UNCOUNTABLE}",
    },
)
async def create_revised_order(context: Context) -> list[Action]:
    """Create an order with the same customer and choices; each of the two names the other by an attribute.

    Its ref is that of the first order and a number, ``WEB-47-R1``. What an entry leaves out is taken from the line with
    the same product: catalogue, prices, tax type, choice.
    """
    order = order_of(context)
    items = context.many(order, "items")
    lines = wanted(context, items)
    counted = await counting(context, _currency(order, items, lines), [None, *map(tariff_of, lines)])
    made = [await line(context, wanted_line, n, items, counted) for n, wanted_line in enumerate(lines, 1)]
    refs = [item.ref for item in made]
    if len(set(refs)) < len(refs):
        raise RuleError(f"{ITEMS.name}: two lines have the same ref: {', '.join(refs)}")
    kept = [a for a in order.attributes or () if a["name"] not in {LINK, REPLACED}]
    attributes = merged(kept, [noted(LINK, order.ref)])
    revised, created = await order_like(context, order, await _ref(context, order), counted, made, attributes)
    return [*created, Update(order, {"attributes": [noted(REPLACED, revised.ref)]})]


def _currency(order: Row, items: Sequence[Row], lines: Sequence[Wanted]) -> str | None:
    """Return the currency of both orders: one that differs could not be compared."""
    code = next((item.currency for item in items if item.currency), None)
    for wanted_line in lines:
        given = wanted_line.given.get("currency")
        other = given.get("alphabeticCode") if isinstance(given, dict) else given
        code = code or other
        if other is not None and other != code:
            raise RuleError(f"{ITEMS.name}: currency {other!r} is not {code}, that of order {order.ref}", 422)
    return code


async def _ref(context: Context, order: Row) -> str:
    """Return the first ref of a revision of the order that is free."""
    base = re.sub(r"-R\d+$", "", order.ref) if attribute(order, LINK) is not None else order.ref
    return await free_ref(context, "Order", f"{base}-R", order.retailer_id)

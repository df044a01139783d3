"""What a return is worth, and what its exchange order costs (spec 33 §5, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.money.amounts import value_of
from penstock.money.totals import Line, Totals, totals
from penstock.rules import RuleError
from penstock.rules.builtin.billing.entries import Entry
from penstock.rules.builtin.billing.orders import cost_of
from penstock.rules.builtin.links import linked_order
from penstock.rules.builtin.prices import Counting, counting
from penstock.rules.builtin.returns.earlier import REFUSED, units
from penstock.rules.builtin.returns.exchange import TOTAL, costs
from penstock.rules.questions import ById, Matching

if TYPE_CHECKING:
    from decimal import Decimal

    from penstock.rules import Context

Row = Any


async def counting_for(context: Context, returned: Row) -> Counting:
    """Return how a return counts money; ``RuleError`` 422 where it has no currency."""
    currency = await context.ask(ById("Currency", returned.currency_id)) if returned.currency_id else None
    if currency is None:
        raise RuleError(f"return {returned.ref} has no currency", 422)
    return await counting(context, currency.alphabetic_code, [None], returned.default_tax_type)


async def items_of(context: Context, returned: Row) -> list[Row]:
    """Return the items of the return that were not rejected."""
    found = await context.ask(Matching("ReturnOrderItem", (("return_order_id", (returned.id,)),)))
    return [item for item in found if item.status not in REFUSED]


def entry(item: Row) -> Entry:
    """Return the line of a memo for an item of a return, with the amounts that were agreed on."""
    parts = [_value(item, column) for column in ("unit_amount", "item_amount", "item_tax_amount")]
    links = {
        "order_item_link": item.order_item_link,
        "return_order_item_id": item.id,
        "product_id": item.product_id,
        "credit_reason_code": item.return_reason,
    }
    return Entry(item.return_reason_comment, units(item), Line(*parts), item.unit_tax_type, links)


def totals_of(returned: Row) -> Totals:
    """Return the totals of a return, which follow from its lines or were agreed on."""
    return Totals(*(_value(returned, column) for column in ("sub_total_amount", "total_tax", "total_amount")))


def _value(row: Row, column: str) -> Decimal:
    try:
        return value_of(getattr(row, column))
    except ValueError:
        raise RuleError(f"{row.ref} has no {column}", 422) from None


async def exchange_cost(context: Context, returned: Row, counted: Counting) -> Decimal:
    """Return what the exchange order costs with tax, as the return notes it, else as the order does."""
    if attribute(returned, TOTAL) is not None:
        return costs(returned)
    order = await linked_order(context, returned.exchange_order_link)
    if order is None:
        raise RuleError(f"return {returned.ref}: its exchange order does not exist", 404)
    cost = counted.line(await cost_of(context, order), 1, None)
    return totals([(cost.amount, cost.tax)], included=counted.included).total

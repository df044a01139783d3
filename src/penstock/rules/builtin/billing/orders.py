"""What an order costs, and its lines on documents (spec 31 §9, 33 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO
from penstock.rules import RuleError
from penstock.rules.builtin.billing.entries import Entry
from penstock.rules.builtin.common import ask_all
from penstock.rules.builtin.order.sourcing.demand import cancelled
from penstock.rules.builtin.prices import Counting, amount, counting, fee_of, price_of
from penstock.rules.questions import Matching

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from penstock.rules import Context

Row = Any


def of_order(entity: str, *orders: Row) -> Matching:
    """Return the question for the rows of an entity that belong to some orders, of this tree or another."""
    return Matching(entity, (("order_id", tuple(order.id for order in orders)),))


def currency_of(order: Row, items: Iterable[Row]) -> str:
    """Return the currency of an order, that of its first line with one; ``RuleError`` 422 without any."""
    found = next((item.currency for item in items if item.currency), None)
    if found is None:
        raise RuleError(f"no item of order {order.ref} has a currency", 422)
    return str(found)


async def counting_of(context: Context, order: Row, items: list[Row], tariffs: Iterable[str | None] = ()) -> Counting:
    """Return how to count in the order's currency, with the default tariff and others."""
    return await counting(context, currency_of(order, items), [None, *tariffs])


async def cost_of(context: Context, order: Row) -> Decimal:
    """Return what an order costs as its prices are given: its total price, less what was cancelled, plus fees.

    Without a total price, that of its items. ``RuleError`` 422 where an item that counts has no price.
    """
    items, choices = await ask_all(context, of_order("OrderItem", order), of_order("FulfilmentChoice", order))
    fees = sum(map(fee_of, choices), ZERO)
    if order.total_price is None:
        return sum((price_of(i) * (i.quantity - cancelled(i)) for i in items), fees)
    whole = amount(order.total_price, f"the total price of order {order.ref}", 422)
    return whole + fees - sum(price_of(i) * cancelled(i) for i in items if cancelled(i))


def item_entry(item: Row, units: int, counted: Counting) -> Entry:
    """Return the line of a document for so many units of an order's item."""
    price = counted.line(price_of(item), units, item.tax_type)
    return Entry(item.product_ref, units, price, counted.tax_type_of(item.tax_type), {"product_id": item.product_id})


def fee_entry(choice: Row, counted: Counting) -> Entry:
    """Return the line of a document for the fee of a choice."""
    price = counted.line(fee_of(choice), 1, None)
    return Entry(f"Fee for {choice.delivery_type} delivery or collection", 1, price, counted.tax_type, {})

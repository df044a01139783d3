"""The order of what a customer gets instead of what they send back (spec 33 §6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.rules import Attribute, AttributeType, Context, Creates, RuleError
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.links import order_link
from penstock.rules.builtin.prices import amount
from penstock.rules.builtin.returns.bought import Bought, bought
from penstock.rules.builtin.returns.delivered import choice_rows
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from penstock.rules.builtin.prices import Counting
    from penstock.rules.builtin.returns.wanted import Wanted

Row = Any

TOTAL = "exchangeTotalAmount"  # attribute of a return: what the exchange order costs

_ITEMS, _ORDER = "exchangeItems", "exchangeOrder"
_POLICY, _HELD = "EXCHANGE_SHIP", "ON_HOLD"
_WAITS = {"None": False, "IMMEDIATE": False, "ON_RECEIPT": True}

EXCHANGE = (
    Attribute(_ITEMS, AttributeType.ARRAY, "objects with productRef, catalogueRef, quantity, price", required=False),
    Attribute(_ORDER, AttributeType.OBJECT, "type and fulfilmentChoice, where not as before", required=False),
)
EXCHANGE_ROWS = (
    Creates("Order"),
    Creates("Order", _HELD),
    *map(Creates, ("OrderItem", "FulfilmentChoice", "CustomerAddress")),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A new order, its other rows, and what it costs."""

    order: Row
    rows: list[Row]
    total: Decimal

    def columns(self, count: Counting) -> dict[str, Any]:
        """Return the columns of the return that lead to it."""
        costs = noted(TOTAL, count.stored(self.total))
        return {"exchange_order_link": order_link(self.order), "attributes": [costs]}


async def exchanged(context: Context, ref: str, entries: list[Wanted], count: Counting) -> Exchange | None:
    """Return the exchange order of the return with this ref; None where the event asks for nothing in exchange.

    It is delivered as what comes back was, unless ``exchangeOrder`` says else, and has no fee. It waits in ON_HOLD
    until the goods are back where the setting EXCHANGE_SHIP is ON_RECEIPT.
    """
    if context.event.attributes.get(_ITEMS) is None:
        return None
    given = context.event.attributes.get(_ORDER) or {}
    if not isinstance(given, dict):
        raise RuleError(f"attribute {_ORDER} must be an object, not {given!r}")
    lines = await bought(context, context.event.attributes[_ITEMS], f"attribute {_ITEMS}", entries, count)
    total, taxes = (sum((getattr(b.line, part) for b in lines), Decimal(0)) for part in ("amount", "tax"))
    costs = total if count.included else total + taxes
    order = context.new(
        "Order",
        type=str(given.get("type") or context.entity.type),
        ref=f"{ref}-EX",
        retailer_id=context.entity.retailer_id,
        customer_id=context.entity.customer_id,
        total_price=float(total),
        total_tax_price=float(taxes),
        attributes=[noted("exchangeForReturn", ref)],
        **({"status": _HELD} if await _waits(context) else {}),
    )
    choice, address = choice_rows(context, order, entries[0].item, given.get("fulfilmentChoice"))
    items = [_item(context, order, choice, number, b, count) for number, b in enumerate(lines, 1)]
    return Exchange(order, [*address, choice, *items], costs)


async def _waits(context: Context) -> bool:
    policy = await context.ask(Setting(_POLICY))
    if str(policy) not in _WAITS:
        raise RuleError(f"setting {_POLICY} must be IMMEDIATE or ON_RECEIPT, not {policy!r}", 422)
    return _WAITS[str(policy)]


def _item(context: Context, order: Row, choice: Row, number: int, bought_: Bought, count: Counting) -> Row:
    product, units, line = bought_.product, bought_.units, bought_.line
    return context.new(
        "OrderItem",
        under=order,
        ref=str(number),
        fulfilment_choice_id=choice.id,
        product_id=product.id,
        product_ref=product.ref,
        product_catalogue_ref=bought_.catalogue,
        quantity=units,
        price=float(line.unit),
        total_price=float(line.amount),
        total_tax_price=float(line.tax),
        tax_type=count.tax_type.get("tariff"),
        currency=count.currency.alphabetic_code,
    )


def costs(return_order: Row) -> Decimal:
    """Return what the exchange order of a return costs; 0 without one, ``RuleError`` 400 where that is no amount."""
    return amount(attribute(return_order, TOTAL) or 0, f"attribute {TOTAL} of return {return_order.ref}")

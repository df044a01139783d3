"""Making a return from what the customer wants to send back (spec 33 §3, §5, §6)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Action, Attribute, AttributeType, Context, Create, Creates, RuleError, Update, rule
from penstock.rules.builtin.common import free_ref, noted
from penstock.rules.builtin.links import order_item_link, order_link
from penstock.rules.builtin.prices import (
    COUNTING,
    CURRENCY,
    TAX_TYPE,
    UNCOUNTABLE,
    Counting,
    counting,
    given_currency,
    given_tax_type,
)
from penstock.rules.builtin.returns.arranged import ARRANGED, arranged, verifications
from penstock.rules.builtin.returns.earlier import STANDING, returns_of
from penstock.rules.builtin.returns.exchange import EXCHANGE, EXCHANGE_ROWS, Exchange, exchanged
from penstock.rules.builtin.returns.priced import SHIPPING, TOTALS, Priced, fee, given_totals, priced, totalled
from penstock.rules.builtin.returns.wanted import ITEMS, MALFORMED, NAME, UNKNOWN, choice, commented, wanted
from penstock.rules.questions import ByRef, CataloguesOfRetailer

Row = Any

_REFUND, _EXCHANGE = {"value": "REFUND", "label": "Refund"}, {"value": "EXCHANGE", "label": "Exchange"}
_ITEM = "RETURN_ORDER_ITEM"  # type of a line


@rule(
    "order.CreateReturnOrderFromOrder",
    "Create a return for what the customer wants to send back, and an order for what they want in exchange",
    accepts=["ORDER"],
    attributes=[
        ITEMS,
        Attribute("type", description="type of the return"),
        *ARRANGED,
        *EXCHANGE,
        CURRENCY,
        TAX_TYPE,
        *(Attribute(name, AttributeType.OBJECT, "an amount; computed without it", required=False) for name in TOTALS),
        Attribute("ref", description="ref of the order, for who checks it", required=False),
    ],
    creates=[Creates("ReturnOrder"), Creates("ReturnOrderItem"), Creates("ReturnVerification"), *EXCHANGE_ROWS],
    asks=[*COUNTING, ByRef, CataloguesOfRetailer],
    reads=[*STANDING, "FulfilmentChoice", "Address"],
    fails={
        400: f"{MALFORMED}, or another attribute is",
        404: "there is no such location, catalogue or product",
        422: f"{UNKNOWN}; {UNCOUNTABLE}; or the event contradicts itself",
    },
)
async def create_return_order_from_order(context: Context) -> list[Action]:
    """Create the return, its items and proofs, and the exchange order; nothing of it where anything is wrong.

    Money is counted from the order's prices, unless the event gives totals. The return is named after the order:
    ``<order>-R1``, then ``-R2``; the exchange order after the return: ``<return>-EX``.
    """
    order, entries = context.entity, wanted(context)
    _same_order(context)
    returns = await returns_of(context, order)
    code = given_currency(context) or next((e.item.currency for e in entries if e.item.currency), None)
    count = await counting(context, code, [None, *(e.item.tax_type for e in entries)], given_tax_type(context))
    lines = [*priced(entries, count), *await fee(context, entries, returns, count)]
    ref = await free_ref(context, "ReturnOrder", f"{order.ref}-R", order.retailer_id, len(returns) + 1)
    exchange = await exchanged(context, ref, entries, count)
    made = context.new(
        "ReturnOrder",
        type=str(context.attribute("type")),
        ref=ref,
        retailer_id=order.retailer_id,
        customer_id=order.customer_id,
        order_link=order_link(order),
        currency_id=count.currency.id,
        default_tax_type=count.tax_type,
        **await arranged(context),
        **_money(context, lines, count),
        **({} if exchange is None else exchange.columns(count)),
    )
    rows = [*_items(context, made, lines, count, exchange), *verifications(context, made)]
    return [Create(made), *map(Create, rows), *_exchange(order, exchange)]


def _same_order(context: Context) -> None:
    ref = context.event.attributes.get("ref")
    if ref is not None and ref != context.entity.ref:
        raise RuleError(f"attribute ref is {ref}, but the event went to order {context.entity.ref}", 422)


def _money(context: Context, lines: list[Priced], count: Counting) -> dict[str, Any]:
    sums = [(p.line.amount, p.line.tax) for p in lines]
    return totalled(sums, included=count.included, store=count.stored) | given_totals(context, count)


def _items(context: Context, made: Row, lines: list[Priced], count: Counting, exchange: Exchange | None) -> list[Row]:
    usual = _REFUND if exchange is None else _EXCHANGE
    return [
        context.new(
            "ReturnOrderItem",
            under=made,
            ref=f"{made.ref}-{number}",
            **p.columns(count),
            **_about(context, p, usual),
        )
        for number, p in enumerate(lines, 1)
    ]


def _about(context: Context, line: Priced, usual: dict[str, Any]) -> dict[str, Any]:
    """Return what comes back, and why; of the fee no more than that it is one."""
    entry = line.wanted
    if entry is None:
        return {"type": SHIPPING, "unit_quantity": {"quantity": 1}, "return_payment_action": _REFUND}
    reason, reason_comment = commented(entry.given, "returnReason", NAME)
    condition, condition_comment = commented(entry.given, "returnCondition", NAME)
    return {
        "type": _ITEM,
        "product_id": entry.item.product_id,
        "order_item_link": order_item_link(context.entity, entry.item),
        "unit_quantity": {"quantity": entry.units},
        "return_reason": reason,
        "return_reason_comment": reason_comment,
        "return_condition": condition,
        "return_condition_comment": condition_comment,
        "return_payment_action": choice(entry.given, "returnPaymentAction", NAME) or usual,
    }


def _exchange(order: Row, exchange: Exchange | None) -> list[Action]:
    if exchange is None:
        return []
    told = Update(order, {"attributes": [noted("exchangeOrder", exchange.order.ref)]})
    return [*map(Create, (exchange.order, *exchange.rows)), told]

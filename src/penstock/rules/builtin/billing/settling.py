"""What is still to be given back of what was paid for an order (spec 31 §6, §9, 33 §8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO, value_of
from penstock.money.settlement import Movement, held, split
from penstock.rules.builtin.billing.orders import of_order
from penstock.rules.builtin.links import linked_order, means
from penstock.rules.builtin.prices import amount
from penstock.rules.builtin.revision.linking import line_of_orders
from penstock.rules.questions import ByRef, Matching

if TYPE_CHECKING:
    from decimal import Decimal

    from penstock.rules import Context

Row = Any

ASKS = (ByRef, Matching)
DEAD = frozenset({"REJECTED", "CANCELLED"})  # credit memos that give nothing back
ASKED = "REFUND_REQUESTED"  # status of a credit memo whose refund the payment service has been asked for


@dataclass(frozen=True, slots=True)
class Paid:
    """The payment transactions of an order and those that it has replaced, oldest first, and its credit memos."""

    orders: list[Row]
    movements: list[Movement[Row]]
    memos: list[tuple[Row, str]]  # each with the code of its currency

    def left(self) -> dict[str, Decimal]:
        """Return the captured money that nobody has given back, or promised to, by currency."""
        left = held(self.movements)
        for memo, currency in self.memos:
            if currency in left and memo.status not in DEAD:
                left[currency] -= value_of(memo.total_balance)
        return {currency: amount for currency, amount in left.items() if amount > ZERO}

    def beside(self, memo: Row) -> Paid:
        """Return the same with the refunds that were asked for other credit memos as if they had been given back."""
        others = ((m, currency) for m, currency in self.memos if m.status == ASKED and m.id != memo.id)
        asked = [Movement(m, "REFUND", m.status, value_of(m.total_balance), currency) for m, currency in others]
        return replace(self, movements=[*self.movements, *asked])

    def parts(self, amount: Decimal, currency: str) -> list[tuple[Movement[Row], Decimal]]:
        """Return how a refund is split over what was captured."""
        return split(amount, [m for m in self.movements if m.currency == currency])

    def covered(self, amount: Decimal, currency: str) -> Decimal:
        """Return how much of an amount what was captured is enough for."""
        return sum((part for _, part in self.parts(amount, currency)), ZERO)


async def paid(context: Context, order: Row) -> Paid:
    """Return what was paid for an order, and what was promised back of it."""
    orders = await line_of_orders(context, order)
    rows = await context.ask(of_order("FinancialTransaction", *orders))
    movements = [
        Movement(r, r.type, r.status, amount(r.total, f"the total of transaction {r.ref}", 422), r.currency)
        for r in rows
    ]
    return Paid(orders, movements, await _memos(context, orders))


async def memos_of(context: Context, order: Row) -> list[Row]:
    """Return the credit memos about an order, by id."""
    if order.customer_id is None:
        return []
    where = (("customer_id", (order.customer_id,)), ("retailer_id", (order.retailer_id,)))
    accounts = await context.ask(Matching("BillingAccount", where))
    if not accounts:
        return []
    by_account = (("billing_account_id", tuple(a.id for a in accounts)),)
    memos = await context.ask(Matching("CreditMemo", by_account))
    return [memo for memo in memos if means(memo.order_link, order)]


async def _memos(context: Context, orders: list[Row]) -> list[tuple[Row, str]]:
    """Return the memos about any of the orders, each with the code of its currency."""
    memos = {memo.id: memo for order in orders for memo in await memos_of(context, order)}
    if not memos:
        return []
    ids = tuple(sorted({memo.currency_id for memo in memos.values()}))
    codes = {c.id: c.alphabetic_code for c in await context.ask(Matching("Currency", (("id", ids),)))}
    return [(memo, codes[memo.currency_id]) for memo in memos.values()]


async def paid_of_memo(context: Context, memo: Row) -> Paid:
    """Return what was paid for the order that a credit memo is about; nothing where it is about none."""
    order = await linked_order(context, memo.order_link)
    return Paid([], [], []) if order is None else await paid(context, order)

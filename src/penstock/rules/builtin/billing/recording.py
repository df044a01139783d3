"""What is noted once the payment service has given money back (spec 33 §8, §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO, stored, unscaled, value_of
from penstock.rules import Action, Attribute, AttributeType, Context, Create, Creates, RuleError, Update, rule
from penstock.rules.builtin.billing.settling import ASKS, Paid, paid_of_memo
from penstock.rules.builtin.prices import amount, places_of
from penstock.rules.builtin.revision.linking import NO_ORIGINAL
from penstock.rules.questions import ById

if TYPE_CHECKING:
    from decimal import Decimal

Row = Any

_TOLD = {
    "externalTransactionId": "external_transaction_id",
    "externalTransactionCode": "external_transaction_code",
    "paymentProvider": "payment_provider_name",
}  # what the service may say, by attribute of its event

_AMOUNT = Attribute("amount", AttributeType.JSON, "what was given back; without it all that is owed", required=False)


@rule(
    "order.RecordRefund",
    "Note that the credit memo has been paid out",
    accepts=["CREDIT_MEMO"],
    attributes=[_AMOUNT, *(Attribute(name, required=False) for name in _TOLD)],
    creates=[Creates("FinancialTransaction", "SUCCESS"), Creates("Payment", "REFUNDED")],
    asks=[*ASKS, ById],
    fails={400: "amount is no amount", 404: NO_ORIGINAL, 422: "amount is not above 0, or more than is owed"},
)
async def record_refund(context: Context) -> list[Action]:
    """Create REFUND transactions of the order and payments of the account, and take them off the memo's balance.

    One of each for every captured transaction that is given back of, newest first. Without ``amount`` it is all that is
    owed, so that the balance is 0, but no more than was captured, where anything was. A memo that is about no order
    gets a payment only; nothing happens where nothing is owed any more.
    """
    memo = context.entity
    balance = value_of(memo.total_balance)
    if balance <= ZERO:
        return []
    currency = await context.ask(ById("Currency", memo.currency_id))
    known = await paid_of_memo(context, memo)
    given = _given(context, balance, known, currency.alphabetic_code)
    actions: list[Action] = []
    for part, order, captured in _parts(known, given, currency.alphabetic_code):
        refund = None if order is None else _transaction(context, order, captured, part, currency)
        actions += [] if refund is None else [Create(refund)]
        actions.append(Create(_payment(context, refund, part, currency)))
    return [*actions, Update(memo, {"total_balance": stored(balance - given, places_of(currency))})]


def _given(context: Context, balance: Decimal, known: Paid, currency: str) -> Decimal:
    """Return how much was given back."""
    told = context.event.attributes.get(_AMOUNT.name)
    if told is None:
        return known.covered(balance, currency) or balance
    given = amount(told, "attribute amount")
    if not ZERO < given <= balance:
        raise RuleError(f"attribute amount must be above 0 and no more than the {balance} owed, but is {given}", 422)
    return given


def _parts(known: Paid, given: Decimal, currency: str) -> list[tuple[Decimal, Row | None, Row | None]]:
    """Return amounts, each with the order that it was paid for and the transaction that captured it, if known."""
    orders = {order.id: order for order in known.orders}
    parts = [(part, orders[m.key.order_id], m.key) for m, part in known.parts(given, currency)]
    rest = given - sum((part for part, _, _ in parts), ZERO)
    if not parts:
        return [(given, known.orders[0] if known.orders else None, None)]
    first, order, captured = parts[0]
    return [(first + rest, order, captured), *parts[1:]]


def _transaction(context: Context, order: Row, captured: Row | None, part: Decimal, currency: Row) -> Row:
    kept = stored(part, places_of(currency))
    same = ("payment_method", "payment_provider_name", "card_type")
    values = {name: getattr(captured, name, None) for name in same}
    told = {column: context.event.attributes.get(name) for name, column in _TOLD.items()}
    refund = context.new(
        "FinancialTransaction",
        under=order,
        type="REFUND",
        status="SUCCESS",
        total=kept["amount"],
        scale=kept["scale"],
        unscaled_value=unscaled(part, kept["scale"]),
        currency=currency.alphabetic_code,
        **{**values, **{column: str(value) for column, value in told.items() if value is not None}},
    )
    refund.ref = f"{context.entity.ref}-{refund.id}"
    return refund


def _payment(context: Context, refund: Row | None, part: Decimal, currency: Row) -> Row:
    memo = context.entity
    payment = context.new(
        "Payment",
        type="DEFAULT",
        status="REFUNDED",
        amount=stored(part, places_of(currency)),
        billing_account_id=memo.billing_account_id,
        credit_memo_id=memo.id,
        financial_transaction_id=None if refund is None else refund.id,
        retailer_id=memo.retailer_id,
    )
    payment.ref = f"{memo.ref}-P{payment.id}"
    return payment

"""Payment transactions that a shop tells of (spec 31 §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.money.amounts import MOST_PLACES, ZERO, unscaled
from penstock.rules import Attribute, AttributeType, Context, Create, Creates, Log, RuleError, rule
from penstock.rules.builtin.prices import amount
from penstock.rules.questions import Matching

if TYPE_CHECKING:
    from decimal import Decimal

    from penstock.rules.declaration import Result

Row = Any

_STATUSES = ("CREATED", "SUCCESS", "FAILED")
_USUAL_PLACES = 2
_COPIED = {
    "externalTransactionId": "external_transaction_id",
    "externalTransactionCode": "external_transaction_code",
    "cardType": "card_type",
    "paymentMethod": "payment_method",
    "paymentProvider": "payment_provider_name",
    "paymentProviderName": "payment_provider_name",
}  # by attribute of the event


@rule(
    "order.CreateFinancialTransaction",
    "Record the payment transaction that the event tells of",
    accepts=["ORDER"],
    attributes=[
        Attribute("ref", description="name of the transaction, the same where it is told again"),
        Attribute("type", description="AUTHORISATION, PAYMENT, REFUND, VOID or a word of your own"),
        Attribute("amount", AttributeType.JSON, "a number or AmountType; without it a VOID is of 0", required=False),
        Attribute("currency", description="its code; without it that of the order", required=False),
        Attribute("status", description=", ".join(_STATUSES), required=False),
        *(Attribute(name, required=False) for name in _COPIED),
    ],
    creates=[Creates("FinancialTransaction", status) for status in _STATUSES],
    asks=Matching,
    reads=["OrderItem", "FinancialTransaction"],
    fails={400: "amount or status is wrong, or there is no amount or no currency"},
)
async def create_financial_transaction(context: Context) -> Result:
    """Create the transaction; one of the same ref and type is the same one, told again, and is left as it is."""
    order, ref, type_ = context.entity, str(context.attribute("ref")), str(context.attribute("type"))
    if any((t.ref, t.type) == (ref, type_) for t in context.many(order, "financialTransactions")):
        return [Log("CreateFinancialTransaction", f"order {order.ref} has the {type_} {ref} already")]
    total, currency = _total(context, type_), _currency(context)
    scale = await _scale(context, total, currency)
    columns = {_COPIED[n]: str(v) for n, v in context.event.attributes.items() if n in _COPIED and v is not None}
    made = context.new(
        "FinancialTransaction",
        ref=ref,
        type=type_,
        status=_status(context),
        order_id=order.id,
        retailer_id=order.retailer_id,
        total=float(total),
        scale=scale,
        unscaled_value=unscaled(total, scale),
        currency=currency,
        **columns,
    )
    return [Create(made)]


def _total(context: Context, type_: str) -> Decimal:
    given = context.event.attributes.get("amount")
    if given is None and type_ == "VOID":
        return ZERO
    total = amount(context.attribute("amount"), "attribute amount")
    if total < ZERO:
        raise RuleError(f"attribute amount must not be negative, but is {total}: the type says which way it went")
    return total


def _currency(context: Context) -> str:
    items = context.many(context.entity, "items")
    given = context.event.attributes.get("currency") or next((i.currency for i in items if i.currency), None)
    code = given.get("alphabeticCode") if isinstance(given, dict) else given
    if not code:
        raise RuleError(f"attribute currency is missing, and no item of order {context.entity.ref} has one")
    return str(code)


def _status(context: Context) -> str:
    status = context.event.attributes.get("status") or _STATUSES[0]
    if status not in _STATUSES:
        raise RuleError(f"attribute status must be one of {', '.join(_STATUSES)}, not {status!r}")
    return str(status)


async def _scale(context: Context, total: Decimal, currency: str) -> int:
    """Return the decimal places to keep: the currency's, or more where the amount has more."""
    known = await context.ask(Matching("Currency", (("alphabetic_code", (currency,)),)))
    usual = known[0].minor_units if known and known[0].minor_units is not None else _USUAL_PLACES
    given = total.normalize().as_tuple().exponent
    return min(max(int(usual), -given if isinstance(given, int) else 0), MOST_PLACES)

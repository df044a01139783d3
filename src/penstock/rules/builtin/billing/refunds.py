"""Asking the payment service to give money back (spec 31 §6, §9, 33 §8, 40 §12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.money.amounts import ZERO, value_of
from penstock.rules import Context, Log, Prop, Webhook, rule
from penstock.rules.builtin.billing.settling import ASKS, Paid, paid, paid_of_memo
from penstock.rules.builtin.hooks import posted
from penstock.rules.builtin.revision.linking import NO_ORIGINAL, REPLACED
from penstock.rules.questions import ById, Setting

if TYPE_CHECKING:
    from decimal import Decimal

    from penstock.money.settlement import Movement

Row = Any

_NAME = "fc.connect.payment.refund"


@rule(
    "order.RequestRefund",
    "Ask the address that the setting {setting} names to give back what is left of the captured money",
    Prop("setting", "name of a JSON setting with url and name"),
    accepts=["ORDER", "CREDIT_MEMO"],
    asks=[*ASKS, ById, Setting],
    webhooks=True,
    fails={404: NO_ORIGINAL},
)
async def request_refund(context: Context) -> list[Webhook | Log]:
    """Post the captured amount less refunds and credit memos that are open, once a currency; nothing without any.

    For a credit memo it is what that still owes, but no more than was captured for its order and not asked for other
    memos. What was paid for an order that another one has replaced stands for that one. Attributes of the post:
    ``refundRef`` (the same where the same is asked again), ``creditMemoRef``, ``amount``, ``currency``, ``capture``
    (the newest transaction that is given back of) and ``captures`` (all of them, each with its part).
    """
    if context.entity_name == "CreditMemo":
        return await _of_memo(context)
    order = context.entity
    if attribute(order, REPLACED) is not None:
        return []
    known = await paid(context, order)
    before = sum(m.given_back for m in known.movements)
    left = sorted(known.left().items())
    refs = [f"REF-{order.retailer_id}-{order.ref}-{before + n}" for n, _ in enumerate(left, 1)]
    return [await _post(context, ref, *owed, known) for ref, owed in zip(refs, left, strict=True)]


async def _of_memo(context: Context) -> list[Webhook | Log]:
    memo = context.entity
    balance, currency = value_of(memo.total_balance), await context.ask(ById("Currency", memo.currency_id))
    if balance <= ZERO:
        return []
    known = (await paid_of_memo(context, memo)).beside(memo)
    captured = known.covered(balance, currency.alphabetic_code)
    if captured <= ZERO:
        return [Log("RequestRefund", f"nothing that was captured is left to pay out {memo.ref}")]
    return [await _post(context, f"REF-{memo.ref}", currency.alphabetic_code, captured, known, creditMemoRef=memo.ref)]


async def _post(context: Context, ref: str, currency: str, amount: Decimal, known: Paid, **more: str) -> Webhook | Log:
    captures = [_capture(*part) for part in known.parts(amount, currency)]
    told: dict[str, Any] = {"refundRef": ref, **more, "amount": float(amount), "currency": currency}
    if captures:
        told |= {"capture": captures[0], "captures": captures}
    return await posted(context, "RequestRefund", context.prop("setting"), told, _NAME)


def _capture(movement: Movement[Row], part: Decimal) -> dict[str, Any]:
    row = movement.key
    told = {
        "transactionRef": row.ref,
        "externalTransactionId": row.external_transaction_id,
        "externalTransactionCode": row.external_transaction_code,
        "paymentProvider": row.payment_provider_name,
        "paymentMethod": row.payment_method,
        "amount": float(part),
    }
    return {name: value for name, value in told.items() if value is not None}

"""Some money back, so that a customer is content (spec 31 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO
from penstock.rules import Attribute, AttributeType, Context, RuleError, rule
from penstock.rules.builtin.billing.documents import MEMO_ROWS, MEMO_TYPES, About, credit_memo, document
from penstock.rules.builtin.billing.entries import Entry
from penstock.rules.builtin.billing.finding import account_for, source_for
from penstock.rules.builtin.billing.orders import counting_of, of_order
from penstock.rules.builtin.billing.references import NAMES_ONE
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.links import order_link
from penstock.rules.builtin.prices import COUNTING, UNCOUNTABLE, Counting, amount
from penstock.rules.questions import ByRef, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from penstock.rules.declaration import Result

_INFO, _AUTO = "appeasementInfo", "autoApprove"
_LIMIT = "APPEASEMENT_AUTO_APPROVE_LIMIT"
_PARTS = (
    Attribute("amount", AttributeType.JSON, "what the customer gets, tax included", required=False),
    Attribute("reason", AttributeType.JSON, "code, or value and label", required=False),
    Attribute("comment", description="what to say of it", required=False),
)


@rule(
    "order.CreateCreditMemoFromAppeasement",
    "Create a credit memo of type {creditMemoType}, with a line of type {creditMemoItemType}, for the appeasement",
    *MEMO_TYPES,
    accepts=["ORDER", "BILLING_ACCOUNT"],
    attributes=[
        NAMES_ONE,
        Attribute(
            _INFO, AttributeType.OBJECT, "amount, reason and comment, where they do not stand alone", required=False
        ),
        *_PARTS,
    ],
    creates=MEMO_ROWS,
    asks=[ByRef, *COUNTING],
    fails={
        400: "entityReference is missing or malformed",
        404: "the order or the account does not exist",
        422: f"the amount is missing or not above 0, or {UNCOUNTABLE}",
    },
)
async def create_credit_memo_from_appeasement(context: Context) -> Result:
    """Create a memo of one line with the amount, which includes tax whether prices do or not.

    Up to the setting APPEASEMENT_AUTO_APPROVE_LIMIT it gets the attribute ``autoApprove``, which a workflow may heed.
    """
    order, account = await source_for(context, "Order"), await account_for(context)
    info = context.event.attributes.get(_INFO) or context.event.attributes
    value = _amount(info)
    counted = await counting_of(context, order, await context.ask(of_order("OrderItem", order)))
    limit = amount(await context.ask(Setting(_LIMIT)) or 0, f"setting {_LIMIT}", 422)
    auto = (noted(_AUTO, value=True),) if value <= limit else ()
    entry = _entry(info, value, counted)
    about = About("APPEASEMENT", order.ref, {"order_link": order_link(order)}, auto)
    return document(context, credit_memo(context), account, about, counted, [entry])


def _entry(info: Mapping[str, Any], value: Decimal, counted: Counting) -> Entry:
    comment, reason = info.get("comment"), {"credit_reason_code": _reason(info.get("reason"))}
    text = None if comment is None else str(comment)
    return Entry(text, 1, counted.line_of_total(value), counted.tax_type, reason)


def _amount(info: Any) -> Decimal:
    if not isinstance(info, dict) or info.get("amount") is None:
        raise RuleError(f"attribute {_INFO} must have an amount, but is {info!r}", 422)
    value = amount(info["amount"], f"{_INFO}.amount", 422)
    if value <= ZERO:
        raise RuleError(f"{_INFO}.amount must be above 0, but is {value}", 422)
    return value


def _reason(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    reason = given if isinstance(given, dict) else {"value": str(given)}
    return {name: reason.get(name) for name in ("value", "label") if reason.get(name) is not None}

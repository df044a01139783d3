"""The billing account of a customer: found, made, or named by the event (spec 33 §7)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Action, Context, Create, Creates, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.billing.finding import NO_CUSTOMER, SEVERAL, account_of_customer
from penstock.rules.builtin.billing.references import GIVEN, about
from penstock.rules.questions import ById, ByRef, Matching

Row = Any

_EXISTS, _NONE = "BillingAccountExistsEventName", "NoBillingAccountExistsEventName"


@rule(
    "order.VerifyBillingAccount",
    "If the customer has an account, send {BillingAccountExistsEventName}, else {NoBillingAccountExistsEventName}",
    Prop(_EXISTS, "name of the event to send where the customer has a billing account"),
    Prop(_NONE, "name of the event to send where the customer has none"),
    accepts=["ORDER", "RETURN_ORDER"],
    sends=[Sends(f"{{{_EXISTS}}}", gate=True, adds=(GIVEN,)), Sends(f"{{{_NONE}}}", gate=True)],
    asks=Matching,
    fails={422: f"{NO_CUSTOMER}, or {SEVERAL}"},
)
async def verify_billing_account(context: Context) -> list[SendEvent]:
    """Forward the event under one of two names; where there is an account, ``entityReference`` names it."""
    account = await account_of_customer(context, context.entity)
    if account is None:
        return [SendEvent(context.prop(_NONE))]
    return [SendEvent(context.prop(_EXISTS), attributes=about(context, "BillingAccount", account))]


@rule(
    "order.CreateBillingAccount",
    "Create a billing account of type {billingAccountType} for the customer, and send {eventName}",
    EVENT_NAME,
    Prop("billingAccountType", "type of the account, which names its workflow", default="CUSTOMER"),
    accepts=["ORDER", "RETURN_ORDER"],
    sends=Sends("{eventName}", adds=(GIVEN,)),
    creates=Creates("BillingAccount"),
    asks=[Matching, ById, ByRef],
    fails={422: f"{NO_CUSTOMER}, {SEVERAL}, or another customer has the account's ref"},
)
async def create_billing_account(context: Context) -> list[Action]:
    """Create the account unless the customer has one meanwhile; ``entityReference`` names it either way."""
    account, created = await account_made(context, context.entity, context.prop("billingAccountType"))
    sent = SendEvent(context.prop("eventName"), attributes=about(context, "BillingAccount", account))
    return [*created, sent]


async def account_made(context: Context, owner: Row, type_: str = "CUSTOMER") -> tuple[Row, list[Create]]:
    """Return the billing account of the customer, and what creates it where there is none."""
    account = await account_of_customer(context, owner)
    if account is not None:
        return account, []
    customer = await context.ask(ById("Customer", owner.customer_id))
    if customer is None:
        raise RuleError(f"customer {owner.customer_id} of {owner.ref} does not exist", 422)
    ref = f"BA-{owner.retailer_id}-{customer.ref or customer.username}"
    if await context.ask(ByRef("BillingAccount", ref)) is not None:
        raise RuleError(f"the billing account {ref} belongs to another customer than {customer.id}", 422)
    about_customer = {"customer_id": customer.id, "retailer_id": owner.retailer_id, "name": _name(customer)}
    account = context.new("BillingAccount", ref=ref, type=type_, **about_customer)
    return account, [Create(account)]


def _name(customer: Row) -> str:
    parts = (customer.first_name, customer.last_name)
    return " ".join(p for p in parts if p) or str(customer.username or customer.ref)

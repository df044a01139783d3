"""Events of orders and returns to the billing account of their customer (spec 33 §7, 35 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import EVENT_NAME, Context, SendEvent, Sends, rule
from penstock.rules.builtin.billing.finding import NO_CUSTOMER, account_for, named_account
from penstock.rules.builtin.billing.references import GIVEN, NAMES_ONE, about
from penstock.rules.questions import ByRef, Matching

if TYPE_CHECKING:
    from penstock.rules.declaration import Result

Row = Any

_TO_ACCOUNT = Sends("{eventName}", to="BILLING_ACCOUNT", adds=(GIVEN,))
_NOT_THERE = "the attribute names no account that exists"


@rule(
    "order.SendEventToBillingAccount",
    "Send {eventName} to the billing account of the customer",
    EVENT_NAME,
    accepts=["ORDER", "RETURN_ORDER"],
    attributes=[NAMES_ONE.optional()],
    sends=_TO_ACCOUNT,
    asks=[ByRef, Matching],
    fails={404: _NOT_THERE, 422: f"{NO_CUSTOMER}, or the customer has no billing account or several"},
)
async def send_event_to_billing_account(context: Context) -> Result:
    """Send to the account that ``entityReference`` names, else the customer's; it then names the source."""
    return _sent(context, await account_for(context))


@rule(
    "order.SendEventForRevisedOrderToBillingAccount",
    "Send {eventName} about the revised order to the billing account",
    EVENT_NAME,
    accepts=["ORDER"],
    attributes=[NAMES_ONE],
    sends=_TO_ACCOUNT,
    asks=ByRef,
    fails={404: _NOT_THERE, 422: "the attribute names something else than a billing account"},
)
async def send_event_for_revised_order_to_billing_account(context: Context) -> Result:
    """Send to the account that ``entityReference`` names; it then names the revised order."""
    return _sent(context, await named_account(context))


def _sent(context: Context, account: Row) -> list[SendEvent]:
    attributes = about(context, context.entity_name, context.entity)
    return [SendEvent(context.prop("eventName"), to=account, attributes=attributes)]

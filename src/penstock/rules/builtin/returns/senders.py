"""Events between an order, its returns, their fulfilments and credit memos (spec 35 §3)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, send_to
from penstock.rules.builtin.links import linked_order
from penstock.rules.builtin.returns.earlier import returns_of
from penstock.rules.questions import ById, ByRef, Matching

Row = Any


@rule(
    "order.SendEventForReturnOrder",
    "Send {eventName} to the return",
    EVENT_NAME,
    accepts=["CREDIT_MEMO", "RETURN_FULFILMENT"],
    sends=Sends("{eventName}", to="RETURN_ORDER", gate=True),
    asks=ById,
    reads=["ReturnOrder"],
)
async def send_event_for_return_order(context: Context) -> list[SendEvent]:
    """Send to the return that the entity belongs to or is about; a memo of something else sends nothing."""
    id_ = context.entity.return_order_id
    if id_ is None:
        return []
    own = context.entity_name == "ReturnFulfilment"
    found = context.one(context.entity, "returnOrder") if own else await context.ask(ById("ReturnOrder", id_))
    return [] if found is None else [SendEvent(context.prop("eventName"), to=found, root=found)]


@rule(
    "order.SendEventForReturnFulfilments",
    "Send {eventName} to every fulfilment of the return",
    EVENT_NAME,
    accepts=["RETURN_ORDER"],
    sends=Sends("{eventName}", to="RETURN_FULFILMENT", gate=True),
    reads=["ReturnFulfilment"],
)
def send_event_for_return_fulfilments(context: Context) -> list[SendEvent]:
    """Send to each fulfilment of the return, in order of creation."""
    return send_to(context, context.many(context.entity, "returnOrderFulfilments"))


@rule(
    "order.SendEventForExchangeOrder",
    "Send {eventName} to the order of what the customer gets in exchange",
    EVENT_NAME,
    accepts=["RETURN_ORDER"],
    sends=Sends("{eventName}", to="ORDER", gate=True),
    asks=ByRef,
)
async def send_event_for_exchange_order(context: Context) -> list[SendEvent]:
    """Send to the exchange order, such as ReleaseHold once the goods are back; without one, nothing."""
    order = await linked_order(context, context.entity.exchange_order_link)
    return [] if order is None else [SendEvent(context.prop("eventName"), to=order, root=order)]


@rule(
    "order.SendEventOnVerifyingAllReturnOrders",
    "If all returns of the order are in status {status}, send {eventName}",
    EVENT_NAME,
    Prop("status", "statuses that all must be in", multiple=True, status_of="RETURN_ORDER"),
    accepts=["ORDER"],
    sends=FORWARD_IF,
    asks=Matching,
)
async def send_event_on_verifying_all_return_orders(context: Context) -> list[SendEvent]:
    """Forward once every return of the order is in the list; an order without returns waits."""
    returns, statuses = await returns_of(context, context.entity), context.prop("status")
    return forward_if(context, returns and all(r.row.status in statuses for r in returns))

"""Which way returned goods go, and what follows from their inspection (spec 33 §4, §6, 34 §13)."""

from __future__ import annotations

from penstock.returning.outcomes import Outcome, outcome
from penstock.returning.paths import Path, path
from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if
from penstock.rules.builtin.links import ref_in
from penstock.rules.builtin.prices import amount
from penstock.rules.builtin.returns.exchange import costs
from penstock.rules.builtin.returns.fulfilments import goods


@rule(
    "order.SendEventOnVerifyingReturnPath",
    "If the goods come back by {path}, send {eventName}",
    EVENT_NAME,
    Prop(
        "path",
        "ways: HANDED_IN where they are kept, SENT_ON from there, PICKUP by a courier, MAILED by the customer",
        PropType.ENUM,
        multiple=True,
        values=tuple(Path),
    ),
    accepts=["RETURN_ORDER", "RETURN_FULFILMENT"],
    sends=FORWARD_IF,
)
def send_event_on_verifying_return_path(context: Context) -> list[SendEvent]:
    """Forward if the return, or its fulfilment, goes one of these ways."""
    return forward_if(context, path_of(context) in context.prop("path"))


def path_of(context: Context) -> Path:
    """Return the way of a return, or of a fulfilment of it."""
    lodged, destination = context.entity.lodged_location_link, context.entity.destination_location_link
    return path(ref_in(lodged), ref_in(destination), pickup=context.entity.pickup_address is not None)


@rule(
    "order.SendEventOnVerifyingReturnOutcome",
    "If {outcome} follows from the inspection, send {eventName}",
    EVENT_NAME,
    Prop(
        "outcome",
        "REFUND: the customer gets money back; NOTHING: neither side owes; OWED: the exchange order costs more; "
        "REJECTED: nothing was accepted",
        PropType.ENUM,
        multiple=True,
        values=tuple(Outcome),
    ),
    accepts=["RETURN_ORDER"],
    sends=FORWARD_IF,
    reads=["ReturnOrderItem"],
)
def send_event_on_verifying_return_outcome(context: Context) -> list[SendEvent]:
    """Forward if one of these follows from the statuses of the items, and from the totals."""
    back = context.entity
    statuses = [line.status for line in goods(context, back)]
    total = amount(back.total_amount or 0, f"totalAmount of return {back.ref}")
    found = outcome(statuses, total, costs(back))
    return forward_if(context, found in context.prop("outcome"))

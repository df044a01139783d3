"""Gates that look at the items of one fulfilment (spec 35 §3, §5)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if


@rule(
    "order.VerifyingFulfilmentItems",
    "If {quantity} of the items were filled, send {eventName}",
    EVENT_NAME,
    Prop("quantity", "how much must be filled", PropType.ENUM, values=("ALL", "PARTIAL", "NONE")),
    accepts=["FULFILMENT"],
    sends=FORWARD_IF,
    reads=["FulfilmentItem"],
)
def verifying_fulfilment_items(context: Context) -> list[SendEvent]:
    """Forward if the items are filled as far as ``quantity`` says."""
    wanted = context.prop("quantity")
    items = context.many(context.entity, "items")
    if all(i.filled_quantity == i.requested_quantity for i in items):
        return forward_if(context, wanted == "ALL")
    return forward_if(context, wanted == ("PARTIAL" if any(i.filled_quantity for i in items) else "NONE"))


@rule(
    "order.SendEventOnVerifyingNothingRequested",
    "If nothing is requested of the fulfilment any more, send {eventName}",
    EVENT_NAME,
    accepts=["FULFILMENT"],
    sends=FORWARD_IF,
    reads=["FulfilmentItem"],
)
def send_event_on_verifying_nothing_requested(context: Context) -> list[SendEvent]:
    """Forward once the requested quantity of every item is 0."""
    items = context.many(context.entity, "items")
    return forward_if(context, not any(i.requested_quantity for i in items))

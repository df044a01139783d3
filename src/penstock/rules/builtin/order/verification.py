"""Gates that look at all fulfilments or articles together (spec 35 §3)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, PropType, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of, send_to


def _statuses(of: str) -> Prop:
    return Prop("status", "statuses that all must be in", multiple=True, status_of=of)


@rule(
    "order.SendEventOnVerifyingAllFulfilmentStates",
    "If all fulfilments are in status {status}, send {eventName} to the order",
    EVENT_NAME,
    _statuses("FULFILMENT"),
    Prop(
        "atLeastOne",
        "statuses of which at least one fulfilment must have one",
        multiple=True,
        default=[],
        status_of="FULFILMENT",
    ),
    accepts=["ORDER", "FULFILMENT"],
    sends=Sends("{eventName}", to="ORDER", gate=True),
    reads=["Order", "Fulfilment"],
    fails={400: "the entity belongs to no order"},
)
def send_event_on_verifying_all_fulfilment_states(context: Context) -> list[SendEvent]:
    """Send to the order once every fulfilment is in the list; an order without fulfilments waits."""
    order, some = order_of(context), context.prop("atLeastOne")
    found = [f.status for f in context.many(order, "fulfilments")]
    settled = _all_in(found, context.prop("status")) and (not some or any(status in some for status in found))
    return send_to(context, [order]) if settled else []


@rule(
    "order.SendEventOnVerifyingAllArticleStates",
    "If all articles are in status {status}, send {eventName}",
    EVENT_NAME,
    _statuses("ARTICLE"),
    accepts=["ORDER", "FULFILMENT"],
    sends=FORWARD_IF,
    reads=["Article"],
)
def send_event_on_verifying_all_article_states(context: Context) -> list[SendEvent]:
    """Forward to the same entity once every article of it is in the list; without articles it waits."""
    order = context.entity_name == "Order"
    articles = context.rows("Article") if order else context.many(context.entity, "articles")
    return forward_if(context, _all_in([a.status for a in articles], context.prop("status")))


def _all_in(found: list[str], statuses: list[str]) -> bool:
    return bool(found) and all(status in statuses for status in found)


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

"""Events between the entities of an order (spec 35 §3)."""

from __future__ import annotations

from penstock.rules import EVENT_NAME, Context, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, order_of, send_to
from penstock.rules.builtin.links import linked_order
from penstock.rules.questions import ByRef


@rule(
    "order.SendEventForOrder",
    "Send {eventName} to the order",
    EVENT_NAME,
    accepts=["FULFILMENT", "ARTICLE", "CONSIGNMENT", "FULFILMENT_CHOICE", "RETURN_ORDER"],
    sends=Sends("{eventName}", to="ORDER"),
    asks=ByRef,
    reads=["Order"],
    fails={400: "the entity belongs to no order"},
)
async def send_event_for_order(context: Context) -> list[SendEvent]:
    """Send to the order that the entity belongs to; a return of no order, or of one that is not here, sends nothing."""
    if context.entity_name != "ReturnOrder":
        return send_to(context, [order_of(context)])
    order = await linked_order(context, context.entity.order_link)
    return [] if order is None else [SendEvent(context.prop("eventName"), to=order, root=order)]


@rule(
    "order.SendEventForAllFulfilments",
    "Send {eventName} to every fulfilment of the order",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=Sends("{eventName}", to="FULFILMENT"),
    reads=["Order", "Fulfilment"],
)
def send_event_for_all_fulfilments(context: Context) -> list[SendEvent]:
    """Send to each fulfilment, in order of creation."""
    return send_to(context, context.many(order_of(context), "fulfilments"))


@rule(
    "order.SendEventForFulfilment",
    "Send {eventName} to the fulfilment of the article",
    EVENT_NAME,
    accepts=["ARTICLE"],
    sends=Sends("{eventName}", to="FULFILMENT"),
    reads=["Fulfilment"],
)
def send_event_for_fulfilment(context: Context) -> list[SendEvent]:
    """Send to each fulfilment of the article."""
    return send_to(context, context.many(context.entity, "fulfilments"))


@rule(
    "order.SendEventForArticles",
    "Send {eventName} to the articles of the consignment",
    EVENT_NAME,
    accepts=["CONSIGNMENT"],
    sends=Sends("{eventName}", to="ARTICLE"),
    reads=["ConsignmentArticle", "Article"],
)
def send_event_for_articles(context: Context) -> list[SendEvent]:
    """Send to each article that the consignment carries."""
    carried = (context.one(c, "article") for c in context.many(context.entity, "consignmentArticles"))
    return send_to(context, [article for article in carried if article is not None])


@rule(
    "order.SendEventToFulfilmentOnVerifyingOrderStatus",
    "If the order is in status {orderStatus}, send {eventName} to the fulfilment",
    EVENT_NAME,
    Prop("orderStatus", "statuses of the order", multiple=True, status_of="ORDER"),
    accepts=["FULFILMENT"],
    sends=FORWARD_IF,
    reads=["Order"],
)
def send_event_to_fulfilment_on_verifying_order_status(context: Context) -> list[SendEvent]:
    """Forward to the fulfilment itself if its order is in one of the statuses."""
    return forward_if(context, order_of(context).status in context.prop("orderStatus"))

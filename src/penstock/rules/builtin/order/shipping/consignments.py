"""Booking parcels with a carrier (spec 32 §7)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Action, Context, Create, Creates, Prop, RuleError, SendEvent, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, location_of, order_of
from penstock.rules.builtin.order.shipping.carriers import CARRIER_REF, known_carrier, usual_carrier
from penstock.rules.questions import ByRef, LocationOfAddress

Row = Any


@rule(
    "order.CreateDemoConsignment",
    "Book the articles with carrier {carrierRef}, label at {labelUrl}",
    Prop("labelUrl", "address of the label"),
    Prop(
        "carrierRef",
        "ref of the carrier where neither article nor fulfilment names one; none: the location's, "
        "else DEFAULT_CARRIER: and the retailer's id",
        default=None,
    ),
    accepts=["ARTICLE", "FULFILMENT"],
    creates=[Creates("Consignment"), Creates("ConsignmentArticle")],
    asks=[ByRef, LocationOfAddress],
    reads=["Order", "Fulfilment", "Article", "ConsignmentArticle", "Consignment"],
    fails={
        400: "there are no articles, or no such carrier",
        404: "no location has the address that the fulfilment comes from",
    },
)
async def create_demo_consignment(context: Context) -> list[Action]:
    """Create consignments for the articles that have none, or only failed bookings.

    Articles that a warehouse shipped keep their tracking number and are not booked again: one consignment a
    number. All others share one. ``RuleError`` 400 without articles or carrier.
    """
    articles = [context.entity] if context.entity_name == "Article" else context.many(context.entity, "articles")
    if not articles:
        raise RuleError(f"{context.event.entity_type} {context.entity.id} has no articles to book")
    by_tracking: dict[str | None, list[Row]] = {}
    for article in articles:
        if _open(context, article):
            by_tracking.setdefault(attribute(article, "trackingNumber"), []).append(article)
    actions: list[Action] = []
    for tracking, booked in by_tracking.items():
        actions += await _consignment(context, tracking, booked)
    return actions


def _open(context: Context, article: Row) -> bool:
    carried = (context.one(c, "consignment") for c in context.many(article, "consignmentArticles"))
    return all(consignment is None or consignment.status == "BOOKING_FAILED" for consignment in carried)


async def _consignment(context: Context, tracking: str | None, articles: list[Row]) -> list[Action]:
    order, carrier = order_of(context), await _carrier(context, articles[0])
    consignment = context.new("Consignment")
    consignment.ref = f"{articles[0].ref}-C{len(context.many(articles[0], 'consignmentArticles')) + 1}"
    consignment.consignment_reference = tracking or consignment.ref
    consignment.tracking_label = tracking or consignment.ref
    consignment.label_url = attribute(articles[0], "labelUrl") if tracking else context.prop("labelUrl")
    consignment.carrier_id = carrier.id
    owner = {"order_id": order.id, "retailer_id": order.retailer_id}
    consignment.order_id, consignment.retailer_id = owner["order_id"], owner["retailer_id"]
    joined = (
        context.new("ConsignmentArticle", consignment_id=consignment.id, article_id=a.id, **owner) for a in articles
    )
    return [Create(consignment), *(Create(row) for row in joined)]


async def _carrier(context: Context, article: Row) -> Row:
    """Return the carrier that was chosen for the parcel, else the usual one (spec 32 §7)."""
    fulfilments = context.many(article, "fulfilments")
    named = [attribute(row, CARRIER_REF) for row in (article, *fulfilments)]
    ref = next(filter(None, [*named, context.prop("carrierRef")]), None)
    if ref is None:
        ref = usual_carrier(context, await location_of(context, fulfilments[0]) if fulfilments else None)
    return await known_carrier(context, ref)


@rule(
    "order.SendEventOnVerifyingConsignment",
    "If the booking is {BookingStatus}, send {eventName}",
    EVENT_NAME,
    Prop("BookingStatus", "LODGED or FAILED"),
    accepts=["CONSIGNMENT"],
    sends=FORWARD_IF,
    reads=["ConsignmentArticle", "Article"],
)
def send_event_on_verifying_consignment(context: Context) -> list[SendEvent]:
    """Forward if it came out so: LODGED with a label or where shipped already, else FAILED."""
    carried = (context.one(c, "article") for c in context.many(context.entity, "consignmentArticles"))
    shipped = any(a is not None and attribute(a, "trackingNumber") for a in carried)
    state = "LODGED" if context.entity.label_url or shipped else "FAILED"
    return forward_if(context, context.prop("BookingStatus") == state)

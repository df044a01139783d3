"""From a wave to its fulfilments: being told, and sharing out what was picked (spec 32 §4.2, §5, §6.1)."""

from __future__ import annotations

from typing import Any

from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, Prop, RuleError, SendEvent, Sends, rule
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.fulfilment.waves import by_expiry
from penstock.rules.questions import WaveFulfilments

Row = Any


@rule(
    "fulfilment.NotifyFulfilmentsInWave",
    "Send {eventName} to each fulfilment of the wave",
    EVENT_NAME,
    accepts=["WAVE"],
    attributes=[Attribute("allFulfilmentArticles", AttributeType.OBJECT, "parcels by fulfilment id", required=False)],
    sends=Sends(
        "{eventName}",
        to="FULFILMENT",
        adds=(Attribute("fulfilmentArticles", AttributeType.ARRAY, required=False),),
        forwards=False,
    ),
    asks=WaveFulfilments,
)
async def notify_fulfilments_in_wave(context: Context) -> list[SendEvent]:
    """Send to each fulfilment; with its own part of ``allFulfilmentArticles`` as ``fulfilmentArticles``."""
    articles = context.event.attributes.get("allFulfilmentArticles") or {}
    name = context.prop("eventName")
    return [
        SendEvent(name, to=fulfilment, root=order, attributes=_own(articles, fulfilment))
        for fulfilment, _, _, order in await context.ask(WaveFulfilments(context.entity.id))
    ]


def _own(articles: dict[str, Any], fulfilment: Row) -> dict[str, Any]:
    own = articles.get(str(fulfilment.id))
    return {} if own is None else {"fulfilmentArticles": own}


@rule(
    "fulfilment.AllocateConfirmedItemsByFulfilmentExpiry",
    "Share the picked items among the fulfilments, first to expire first, and send {eventName} to each",
    EVENT_NAME,
    Prop(
        "excludedStatuses",
        "statuses of fulfilments that get nothing",
        multiple=True,
        default=["EXPIRED"],
        status_of="FULFILMENT",
    ),
    accepts=["WAVE"],
    attributes=[Attribute("pickedItems", AttributeType.ARRAY, "objects with productRef and availableQty")],
    sends=Sends(
        "{eventName}", to="FULFILMENT", adds=(Attribute("fulfilmentItems", AttributeType.ARRAY),), forwards=False
    ),
    asks=WaveFulfilments,
    fails={400: "an item has no product, or a quantity that is none"},
)
async def allocate_confirmed_items_by_fulfilment_expiry(context: Context) -> list[SendEvent]:
    """Send ``fulfilmentItems`` to each fulfilment; what was not picked is rejected, a surplus ignored."""
    left, name = _picked(context), context.prop("eventName")
    excluded = context.prop("excludedStatuses")
    found = await context.ask(WaveFulfilments(context.entity.id))
    events = []
    for fulfilment, items, products, order in sorted(found, key=lambda part: by_expiry(part[0])):
        if fulfilment.status not in excluded:
            shares = [_share(item, products[item.order_item_id], left) for item in items]
            attributes = {"fulfilmentItems": shares}
            events.append(SendEvent(name, to=fulfilment, root=order, attributes=attributes))
    return events


def _picked(context: Context) -> dict[str, int]:
    """Return the picked units by product ref."""
    given = context.event.attributes.get("pickedItems")
    if not given:
        raise RuleError("Event does not have pickedItems attributes")
    units: dict[str, int] = {}
    for entry in given:
        product = str(entry.get("productRef") or "").strip()
        if not product:
            raise RuleError("pickedItems: every item needs a productRef")
        units[product] = units.get(product, 0) + whole_number(entry.get("availableQty"), f"availableQty of {product}")
    negative = [product for product, count in units.items() if count < 0]
    if negative:
        raise RuleError(f"pickedItems: availableQty of {', '.join(negative)} must not be negative")
    return units


def _share(item: Row, product: str, left: dict[str, int]) -> dict[str, Any]:
    """Return an item's part of what is left of its product, and take it away."""
    filled = min(item.requested_quantity, left.get(product, 0))
    left[product] = left.get(product, 0) - filled
    return {
        "id": str(item.id),
        "ref": item.ref,
        "requestedQuantity": item.requested_quantity,
        "filledQuantity": filled,
        "rejectedQuantity": item.requested_quantity - filled,
    }

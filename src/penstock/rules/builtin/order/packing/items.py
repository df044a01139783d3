"""What became of the items of a fulfilment (spec 32 §3, §5)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import Attribute, AttributeType, Context, RuleError, Update, rule
from penstock.rules.builtin.common import all_rejected, location_of, noted, whole_number
from penstock.rules.builtin.order.packing.packing import listed
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.pickup import pickup_ref
from penstock.rules.questions import LocationOfAddress

Row = Any


@rule(
    "order.AddFulfilmentTypeAttributeToFulfilment",
    "Note the type of the fulfilment in the attribute FulfilmentType",
    accepts=["FULFILMENT"],
    asks=LocationOfAddress,
    reads=["Order", "FulfilmentChoice"],
    fails={
        400: "it names none of several choices",
        404: "no location has the address that the fulfilment comes from, or the order has no such choice",
    },
)
async def add_fulfilment_type_attribute(context: Context) -> list[Update]:
    """Write the attribute: the type, or CC_PFCP where the pickup location itself picks (spec 31 §12)."""
    type_ = context.entity.type
    pickup = pickup_ref(scope_of(context)) if type_ == "CC_PFS" else None
    if pickup is not None and (await location_of(context, context.entity)).ref == pickup:
        type_ = "CC_PFCP"
    return [Update(context.entity, {"attributes": [noted("FulfilmentType", type_)]})]


@rule(
    "order.RejectFulfilment",
    "Reject all items of the fulfilment",
    accepts=["FULFILMENT"],
    reads=["FulfilmentItem"],
)
def reject_fulfilment(context: Context) -> list[Update]:
    """Count every item as rejected in full."""
    return all_rejected(context)


@rule(
    "order.ConfirmFulfilmentItems",
    "Store how much of each item was picked",
    accepts=["FULFILMENT"],
    attributes=[Attribute("fulfilmentItems", AttributeType.ARRAY, "objects with id or ref, and filledQuantity")],
    reads=["FulfilmentItem"],
    fails={
        400: "an entry is malformed, or a quantity is no whole number",
        404: "an item belongs to another fulfilment",
    },
)
def confirm_fulfilment_items(context: Context) -> list[Update]:
    """Write filled and rejected quantities from ``fulfilmentItems``, named by ``id`` or ``ref``.

    What is not filled is rejected, items that are not named too, so that nothing is lost between the two;
    more than was requested is ignored. ``RuleError`` 404 for an item of another fulfilment.
    """
    items = context.many(context.entity, "items")
    filled = dict.fromkeys((i.id for i in items), 0)
    for entry in listed(context.attribute("fulfilmentItems"), "fulfilmentItems"):
        item = _named(items, entry)
        count = whole_number(entry.get("filledQuantity", 0), f"filledQuantity of item {item.id}")
        filled[item.id] = min(max(count, 0), item.requested_quantity)
    return [
        Update(i, {"filled_quantity": filled[i.id], "rejected_quantity": i.requested_quantity - filled[i.id]})
        for i in items
    ]


def _named(items: list[Row], entry: dict[str, Any]) -> Row:
    id_, ref = entry.get("id"), entry.get("ref")
    for item in items:
        if (id_ is not None and str(item.id) == str(id_)) or (id_ is None and ref is not None and item.ref == ref):
            return item
    raise RuleError(f"fulfilmentItems: this fulfilment has no item {ref if id_ is None else id_}", 404)


@rule(
    "order.CopyAttributesFromFulfilmentToArticle",
    "Copy the attributes of the fulfilment to the article",
    accepts=["ARTICLE"],
    reads=["Fulfilment"],
    fails={400: "the article belongs to no fulfilment"},
)
def copy_attributes_from_fulfilment_to_article(context: Context) -> list[Update]:
    """Copy all attributes that the article does not have; ``RuleError`` 400 without a fulfilment."""
    fulfilments = context.many(context.entity, "fulfilments")
    if not fulfilments:
        raise RuleError(f"article {context.entity.id} belongs to no fulfilment")
    copied = [a for a in fulfilments[0].attributes or () if attribute(context.entity, a["name"]) is None]
    return [Update(context.entity, {"attributes": copied})] if copied else []

"""Parcels: made from what a store packed or a warehouse shipped (spec 32 §6, §9)."""

from __future__ import annotations

from typing import Any

from penstock.model.numbers import finite
from penstock.rules import Action, Attribute, AttributeType, Context, Create, Creates, Join, RuleError, rule
from penstock.rules.builtin.common import order_of, whole_number
from penstock.rules.builtin.order.attributes import PACKED
from penstock.rules.builtin.order.packing.packing import listed, packed, packed_item

Row = Any

_CREATES = (Creates("Article"), Creates("ArticleItem"))
_SIZES = ("length", "width", "height", "weight")
_SHIPPED = ("trackingNumber", "carrierRef", "labelUrl")


@rule(
    "order.CreateParcelsForFulfilment",
    "Create an article for each packed parcel",
    accepts=["FULFILMENT"],
    attributes=[PACKED],
    creates=_CREATES,
    reads=["Order", "FulfilmentItem", "Article"],
    fails={
        400: "an entry is malformed",
        404: "an item belongs to another fulfilment",
        422: "the fulfilment has articles already, or more is packed than was filled",
    },
)
def create_parcels_for_fulfilment(context: Context) -> list[Action]:
    """Create an article with items for each of ``packedItems.articles``; 422 if there are some already."""
    return _articles(context, packed(context, "articles"), [])


@rule(
    "order.CreateArticlesForFulfilment",
    "Create an article for each parcel that was sent in",
    accepts=["FULFILMENT"],
    attributes=[
        Attribute("fulfilmentArticles", AttributeType.ARRAY, "parcels as the store made them", required=False),
        Attribute("articles", AttributeType.ARRAY, "parcels as a warehouse shipped them", required=False),
    ],
    creates=_CREATES,
    reads=["Order", "FulfilmentItem", "Article"],
    fails={
        400: "an entry is malformed",
        404: "an item belongs to another fulfilment",
        422: "the fulfilment has articles already, or more is packed than was filled",
    },
)
def create_articles_for_fulfilment(context: Context) -> list[Action]:
    """Create articles from ``fulfilmentArticles``, else from the ``articles`` that a warehouse has shipped.

    Shipped ones get the attributes ``shipped``, ``trackingNumber``, ``carrierRef`` and ``labelUrl``. A single
    article without items holds everything that was filled.
    """
    given = context.event.attributes.get("fulfilmentArticles")
    if given is not None:
        return _articles(context, listed(given, "fulfilmentArticles"), [])
    shipped = [{"name": "shipped", "type": "BOOLEAN", "value": True}]
    return _articles(context, listed(context.attribute("articles"), "articles"), shipped)


def _articles(context: Context, entries: list[dict[str, Any]], attributes: list[dict[str, Any]]) -> list[Action]:
    fulfilment = context.entity
    if entries and context.many(fulfilment, "articles"):
        raise RuleError(f"fulfilment {fulfilment.id} has articles already", 422)
    contents = [_contents(context, entry, alone=len(entries) == 1) for entry in entries]
    _check_filled(context, contents)
    actions: list[Action] = []
    for number, (entry, content) in enumerate(zip(entries, contents, strict=True), 1):
        article = _article(context, number, entry, attributes)
        columns = {"article_id": article.id, "fulfilment_id": fulfilment.id}
        actions += [Create(article), Join("article_fulfilment", columns), *_items(context, article, content)]
    return actions


def _contents(context: Context, entry: dict[str, Any], *, alone: bool) -> dict[int, int]:
    """Return the units in a parcel by id of fulfilment item."""
    items = {str(i.id): i for i in context.many(context.entity, "items")}
    if alone and not entry.get("items"):
        return {i.id: i.filled_quantity for i in items.values() if i.filled_quantity}
    content: dict[int, int] = {}
    for part in listed(entry.get("items"), "items of an article"):
        item = packed_item(items, part)
        units = whole_number(part.get("quantity"), f"quantity of item {item.id}")
        if units < 0:
            raise RuleError(f"quantity of item {item.id} must not be negative, but is {units}")
        content[item.id] = content.get(item.id, 0) + units
    return content


def _check_filled(context: Context, contents: list[dict[int, int]]) -> None:
    for item in context.many(context.entity, "items"):
        units = sum(content.get(item.id, 0) for content in contents)
        if units > item.filled_quantity:
            raise RuleError(f"item {item.id}: {units} units are packed, but {item.filled_quantity} are filled", 422)


def _article(context: Context, number: int, entry: dict[str, Any], attributes: list[dict[str, Any]]) -> Row:
    order, fulfilment = order_of(context), context.entity
    told = [{"name": n, "type": "STRING", "value": entry[n]} for n in _SHIPPED if attributes and entry.get(n)]
    return context.new(
        "Article",
        ref=f"{fulfilment.ref}-{number}",
        type="DEFAULT",
        name=entry.get("packaging_name"),
        quantity=1,
        order_id=order.id,
        retailer_id=order.retailer_id,
        attributes=[*attributes, *told],
        **{size: _size(entry, size) for size in _SIZES},
    )


def _size(entry: dict[str, Any], name: str) -> float:
    size = finite(entry.get(name) or 0)
    if size is None:
        raise RuleError(f"{name} of an article must be a number, not {entry[name]!r}")
    return size


def _items(context: Context, article: Row, content: dict[int, int]) -> list[Create]:
    of_order = {i.id: i.order_item_id for i in context.many(context.entity, "items")}
    return [
        Create(
            context.new(
                "ArticleItem",
                article_id=article.id,
                order_item_id=of_order[item],
                order_id=article.order_id,
                retailer_id=article.retailer_id,
                quantity=units,
            )
        )
        for item, units in content.items()
    ]

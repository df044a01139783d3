"""How many units of an order were cancelled, and are not credited yet (spec 31 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import Attribute, AttributeType, RuleError
from penstock.rules.builtin.links import order_item_link
from penstock.rules.builtin.order.sourcing.demand import cancelled
from penstock.rules.questions import Matching

if TYPE_CHECKING:
    from penstock.rules import Context

Row = Any

CANCELLED = "CANCELLED"
ARTICLE = Attribute(
    "articleId", AttributeType.INTEGER, "the cancelled article, where it is only about one", required=False
)


def named_article(context: Context) -> Row | None:
    """Return the article that ``articleId`` names, None without it; ``RuleError`` 404 where the order has none."""
    given = context.event.attributes.get(ARTICLE.name)
    if given is None:
        return None
    found = next((a for a in context.rows("Article") if str(a.id) == str(given)), None)
    if found is None:
        raise RuleError(f"attribute articleId: order {context.entity.ref} has no article {given}", 404)
    return found


def units_in(context: Context, *articles: Row) -> dict[int, int]:
    """Return the units in some articles by order item."""
    units: dict[int, int] = {}
    for item in (i for article in articles for i in context.many(article, "items")):
        units[item.order_item_id] = units.get(item.order_item_id, 0) + item.quantity
    return units


async def open_units(context: Context, memos: list[Row]) -> dict[int, int]:
    """Return the cancelled units by order item, less those that memos are about."""
    order = context.entity
    parcels = units_in(context, *(a for a in context.rows("Article") if a.status == CANCELLED))
    by_memo = (("credit_memo_id", tuple(memo.id for memo in memos)),)
    lines = await context.ask(Matching("CreditMemoItem", by_memo)) if memos else []
    units = {}
    for item in context.many(order, "items"):
        all_of_it = order.status == CANCELLED
        gone = item.quantity if all_of_it else min(item.quantity, cancelled(item) + parcels.get(item.id, 0))
        units[item.id] = gone - sum(line.unit_quantity["quantity"] for line in lines if _names(line, order, item))
    return units


def _names(line: Row, order: Row, item: Row) -> bool:
    return bool(line.order_item_link == order_item_link(order, item))

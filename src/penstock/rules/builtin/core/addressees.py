"""What a mail may speak of: the entity of the event, its order, the customer, and the event itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from penstock.model.named import named
from penstock.model.registry import MODEL
from penstock.model.rows import row_type
from penstock.rules import Context, RuleError
from penstock.rules.questions import ById, ByRef

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Row = Any
Values = dict[str, Any]


async def _entity(context: Context) -> Values:
    return _fields(context.entity_name, context.entity)


async def _order(context: Context) -> Values:
    """Return the order's fields, and as ``items`` its lines as text, where it is at hand with its lines."""
    order = await _order_row(context)
    own = _fields("Order", order)
    return {**own, "items": _lines(context, order)} if order is context.root else own


async def _customer(context: Context) -> Values:
    held = next((row for row in (context.root, context.entity) if getattr(row, "customer_id", None) is not None), None)
    order = held or await _order_row(context)
    customer = None if order.customer_id is None else await context.ask(ById("Customer", order.customer_id))
    if customer is None:
        raise RuleError(f"{_named(context)} has no customer", 404)
    return _fields("Customer", customer)


async def _event(context: Context) -> Values:
    return {"attributes": context.event.attributes}


VALUES: dict[str, Callable[[Context], Awaitable[Values]]] = {
    "entity": _entity,
    "order": _order,
    "customer": _customer,
    "event": _event,
}


async def _order_row(context: Context) -> Row:
    """Return the order that the entity is part of, or that it or its root names; ``RuleError`` 404 without."""
    root = context.root
    if isinstance(root, row_type("Order")):
        return root
    ref = next((link["ref"] for row in (context.entity, root) if (link := getattr(row, "order_link", None))), None)
    order = None if ref is None else await context.ask(ByRef("Order", ref))
    if order is None:
        raise RuleError(f"{_named(context)} has no order" + (f": {ref} does not exist" if ref else ""), 404)
    return order


def _named(context: Context) -> str:
    return f"{context.event.entity_type} {getattr(context.entity, 'ref', None) or context.entity.id}"


def _lines(context: Context, order: Row) -> str:
    """Return the order's lines as text, units and product, each in a line of its own."""
    return "\n".join(f"{i.quantity} \N{MULTIPLICATION SIGN} {i.product_ref}" for i in context.many(order, "items"))


def _fields(entity: str, row: Row) -> Values:
    """Return a row's fields by the names that clients know, its attributes by their own."""
    fields = named(MODEL.entity(entity), msgspec.structs.asdict(row))
    own = {a["name"]: a.get("value") for a in fields.get("attributes") or ()}
    return {**fields, "attributes": own}

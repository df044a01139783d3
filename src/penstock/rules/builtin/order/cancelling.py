"""Cancelling single items of an order, before anybody works on them (spec 31 §6.2)."""

from __future__ import annotations

from typing import Any

from penstock.model.rows import attribute
from penstock.rules import EVENT_NAME, Attribute, AttributeType, Context, RuleError, SendEvent, Update, rule
from penstock.rules.builtin.common import FORWARD_IF, forward_if, noted, order_of, whole_number
from penstock.rules.builtin.order.sourcing.demand import NEEDED, cancelled
from penstock.sourcing.cancelling import Line, Planned

Row = Any
Cancellation = dict[str, Any]  # {"quantity": 1, "reason": {"value": "CHANGE_MIND", "label": "Changed my mind"}}

_UNITS, _REASONS = "cancelledQuantity", "cancellations"  # attributes of order items


@rule(
    "order.CancelOrderItems",
    "Cancel units of items that no location works on yet",
    accepts=["ORDER"],
    attributes=[Attribute("items", AttributeType.ARRAY, "objects with orderItemId, quantity and reason")],
    reads=NEEDED,
    fails={
        400: "items is empty, or an entry has no quantity of at least 1 or no reason",
        404: "an item belongs to another order",
        422: "more is to be cancelled than can be",
    },
)
def cancel_order_items(context: Context) -> list[Update]:
    """Raise ``cancelledQuantity`` of the items, and take the units out of fulfilments that have not begun.

    ``items`` is a list of ``{"orderItemId", "quantity", "reason": {"value", "label"}}``; the same item may be named
    several times. Reasons are kept in the item's attribute ``cancellations``. All of it happens, or nothing.
    """
    given = context.attribute("items")
    if not isinstance(given, list) or not given:
        raise RuleError(f"attribute items must be a list of what is cancelled, not {given!r}")
    items = {str(item.id): item for item in context.many(order_of(context), "items")}
    wanted: dict[str, list[Cancellation]] = {}
    for entry in given:
        id_ = _item_id(items, entry)
        wanted.setdefault(id_, []).append(_cancellation(entry, items[id_]))
    return [update for id_, parts in wanted.items() for update in _cancel(context, items[id_], parts)]


def _item_id(items: dict[str, Row], entry: Any) -> str:
    id_ = str(entry.get("orderItemId")) if isinstance(entry, dict) else None
    if id_ is None:
        raise RuleError(f"items: an entry must be an object with orderItemId, quantity and reason, not {entry!r}")
    if id_ not in items:
        raise RuleError(f"items: the order has no item {id_}", 404)
    return id_


def _cancellation(entry: dict[str, Any], item: Row) -> Cancellation:
    units, reason = whole_number(entry.get("quantity"), f"quantity of item {item.id}"), entry.get("reason")
    if units < 1:
        raise RuleError(f"quantity of item {item.id} must be at least 1, but is {units}")
    if not isinstance(reason, dict) or not reason.get("value"):
        raise RuleError(f"reason of item {item.id} must be an object with a value, not {reason!r}")
    return {"quantity": units, "reason": reason}


def _cancel(context: Context, item: Row, parts: list[Cancellation]) -> list[Update]:
    units, before = sum(part["quantity"] for part in parts), cancelled(item)
    planned = _planned(context, item)
    line = Line(item.quantity - before, tuple(part for part, _ in planned))
    if units > line.cancellable:
        raise RuleError(
            f"quantity of item {item.id}: {units} units are to be cancelled, but only {line.cancellable} can be", 422
        )
    reduced = line.reductions(units)
    known = attribute(item, _REASONS) or []
    return [
        Update(item, {"attributes": [noted(_UNITS, before + units), noted(_REASONS, [*known, *parts])]}),
        *(
            Update(row, {"requested_quantity": row.requested_quantity - reduced[row.id]})
            for _, row in planned
            if row.id in reduced
        ),
    ]


def _planned(context: Context, item: Row) -> list[tuple[Planned, Row]]:
    """Return what is planned for an order item, with the fulfilment items."""
    return [
        (Planned(row.id, fulfilment.status, (row.requested_quantity or 0) - row.rejected_quantity), row)
        for fulfilment in context.many(order_of(context), "fulfilments")
        for row in context.many(fulfilment, "items")
        if row.order_item_id == item.id
    ]


@rule(
    "order.SendEventOnVerifyingAllItemsCancelled",
    "If all items of the order are cancelled in full, send {eventName}",
    EVENT_NAME,
    accepts=["ORDER"],
    sends=FORWARD_IF,
    reads=["Order", "OrderItem"],
)
def send_event_on_verifying_all_items_cancelled(context: Context) -> list[SendEvent]:
    """Forward once every unit of every item is cancelled; an order without items has none that could be."""
    items = context.many(order_of(context), "items")
    return forward_if(context, bool(items) and all(cancelled(item) >= item.quantity for item in items))

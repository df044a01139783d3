"""Giving a fulfilment to another location, by hand (spec 35 §11)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Action, Attribute, Context, Promise, Prop, RuleError, SendEvent, rule
from penstock.rules.builtin.common import location_of
from penstock.rules.builtin.core.cancellation import cancel
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.building import (
    FULFILMENT_ROWS,
    FULFILMENT_TYPE,
    Source,
    fulfilment_rows,
    type_of,
)
from penstock.rules.builtin.order.sourcing.demand import NEEDED
from penstock.rules.builtin.order.stock import CATALOGUE, TOLD, UPDATE_EVENT, own_catalogue, stock_event
from penstock.rules.questions import ByRef, Grant, LocationOfAddress, StockAt

Row = Any

_LOCATION = "locationRef"
_RESERVED, _UNRESERVED = "AWAITING_WAVE", "ESCALATED"  # statuses in which nobody works on a fulfilment


@rule(
    "order.AssignFulfilment",
    "Give the fulfilment to {locationRef}, if its items can be promised there",
    Prop(_LOCATION, "ref of the location, where the event names none", default=None),
    Prop("virtualCatalogueRef", "ref of what locations can sell; none: BASE: and the retailer's id", default=None),
    CATALOGUE,
    UPDATE_EVENT,
    FULFILMENT_TYPE,
    accepts=["FULFILMENT"],
    attributes=[Attribute(_LOCATION, description="ref of the location that is to fulfil", required=False)],
    sends=TOLD,
    sets="CANCELLED",
    creates=FULFILMENT_ROWS,
    asks=[ByRef, StockAt, Grant, LocationOfAddress],
    reads=[*NEEDED, "FulfilmentChoice"],
    fails={
        400: "no location is named, or it can fulfil nothing",
        404: "location, catalogue or fulfilment choice does not exist",
        422: "the fulfilment has begun, is there already or asks for nothing, or the stock does not suffice",
        500: "an item has no order item",
    },
)
async def assign_fulfilment(context: Context) -> list[Action]:
    """Cancel the fulfilment, release its stock, and create another one at the location with its stock promised.

    Everything is as before where that cannot be done; the failure says why.
    """
    source, units = await _target(context), _units(context)
    scope = scope_of(context)
    type_ = type_of(scope, source, context.prop(FULFILMENT_TYPE.name))
    fulfilment, rows = await fulfilment_rows(context, source, units, scope, type_=type_)
    released = await _released(context)
    amounts = await _promisable(context, source, units)
    return [*cancel(context), *rows, Promise(fulfilment.id, amounts), *released]


async def _target(context: Context) -> Source:
    """Return the location that is to fulfil; ``RuleError`` where there is none or the fulfilment cannot go there."""
    fulfilment, ref = context.entity, context.event.attributes.get(_LOCATION) or context.prop(_LOCATION)
    if fulfilment.status not in {_RESERVED, _UNRESERVED}:
        raise RuleError(
            f"fulfilment {fulfilment.id} is in status {fulfilment.status}: "
            f"only in {_RESERVED} or {_UNRESERVED} it can be given to another location",
            422,
        )
    if ref is None:
        raise RuleError(f"attribute {_LOCATION} is missing: name the location that is to fulfil")
    location = await context.ask(ByRef("Location", str(ref), within=context.event.retailer_id))
    if location is None:
        raise RuleError(f"{_LOCATION}: there is no location {ref}", 404)
    if location.primary_address_id == fulfilment.from_address_id:
        raise RuleError(f"{_LOCATION}: fulfilment {fulfilment.id} is at location {ref} already", 422)
    return Source(location.ref, location.type, location.primary_address_id)


def _units(context: Context) -> dict[int, int]:
    """Return the units that the fulfilment still asks for, by order item."""
    units: dict[int, int] = {}
    for item in context.many(context.entity, "items"):
        left = (item.requested_quantity or 0) - item.rejected_quantity
        units[item.order_item_id] = units.get(item.order_item_id, 0) + left
    asked = {item: count for item, count in sorted(units.items()) if count > 0}
    if not asked:
        raise RuleError(f"fulfilment {context.entity.id} asks for nothing any more", 422)
    return asked


async def _released(context: Context) -> list[SendEvent]:
    """Return the event that releases the stock; an escalated fulfilment has none."""
    if context.entity.status == _UNRESERVED:
        return []
    location, catalogue = await location_of(context, context.entity), await own_catalogue(context)
    return [stock_event(context, "UNRESERVE", location, catalogue)]


async def _promisable(context: Context, source: Source, units: dict[int, int]) -> dict[int, int]:
    """Return the units to promise by position, granted; ``RuleError`` 422 names the product that does not suffice."""
    wanted: dict[str, int] = {}
    for item, count in units.items():
        ordered = context.row("OrderItem", item)
        if ordered is None:
            raise RuleError(f"fulfilment {context.entity.id}: the order has no item {item}", 500)
        wanted[ordered.product_ref] = wanted.get(ordered.product_ref, 0) + count
    found = await _stock(context, source, tuple(wanted))
    for product, count in wanted.items():
        there = found[product]["quantity"] if product in found else 0
        if there < count:
            raise RuleError(f"location {source.ref} can promise {there} of {product}, but {count} are needed", 422)
    amounts = {int(found[product]["positionId"]): count for product, count in wanted.items()}
    if not await context.ask(Grant(tuple(sorted(amounts.items())))):
        raise RuleError(f"the stock at location {source.ref} was promised to another order meanwhile", 422)
    return amounts


async def _stock(context: Context, source: Source, products: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return what the location can sell, by product."""
    ref = context.prop("virtualCatalogueRef") or f"BASE:{context.event.retailer_id}"
    stock = await context.ask(StockAt(ref, products))
    if stock is None:
        raise RuleError(f"property virtualCatalogueRef: there is no virtual catalogue {ref}", 404)
    return {position["productRef"]: position for position in stock if position["groupRef"] == source.ref}

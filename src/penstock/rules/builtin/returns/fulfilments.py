"""How returned goods travel: the fulfilment of a return (spec 33 §4)."""

from __future__ import annotations

from itertools import count
from typing import Any

from penstock.rules import Action, Context, Create, Creates, Prop, RuleError, Update, rule
from penstock.rules.builtin.returns.arranged import location
from penstock.rules.builtin.returns.earlier import REFUSED
from penstock.rules.builtin.returns.priced import SHIPPING
from penstock.rules.questions import ByRef, Setting

Row = Any

_DESTINATION = "DEFAULT_RETURN_DESTINATION_LOCATION"


@rule(
    "order.CreateReturnFulfilment",
    "Create a fulfilment of type {type} for the goods of the return",
    Prop("type", "type of the fulfilment, such as DEFAULT"),
    accepts=["RETURN_ORDER"],
    creates=[Creates("ReturnFulfilment"), Creates("ReturnFulfilmentItem")],
    asks=[Setting, ByRef],
    reads=["ReturnOrderItem", "ReturnFulfilment", "ReturnFulfilmentItem"],
    fails={
        404: f"there is no location of the ref in the setting {_DESTINATION}",
        422: "nothing tells where the goods go",
    },
)
async def create_return_fulfilment(context: Context) -> list[Action]:
    """Create it for all goods that are in none yet; where there are none, nothing.

    It goes to the destination of the return, else to the one of the setting, else to where the goods were handed in;
    the return then notes it. Which way that is, the CREATE ruleset of the fulfilment finds out.
    """
    back, lines = context.entity, _left(context)
    if not lines:
        return []
    destination = back.destination_location_link or await _usual(context)
    fulfilment = context.new(
        "ReturnFulfilment",
        ref=_ref(context),
        type=context.prop("type"),
        return_order_id=back.id,
        retailer_id=back.retailer_id,
        pickup_address=back.pickup_address,
        lodged_location_link=back.lodged_location_link,
        destination_location_link=destination,
    )
    items = [_item(context, fulfilment, number, line) for number, line in enumerate(lines, 1)]
    return [*map(Create, (fulfilment, *items)), Update(back, {"destination_location_link": destination})]


def goods(context: Context, back: Row) -> list[Row]:
    """Return the items of a return that are goods; the fee for delivery is none."""
    return [line for line in context.many(back, "returnOrderItems") if line.type != SHIPPING]


def _left(context: Context) -> list[Row]:
    """Return the goods that no fulfilment carries; a cancelled one carries nothing."""
    live = [f for f in context.many(context.entity, "returnOrderFulfilments") if f.status not in REFUSED]
    carried = {item.return_order_item_id for f in live for item in context.many(f, "returnFulfilmentItems")}
    return [g for g in goods(context, context.entity) if g.id not in carried and g.status not in REFUSED]


async def _usual(context: Context) -> dict[str, Any]:
    found = await location(context, await context.ask(Setting(_DESTINATION)), f"setting {_DESTINATION}")
    destination: dict[str, Any] | None = found or context.entity.lodged_location_link
    if destination is None:
        raise RuleError(
            f"return {context.entity.ref} has neither destinationLocation nor lodgedLocation, "
            f"and there is no setting {_DESTINATION}",
            422,
        )
    return destination


def _ref(context: Context) -> str:
    known = {f.ref for f in context.many(context.entity, "returnOrderFulfilments")}
    return next(ref for n in count(len(known) + 1) if (ref := f"{context.entity.ref}-F{n}") not in known)


def _item(context: Context, fulfilment: Row, number: int, line: Row) -> Row:
    return context.new(
        "ReturnFulfilmentItem",
        ref=f"{fulfilment.ref}-{number}",
        return_order_fulfilment_id=fulfilment.id,
        return_order_item_id=line.id,
        return_order_id=context.entity.id,
        retailer_id=context.entity.retailer_id,
        product_id=line.product_id,
        unit_quantity=line.unit_quantity,
    )

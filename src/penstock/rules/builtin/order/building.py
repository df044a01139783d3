"""The rows of a new fulfilment (spec 22 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.rules import Context, Create, Creates, Prop, RuleError
from penstock.rules.builtin.common import order_of
from penstock.rules.questions import ByRef
from penstock.sourcing.need import fulfilment_type

Row = Any

FULFILMENT_ROWS = (Creates("Fulfilment"), Creates("FulfilmentItem"))
FULFILMENT_TYPE = Prop("fulfilmentType", "type of the fulfilment; none: by order and location", default=None)


@dataclass(frozen=True, slots=True)
class Source:
    """The location that a fulfilment comes from."""

    ref: str
    type: str | None
    address_id: int


async def fulfilment_rows(context: Context, source: Source, units: dict[int, int]) -> tuple[Row, list[Create]]:
    """Return a new fulfilment and the actions that store it with its items.

    ``units`` are by order item id. ``RuleError`` 400 for a location that is neither store nor warehouse.
    """
    order = order_of(context)
    choice = context.one(order, "fulfilmentChoice")
    if choice is None:
        raise RuleError(f"order {order.ref} has no fulfilment choice", 422)
    fulfilment = context.new(
        "Fulfilment",
        ref=f"{order.ref}-{len(context.many(order, 'fulfilments')) + 1}",
        type=_type(context, order, source),
        order_id=order.id,
        retailer_id=order.retailer_id,
        fulfilment_choice_ref=choice.ref,
        delivery_type=choice.delivery_type,
        from_address_id=source.address_id,
        to_address_id=await _destination(context, choice),
        user_id=order.customer_id,
    )
    return fulfilment, [Create(fulfilment), *_items(context, fulfilment, units)]


def _items(context: Context, fulfilment: Row, units: dict[int, int]) -> list[Create]:
    order = order_of(context)
    return [
        Create(
            context.new(
                "FulfilmentItem",
                ref=f"{fulfilment.ref}-{number}",
                fulfilment_id=fulfilment.id,
                order_item_id=item,
                order_id=order.id,
                retailer_id=order.retailer_id,
                requested_quantity=requested,
                filled_quantity=0,
                rejected_quantity=0,
            )
        )
        for number, (item, requested) in enumerate(units.items(), 1)
    ]


def _type(context: Context, order: Row, source: Source) -> str:
    type_: str | None = context.prop("fulfilmentType") or fulfilment_type(order.type, source.type)
    if type_ is None:
        raise RuleError(
            f"location {source.ref} has type {source.type}: only STORE and WAREHOUSE fulfil, "
            "or give the property fulfilmentType"
        )
    return type_


async def _destination(context: Context, choice: Row) -> int | None:
    """Return the address that the parcels go to: the customer's, or that of the pickup location."""
    if choice.pickup_location_ref is None:
        address: int | None = choice.delivery_address_id
        return address
    location = await context.ask(ByRef("Location", choice.pickup_location_ref, within=context.event.retailer_id))
    return None if location is None else location.primary_address_id

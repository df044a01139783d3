"""The rows of a new fulfilment (spec 22 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from penstock.rules import Context, Create, Creates, Prop, RuleError
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.questions import ByRef
from penstock.sourcing.need import fulfilment_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.rules.builtin.order.scope import Scope

Row = Any

FULFILMENT_ROWS = (Creates("Fulfilment"), Creates("FulfilmentItem"))
FULFILMENT_TYPE = Prop("fulfilmentType", "type of the fulfilment; none: by order or choice, and location", default=None)
_CHOICE_TYPES = ("HD", "CC")
_OVERRIDE = "or give the property fulfilmentType"


@dataclass(frozen=True, slots=True)
class Source:
    """The location that a fulfilment comes from."""

    ref: str
    type: str | None
    address_id: int


async def fulfilment_rows(
    context: Context,
    source: Source,
    units: dict[int, int],
    scope: Scope | None = None,
    *,
    type_: str | None = None,
    beside: Sequence[Row] = (),
) -> tuple[Row, list[Create]]:
    """Return a new fulfilment and the actions that store it with its items.

    ``units`` are by order item id. ``scope`` is what they are sourced for; none: what the event's entity stands for.
    ``type_`` is a type that the workflow wants, none: by scope and location (:func:`type_of` raises where it cannot
    tell). ``beside`` are new fulfilments of the same order that are not stored yet. ``RuleError`` 422 for a whole
    order with several choices, or with none.
    """
    scope = scope_of(context) if scope is None else scope
    order, choice = scope.order, delivery_of(scope)
    fulfilment = context.new(
        "Fulfilment",
        ref=_ref(context, order, beside),
        type=type_of(scope, source, type_),
        order_id=order.id,
        retailer_id=order.retailer_id,
        fulfilment_choice_ref=choice.ref,
        delivery_type=choice.delivery_type,
        from_address_id=source.address_id,
        to_address_id=await _destination(context, choice),
        user_id=order.customer_id,
    )
    return fulfilment, [Create(fulfilment), *_items(context, fulfilment, units)]


def type_of(scope: Scope, source: Source, wanted: str | None = None) -> str:
    """Return the type of a fulfilment of what is sourced from a location, or the one that is wanted.

    ``RuleError`` 400 for a location that is neither store nor warehouse, and for a choice of another type than HD
    and CC.
    """
    if wanted is not None:
        return wanted
    if scope.part is not None and scope.type not in _CHOICE_TYPES:
        raise RuleError(f"Invalid fulfilment choice type {scope.type} of {scope}: it must be HD or CC, {_OVERRIDE}")
    type_ = fulfilment_type(scope.type or "", source.type)
    if type_ is None:
        raise RuleError(f"location {source.ref} has type {source.type}: only STORE and WAREHOUSE fulfil, {_OVERRIDE}")
    return type_


def delivery_of(scope: Scope) -> Row:
    """Return the choice that says where a fulfilment goes: there must be one, and for a whole order only one."""
    choices = 1 if scope.part is not None else len(scope.context.many(scope.order, "fulfilmentChoices"))
    if choices > 1:
        raise RuleError(f"{scope} has {choices} fulfilment choices: each is fulfilled by itself", 422)
    choice = scope.choice
    if choice is None:
        raise RuleError(f"{scope} has no fulfilment choice", 422)
    return choice


def _ref(context: Context, order: Row, beside: Sequence[Row]) -> str:
    """Return the next ref that no fulfilment of the order has."""
    known = [f.ref for f in (*context.many(order, "fulfilments"), *beside)]
    return next(ref for n in count(len(known) + 1) if (ref := f"{order.ref}-{n}") not in known)


def _items(context: Context, fulfilment: Row, units: dict[int, int]) -> list[Create]:
    return [
        Create(
            context.new(
                "FulfilmentItem",
                ref=f"{fulfilment.ref}-{number}",
                fulfilment_id=fulfilment.id,
                order_item_id=item,
                order_id=fulfilment.order_id,
                retailer_id=fulfilment.retailer_id,
                requested_quantity=requested,
                filled_quantity=0,
                rejected_quantity=0,
            )
        )
        for number, (item, requested) in enumerate(units.items(), 1)
    ]


async def _destination(context: Context, choice: Row) -> int | None:
    """Return the address that the parcels go to: the customer's, or that of the pickup location."""
    if choice.pickup_location_ref is None:
        address: int | None = choice.delivery_address_id
        return address
    location = await context.ask(ByRef("Location", choice.pickup_location_ref, within=context.event.retailer_id))
    return None if location is None else location.primary_address_id

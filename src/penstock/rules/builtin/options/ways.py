"""How goods get from a location to the customer: the type of a fulfilment, and what a plan says of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import RuleError
from penstock.rules.builtin.options.asked import PICKUP, order_type
from penstock.rules.builtin.options.pickup import PICKUP_DISTANCE
from penstock.sourcing.need import fulfilment_type

if TYPE_CHECKING:
    from penstock.rules import Context


def type_at(context: Context, place: dict[str, Any]) -> str:
    """Return the type of a fulfilment from a location; ``RuleError`` 400 where it is neither store nor warehouse."""
    type_ = fulfilment_type(order_type(context), place["type"])
    if type_ is None:
        raise RuleError(f"location {place['ref']} has type {place['type']}: only STORE and WAREHOUSE fulfil")
    return type_


def distances(context: Context, first: float | None) -> list[dict[str, Any]]:
    """Return what a plan tells beside its fulfilments: how far it is to the first, or to where one collects (km).

    ``first`` is in metres, None where it is not known.
    """
    pickup = context.event.attributes.get(PICKUP.name)
    distance = first if pickup is None else context.event.attributes.get(PICKUP_DISTANCE.name)
    far = [] if distance is None else [{"name": "distance", "type": "DOUBLE", "value": round(distance / 1000, 3)}]
    return far if pickup is None else [*far, {"name": PICKUP.name, "type": "STRING", "value": pickup}]

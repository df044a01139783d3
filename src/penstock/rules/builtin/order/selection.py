"""Choosing the location that fulfils next (spec 22 §4, §6)."""

from __future__ import annotations

from typing import Any

from penstock.rules import (
    EVENT_NAME,
    Attribute,
    AttributeType,
    Context,
    Prop,
    PropType,
    RuleError,
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.common import ask_all, order_of
from penstock.rules.builtin.order.attributes import LOCATIONS, POSITIONS, PROPOSED, REFUSALS, REFUSED
from penstock.rules.builtin.order.demand import NEEDED, UNUSED_STATUSES, need
from penstock.rules.questions import Setting
from penstock.sourcing.rating import Candidate, Weights, best, nearest, proposal

MAX_REFUSALS = 3


@rule(
    "order.SelectProposedFulfilment",
    "Send {eventName} with the best location for the unfulfilled items",
    EVENT_NAME,
    UNUSED_STATUSES,
    Prop(
        "singleLocationFirst",
        "whether a location that has everything comes before all others",
        PropType.BOOLEAN,
        default=False,
    ),
    accepts=["ORDER"],
    attributes=[
        LOCATIONS,
        POSITIONS.optional(),
        Attribute("excludedLocations", AttributeType.ARRAY, "refs of locations that are left out", required=False),
        REFUSED,
    ],
    sends=Sends("{eventName}", adds=(PROPOSED.optional(),)),
    asks=Setting,
    reads=NEEDED,
    fails={422: "a weight in the settings is no number"},
)
async def select_proposed_fulfilment(context: Context) -> list[SendEvent]:
    """Put ``proposedFulfilment`` into the event, or take an earlier one out where no location has anything.

    After three refused promises in a row nothing is proposed: the items are escalated (spec 20 §10.3).
    """
    attributes = {k: v for k, v in context.event.attributes.items() if k != "proposedFulfilment"}
    if attributes.get(REFUSALS, 0) < MAX_REFUSALS:
        proposed = await _proposed(context)
        if proposed is not None:
            attributes["proposedFulfilment"] = proposed
    return [SendEvent(context.prop("eventName"), attributes=attributes)]


async def _proposed(context: Context) -> dict[str, Any] | None:
    needed, locations = need(context), context.attribute("locations")
    chosen = best(
        _candidates(context, locations),
        needed,
        nearest(location["distance"] for location in locations),
        await _weights(context),
        single_location_first=context.prop("singleLocationFirst"),
    )
    if chosen is None:
        return None
    location, rating = chosen
    items = [
        {"productRef": t.product_ref, "availableQuantity": t.available, "requestedQuantity": t.requested}
        for t in proposal(location, needed)
    ]
    return {"locationRef": location.ref, "rating": round(rating, 4), "items": items}


def _candidates(context: Context, locations: list[dict[str, Any]]) -> list[Candidate]:
    """Return the locations that this order has not used yet and that nobody excluded (spec 22 §2.5)."""
    used = {f.from_address_id for f in context.many(order_of(context), "fulfilments")}
    excluded = set(context.event.attributes.get("excludedLocations") or ())
    available: dict[str, dict[str, int]] = {}
    for position in context.event.attributes.get("virtualPositions") or ():
        available.setdefault(position["groupRef"], {})[position["productRef"]] = position["quantity"]
    return [
        Candidate(location["ref"], location["distance"], available[location["ref"]])
        for location in locations
        if location["ref"] in available and location["ref"] not in excluded and int(location["addressId"]) not in used
    ]


async def _weights(context: Context) -> Weights:
    names = ("PROXIMITY.WEIGHTING.FACTOR", "QUANTITY.WEIGHTING.FACTOR")
    answers = await ask_all(context, *(Setting(name) for name in names))
    given = [_number(name, answer) for name, answer in zip(names, answers, strict=True)]
    default = Weights()
    return Weights(
        default.proximity if given[0] is None else given[0],
        default.quantity if given[1] is None else given[1],
    )


def _number(setting: str, value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise RuleError(f"setting {setting} must be a number, not {value!r}", 422) from None

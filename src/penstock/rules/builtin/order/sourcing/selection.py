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
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.order.attributes import LOCATIONS, POSITIONS, PROPOSED, REFUSALS, REFUSED
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.demand import NEEDED, UNUSED_STATUSES, need
from penstock.rules.builtin.rating import candidates, proposed, weights
from penstock.rules.questions import MOST_REFUSALS, Setting
from penstock.sourcing.rating import Candidate, best, nearest

_PROPS = (
    EVENT_NAME,
    UNUSED_STATUSES,
    Prop(
        "singleLocationFirst",
        "whether a location that has everything comes before all others",
        PropType.BOOLEAN,
        default=False,
    ),
)
_ATTRIBUTES = (
    LOCATIONS,
    POSITIONS.optional(),
    Attribute("excludedLocations", AttributeType.ARRAY, "refs of locations that are left out", required=False),
    REFUSED,
)
_SENDS = Sends("{eventName}", adds=(PROPOSED.optional(),))
_FAILS = {422: "a weight in the settings is no number"}


@rule(
    "order.SelectProposedFulfilment",
    "Send {eventName} with the best location for the unfulfilled items",
    *_PROPS,
    accepts=["ORDER"],
    attributes=_ATTRIBUTES,
    sends=_SENDS,
    asks=Setting,
    reads=NEEDED,
    fails=_FAILS,
)
async def select_proposed_fulfilment(context: Context) -> list[SendEvent]:
    """Put ``proposedFulfilment`` into the event, or take an earlier one out where no location has anything.

    After three refused promises in a row nothing is proposed: the items are escalated (spec 20 §10.3).
    """
    return await _select(context, scope_of(context))


@rule(
    "order.SelectProposedFulfilmentForFulfilmentChoice",
    "Send {eventName} with the best location for the choice's unfulfilled items",
    *_PROPS,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[*_ATTRIBUTES, CHOICE_REF],
    sends=_SENDS,
    asks=Setting,
    reads=NEEDED,
    fails={404: NAMED[404], 422: f"{_FAILS[422]}, or {NAMED[422]}"},
)
async def select_proposed_fulfilment_for_fulfilment_choice(context: Context) -> list[SendEvent]:
    """Do the same for a choice: its items, and locations that it has not used itself."""
    return await _select(context, named_scope(context))


async def _select(context: Context, scope: Scope) -> list[SendEvent]:
    attributes = {k: v for k, v in context.event.attributes.items() if k != "proposedFulfilment"}
    if attributes.get(REFUSALS, 0) < MOST_REFUSALS:
        found = await _proposed(context, scope)
        if found is not None:
            attributes["proposedFulfilment"] = found
    return [SendEvent(context.prop("eventName"), attributes=attributes)]


async def _proposed(context: Context, scope: Scope) -> dict[str, Any] | None:
    needed, locations = need(scope), context.attribute("locations")
    chosen = best(
        _unused(context, scope, locations),
        needed,
        nearest(location["distance"] for location in locations),
        await weights(context),
        single_location_first=context.prop("singleLocationFirst"),
    )
    return None if chosen is None else proposed(*chosen, needed)


def _unused(context: Context, scope: Scope, locations: list[dict[str, Any]]) -> list[Candidate]:
    """Return the locations that this order or choice has not used yet and that nobody excluded (spec 22 §2.5)."""
    used = {f.from_address_id for f in scope.fulfilments}
    excluded = set(context.event.attributes.get("excludedLocations") or ())
    free = [place for place in locations if place["ref"] not in excluded and int(place["addressId"]) not in used]
    return candidates(free, context.event.attributes.get("virtualPositions") or ())

"""Choosing the location that fulfils next (spec 22 §4, §6)."""

from __future__ import annotations

from typing import Any

from penstock.rules import (
    EVENT_NAME,
    Action,
    Attribute,
    AttributeType,
    Context,
    Log,
    Prop,
    PropType,
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.order.attributes import DROPPED, LOCATIONS, POSITIONS, PROPOSED, REFUSALS, REFUSED
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.demand import NEEDED, UNUSED_STATUSES, need
from penstock.rules.builtin.order.sourcing.explained import rated, said
from penstock.rules.builtin.places import left_out, measured
from penstock.rules.builtin.rating import candidates, proposed, weights
from penstock.rules.questions import MOST_REFUSALS, Setting
from penstock.sourcing.rating import Rated, nearest, ranked

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
    DROPPED,
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
async def select_proposed_fulfilment(context: Context) -> list[Action]:
    """Put ``proposedFulfilment`` into the event, or take an earlier one out where no location has anything.

    After three refused promises in a row nothing is proposed: the items are escalated (spec 20 §10.3). A log entry
    tells how the candidates are rated, and why all but one lost (spec 22 §17).
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
async def select_proposed_fulfilment_for_fulfilment_choice(context: Context) -> list[Action]:
    """Do the same for a choice: its items, and locations that it has not used itself."""
    return await _select(context, named_scope(context))


async def _select(context: Context, scope: Scope) -> list[Action]:
    attributes = {k: v for k, v in context.event.attributes.items() if k != "proposedFulfilment"}
    needed = need(scope)
    told: dict[str, Any] = {"generation": "chain", "request": str(scope), "need": needed}
    if attributes.get(REFUSALS, 0) < MOST_REFUSALS:
        found, out = await _ranked(context, scope, needed)
        told |= rated(found, out)
        if found:
            attributes["proposedFulfilment"] = proposed(*found[0], needed)
    else:
        told["refused"] = "others were promised the stock of each proposal meanwhile"
    return [SendEvent(context.prop("eventName"), attributes=attributes), Log("SourcingChain", said(told), told)]


async def _ranked(context: Context, scope: Scope, needed: dict[str, int]) -> tuple[list[Rated], dict[str, str]]:
    """Return the candidates, best first, and why the other locations are none."""
    locations = measured(context)
    out = left_out(context, locations, {f.from_address_id for f in scope.fulfilments})
    stocked = candidates(locations, context.event.attributes.get("virtualPositions") or ())
    found = ranked(
        [candidate for candidate in stocked if candidate.ref not in out],
        needed,
        nearest(location["distance"] for location in locations),
        await weights(context),
        single_location_first=context.prop("singleLocationFirst"),
    )
    reasons = dict(context.event.attributes.get(DROPPED.name) or {})
    reasons |= {ref: out.get(ref, "nothing in stock") for ref in (location["ref"] for location in locations)}
    refs = {candidate.ref for candidate, _ in found}
    return found, {ref: reason for ref, reason in reasons.items() if ref not in refs}

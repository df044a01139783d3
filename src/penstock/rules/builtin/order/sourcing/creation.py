"""Creating the fulfilment that sourcing chose, and promising its stock (spec 20 §10.3, 22 §3)."""

from __future__ import annotations

from typing import Any

from penstock.rules import Action, Context, Log, Promise, RuleError, rule
from penstock.rules.builtin.order.attributes import LOCATIONS, POSITIONS, PROPOSED, REFUSALS, REFUSED
from penstock.rules.builtin.order.scope import CHOICE_REF, NAMED, Scope, named_scope, scope_of
from penstock.rules.builtin.order.sourcing.building import (
    FULFILMENT_ROWS,
    FULFILMENT_TYPE,
    Source,
    fulfilment_rows,
    type_of,
)
from penstock.rules.builtin.order.sourcing.demand import NEEDED, UNUSED_STATUSES, unfulfilled_items
from penstock.rules.questions import ByRef, Grant
from penstock.sourcing.need import spread

Row = Any


_ATTRIBUTES = (PROPOSED, LOCATIONS, POSITIONS, REFUSED)
_READS = (*NEEDED, "FulfilmentChoice")
_CANNOT = "the location can fulfil nothing"
_CONTRADICTION = "the event contradicts itself"


@rule(
    "order.CreateFulfilment",
    "Create the fulfilment that was chosen and promise its stock",
    UNUSED_STATUSES,
    FULFILMENT_TYPE,
    accepts=["ORDER"],
    attributes=_ATTRIBUTES,
    creates=FULFILMENT_ROWS,
    asks=[Grant, ByRef],
    reads=_READS,
    fails={400: _CANNOT, 422: f"{_CONTRADICTION}, or the order has no fulfilment choice or several"},
)
async def create_fulfilment(context: Context) -> list[Action]:
    """Create a fulfilment from ``proposedFulfilment`` if all its units can still be promised.

    THIS RULE, LIKE ITS TWIN FOR A CHOICE, CHANGES THE EVENT: it replaces ``context.event.attributes`` by a copy that
    counts refused promises in ``sourcingRefusals``, for the rule behind it that sends the event round again. A
    granted promise sets the count back. Nothing else in the library changes an event.
    """
    return await _create(context, scope_of(context))


@rule(
    "order.CreateFulfilmentForFulfilmentChoice",
    "Create the fulfilment that was chosen for the choice and promise its stock",
    UNUSED_STATUSES,
    FULFILMENT_TYPE,
    accepts=["FULFILMENT_CHOICE"],
    attributes=[*_ATTRIBUTES, CHOICE_REF],
    creates=FULFILMENT_ROWS,
    asks=[Grant, ByRef],
    reads=NEEDED,
    fails={
        400: f"the type of the choice is neither HD nor CC, or {_CANNOT}",
        404: NAMED[404],
        422: f"{_CONTRADICTION}, or {NAMED[422]}",
    },
)
async def create_fulfilment_for_fulfilment_choice(context: Context) -> list[Action]:
    """Do the same for the items of a choice."""
    return await _create(context, named_scope(context))


async def _create(context: Context, scope: Scope) -> list[Action]:
    source = _source(context, context.attribute("proposedFulfilment")["locationRef"])
    units = _units(context, scope)
    if not units:
        return []
    type_ = type_of(scope, source, context.prop("fulfilmentType"))  # fails before anything is granted
    amounts = _amounts(context, scope, source, units)
    refused = not await context.ask(Grant(tuple(sorted(amounts.items()))))
    _count_refusal(context, refused=refused)
    if refused:
        return [Log("CreateFulfilment", f"the stock at {source.ref} was promised to another order meanwhile")]
    fulfilment, rows = await fulfilment_rows(context, source, units, scope, type_=type_)
    return [*rows, Promise(fulfilment.id, amounts)]


def _source(context: Context, ref: str) -> Source:
    for location in context.attribute("locations"):
        if location["ref"] == ref:
            return Source(ref, location["type"], int(location["addressId"]))
    raise RuleError(f"proposedFulfilment.locationRef {ref} is none of the event's locations", 422)


def _units(context: Context, scope: Scope) -> dict[int, int]:
    """Return the proposed units by order item, no more than the item still needs, in the items' order."""
    left = unfulfilled_items(scope)
    wanted: dict[str, list[tuple[int, int]]] = {}
    for item in scope.items:
        if item.id in left:
            wanted.setdefault(item.product_ref, []).append((item.id, left[item.id]))
    units: dict[int, int] = {}
    for proposed in context.attribute("proposedFulfilment")["items"]:
        units |= spread(proposed["requestedQuantity"], wanted.get(proposed["productRef"], ()))
    return dict(sorted(units.items()))


def _amounts(context: Context, scope: Scope, source: Source, units: dict[int, int]) -> dict[int, int]:
    """Return the units to promise by inventory position."""
    positions = {
        p["productRef"]: p["positionId"] for p in context.attribute("virtualPositions") if p["groupRef"] == source.ref
    }
    amounts: dict[int, int] = {}
    for item in scope.items:
        if item.id not in units:
            continue
        position = positions.get(item.product_ref)
        if position is None:
            raise RuleError(f"virtualPositions has no position of {item.product_ref} at {source.ref}", 422)
        amounts[int(position)] = amounts.get(int(position), 0) + units[item.id]
    return amounts


def _count_refusal(context: Context, *, refused: bool) -> None:
    before = context.event.attributes.get(REFUSALS, 0)
    if refused or before:
        context.event.attributes = {**context.event.attributes, REFUSALS: before + 1 if refused else 0}

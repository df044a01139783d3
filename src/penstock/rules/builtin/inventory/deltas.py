"""Relative changes of stock (spec 20 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules import (
    EVENT_NAME,
    Action,
    Attribute,
    AttributeType,
    Context,
    Creates,
    Log,
    RuleError,
    SendEvent,
    Sends,
    rule,
)
from penstock.rules.builtin.common import moment, whole_number
from penstock.rules.builtin.inventory.counts import LAST_ON_HAND, known_quantity
from penstock.rules.builtin.inventory.positions import positions_by_ref
from penstock.rules.builtin.inventory.quantities import NEW_QUANTITY, by_refs, new_quantity
from penstock.rules.questions import ByRef, Matching

if TYPE_CHECKING:
    from datetime import datetime

_DELTAS = Attribute("deltas", AttributeType.ARRAY, "objects with productRef, locationRef, qty, deltaId and occurredOn")


@rule(
    "globalinventory.SplitDeltasAndDownToInventoryPosition",
    "Send {eventName} to each position with its deltas",
    EVENT_NAME,
    accepts=["INVENTORY_CATALOGUE"],
    attributes=[_DELTAS],
    sends=Sends("{eventName}", to="INVENTORY_POSITION", adds=(_DELTAS,), forwards=False),
    asks=Matching,
    fails={400: "a delta is malformed", 404: "a position does not exist"},
)
async def split_deltas_and_down_to_inventory_position(context: Context) -> list[SendEvent]:
    """Group ``deltas`` by position. If any position is missing, none of them is applied (404)."""
    by_position: dict[str, list[dict[str, Any]]] = {}
    for given in context.attribute("deltas"):
        delta = _delta(given)
        ref = f"{delta['productRef']}:{delta['locationRef']}:{context.entity.type}"
        by_position.setdefault(ref, []).append(delta)
    positions = await positions_by_ref(context, list(by_position)) if by_position else {}
    name = context.prop("eventName")
    return [
        SendEvent(name, to=positions[ref], root=context.entity, attributes={"deltas": deltas})
        for ref, deltas in by_position.items()
    ]


def _delta(given: dict[str, Any]) -> dict[str, Any]:
    """Return a delta under its current key names; older senders write ``skuRef`` and ``quantity``."""
    delta = {
        "deltaId": given.get("deltaId"),
        "type": given.get("type") or "DELTA",
        "productRef": given.get("productRef") or given.get("skuRef"),
        "locationRef": given.get("locationRef"),
        "qty": whole_number(given.get("qty", given.get("quantity")), "qty of a delta"),
    }
    if given.get("occurredOn") is not None:
        delta["occurredOn"] = moment(given["occurredOn"], "occurredOn of a delta").isoformat()
    if not delta["productRef"] or not delta["locationRef"]:
        raise RuleError(f"a delta needs productRef and locationRef: {given}")
    return delta


@rule(
    "globalinventory.CreateDeltaInventoryQuantities",
    "Store a quantity for each delta",
    accepts=["INVENTORY_POSITION"],
    attributes=[_DELTAS],
    creates=[NEW_QUANTITY, Creates("InventoryQuantity", status="INACTIVE")],
    asks=[ByRef, Matching],
    fails={400: "a quantity is no whole number, or occurredOn no date and time"},
)
async def create_delta_inventory_quantities(context: Context) -> list[Action]:
    """Store each delta under its ``deltaId``; one that is known already is logged and left out.

    One that occurred before the last count is part of that: it is stored INACTIVE (spec 20 §8.6).
    """
    named = [
        (delta.get("deltaId") or f"{context.event.id}:{number}", delta)
        for number, delta in enumerate(context.attribute("deltas"), 1)
    ]
    counted = await _counted_on(context, [delta for _, delta in named])
    taken = set(await by_refs(context, context.entity, [ref for ref, _ in named]))
    actions: list[Action] = []
    for ref, delta in named:
        if ref in taken:
            actions.append(Log("CreateDeltaInventoryQuantities", f"deltaId {ref} was applied before: left out"))
            continue
        taken.add(ref)
        quantity = whole_number(delta.get("qty"), f"qty of delta {ref}")
        late = counted is not None and (_occurred(delta) or counted) < counted
        more = {"status": "INACTIVE"} if late else {}
        actions.append(new_quantity(context, context.entity, ref, delta.get("type") or "DELTA", quantity, **more))
    return actions


async def _counted_on(context: Context, deltas: list[dict[str, Any]]) -> datetime | None:
    """Return when the position was counted last; None where no delta tells when it occurred."""
    if all(_occurred(delta) is None for delta in deltas):
        return None
    count = await known_quantity(context, context.entity, LAST_ON_HAND)
    return None if count is None else count.updated_on


def _occurred(delta: dict[str, Any]) -> datetime | None:
    given = delta.get("occurredOn")
    return None if given is None else moment(given, "occurredOn of a delta")

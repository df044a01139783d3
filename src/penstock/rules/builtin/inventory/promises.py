"""What orders do to stock: reserve, reduce, release, confirm, correct (spec 20 §3, §10.7)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.ledger import COUNTING_STATUSES
from penstock.inventory.refs import quantity_ref
from penstock.rules import (
    Action,
    Attribute,
    AttributeType,
    Context,
    Creates,
    Prop,
    RuleError,
    SendEvent,
    Sends,
    Sets,
    Update,
    rule,
)
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.inventory.positions import positions_by_ref
from penstock.rules.builtin.inventory.quantities import NEW_QUANTITY, by_refs, new_quantity
from penstock.rules.questions import Matching

Row = Any

_KEYS = {"RESERVED": "reservedQty", "SALE": "saleQty", "CORRECTION": "correctionQty"}
_EVENTS = {
    "RESERVE": "inventoryReserveEvent",
    "REDUCE_RESERVE": "inventoryReserveEvent",
    "UNRESERVE": "inventoryCancelEvent",
    "RESET_RESERVE": "inventoryConfirmationEvent",
    "CORRECT": "inventoryConfirmationEvent",
}

_AMOUNTS = tuple(Attribute(key, AttributeType.INTEGER, required=False) for key in _KEYS.values())
_ADDED = (
    Attribute("operation"),
    Attribute("fulfilmentId"),
    Attribute("inventoryPositionOnHand", AttributeType.INTEGER),
    *_AMOUNTS,
)


@rule(
    "globalinventory.SendEventOnFulfilmentInventoryUpdate",
    "Send {inventoryReserveEvent}, {inventoryCancelEvent} or {inventoryConfirmationEvent} to each position",
    Prop("inventoryReserveEvent", "event that reserves, or reduces what is reserved"),
    Prop("inventoryCancelEvent", "event that releases"),
    Prop("inventoryConfirmationEvent", "event that confirms or corrects a pick"),
    Prop("inventoryQuantityTypes", "types of quantities to hand on", multiple=True, default=list(_KEYS)),
    accepts=["INVENTORY_CATALOGUE"],
    attributes=[
        Attribute("operation"),
        Attribute("items", AttributeType.ARRAY, "objects with ref, fulfilmentId and quantities"),
    ],
    sends=[
        Sends("{" + name + "}", to="INVENTORY_POSITION", gate=True, adds=_ADDED, forwards=False)
        for name in dict.fromkeys(_EVENTS.values())
    ],
    asks=Matching,
    fails={400: "there is no such operation", 404: "a position does not exist", 500: "there are no items"},
)
async def send_event_on_fulfilment_inventory_update(context: Context) -> list[SendEvent]:
    """Check that every position exists, then send one event for each item of ``items``."""
    operation, items = context.attribute("operation"), context.attribute("items")
    if operation not in _EVENTS:
        raise RuleError(f"attribute operation must be one of {', '.join(_EVENTS)}, not {operation}")
    if not items:
        raise RuleError("attribute items must not be empty", 500)
    name = context.prop(_EVENTS[operation])
    types = [t for t in _KEYS if t in context.prop("inventoryQuantityTypes")]
    positions = await positions_by_ref(context, [item["ref"] for item in items])
    return [
        SendEvent(
            name,
            to=positions[item["ref"]],
            root=context.entity,
            attributes={
                "operation": operation,
                "fulfilmentId": str(item["fulfilmentId"]),
                "inventoryPositionOnHand": positions[item["ref"]].on_hand,
                **{_KEYS[t]: item.get(_KEYS[t], 0) for t in types},
            },
        )
        for item in items
    ]


@rule(
    "globalinventory.ApplyFulfilmentInventoryUpdate",
    "Reserve, reduce, release, confirm or correct the units of a fulfilment",
    accepts=["INVENTORY_POSITION"],
    attributes=[Attribute("operation"), Attribute("fulfilmentId"), *_AMOUNTS],
    sets=Sets("INACTIVE", "INVENTORY_QUANTITY"),
    creates=[NEW_QUANTITY, Creates("InventoryQuantity", status="INACTIVE")],
    asks=Matching,
    fails={400: "there is no such operation, or a quantity is no whole number"},
)
async def apply_fulfilment_inventory_update(context: Context) -> list[Action]:
    """Write the position's quantities for one fulfilment.

    Repeating an operation changes nothing: a quantity that exists, in whatever status, is not written again.
    A reservation is usually there already, made together with the fulfilment.
    """
    fulfilment = str(context.attribute("fulfilmentId"))
    refs = {type_: quantity_ref(context.entity.ref, type_, fulfilment) for type_ in _KEYS}
    found = await by_refs(context, context.entity, list(refs.values()))
    known = {type_: found[ref] for type_, ref in refs.items() if ref in found}
    operation = context.attribute("operation")
    if operation == "RESERVE":
        return _create(context, "RESERVED", refs, known)
    if operation == "REDUCE_RESERVE":
        return _reduce(context, refs, known)
    if operation == "UNRESERVE":
        return _release(known)
    if operation == "CORRECT" and known.keys() & {"SALE", "CORRECTION"}:
        return await _correct(context, known.get("SALE"))
    if operation in {"RESET_RESERVE", "CORRECT"}:
        return _confirm(context, refs, known)
    raise RuleError(f"attribute operation must be one of {', '.join(_EVENTS)}, not {operation}")


def _amount(context: Context, type_: str) -> int:
    key = _KEYS[type_]
    return whole_number(context.event.attributes.get(key) or 0, key)


def _create(context: Context, type_: str, refs: dict[str, str], known: dict[str, Row]) -> list[Action]:
    amount = _amount(context, type_)
    if type_ in known or not amount:
        return []
    return [new_quantity(context, context.entity, refs[type_], type_, amount)]


def _reduce(context: Context, refs: dict[str, str], known: dict[str, Row]) -> list[Action]:
    """Lower the reservation to what is still requested.

    It is never raised, so that of several cancellations the smallest rest wins, in whatever order their events come;
    one that overtakes the reservation takes its place.
    """
    reserved, amount = known.get("RESERVED"), _amount(context, "RESERVED")
    if reserved is None:
        return _create(context, "RESERVED", refs, known)
    lower = reserved.status in COUNTING_STATUSES and reserved.quantity < amount <= 0
    return [Update(reserved, {"quantity": amount})] if lower else []


def _release(known: dict[str, Row]) -> list[Action]:
    reserved = known.get("RESERVED")
    live = reserved is not None and reserved.status in COUNTING_STATUSES
    return [Update(reserved, {"status": "INACTIVE"})] if live else []


def _confirm(context: Context, refs: dict[str, str], known: dict[str, Row]) -> list[Action]:
    """Turn the reservation into sale and correction, unless that was done before."""
    done = known.keys() & {"SALE", "CORRECTION"}
    booked = [] if done else [*_create(context, "SALE", refs, known), *_create(context, "CORRECTION", refs, known)]
    return [*_release(known), *booked]


async def _correct(context: Context, sale: Row | None) -> list[Action]:
    """Move the units that packing rejected from the sale to a further correction.

    The event carries the sale that is to be reached, so a repetition finds nothing left to move. The
    correction counts only where the sale still does: a later count already excludes both.
    """
    moved = _amount(context, "SALE") - sale.quantity if sale is not None else 0
    if sale is None or moved <= 0:
        return []
    ref = await _next_ref(context)
    correction = new_quantity(context, context.entity, ref, "CORRECTION", -moved, status=sale.status)
    return [Update(sale, {"quantity": sale.quantity + moved}), correction]


async def _next_ref(context: Context) -> str:
    fulfilment, number = str(context.attribute("fulfilmentId")), 2
    while True:
        ref = quantity_ref(context.entity.ref, "CORRECTION", fulfilment, number)
        if not await by_refs(context, context.entity, [ref]):
            return ref
        number += 1

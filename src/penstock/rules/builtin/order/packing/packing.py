"""Packing, fulfilment by fulfilment: what was rejected (spec 32 §6.2)."""

from __future__ import annotations

from typing import Any

from penstock.errors import shown
from penstock.rules import Context, RuleError, Update, rule
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.order.attributes import PACKED

Row = Any

_AT_PICKING = {"value": "rejectedOutsideOfPacking", "label": "Rejected outside of packing"}


def packed(context: Context, part: str) -> list[dict[str, Any]]:
    """Return the ``articles`` or ``rejections`` of ``packedItems``; ``RuleError`` 400 if malformed."""
    items = context.attribute("packedItems")
    if not isinstance(items, dict):
        raise RuleError(f"packedItems must be an object with articles and rejections, not {shown(items)}")
    return listed(items.get(part), f"packedItems.{part}")


def listed(value: Any, what: str) -> list[dict[str, Any]]:
    """Return the objects of a list that a client sent, none for null; ``RuleError`` 400 names what was wrong."""
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise RuleError(f"{what} must be a list of objects, not {shown(value)}")
    return found


def packed_item(items: dict[str, Row], entry: dict[str, Any]) -> Row:
    """Return the fulfilment item that an entry of ``packedItems`` names; ``RuleError`` 404 if unknown."""
    item = items.get(str(entry.get("fulfilmentItemId")))
    if item is None:
        raise RuleError(f"packedItems: this fulfilment has no item {entry.get('fulfilmentItemId')}", 404)
    return item


def rejected_at_packing(context: Context) -> bool:
    """Return whether an item of the fulfilment was rejected for a reason that packing gave, not only at picking."""
    noted = (entry for item in context.many(context.entity, "items") for entry in item.rejections or ())
    return any(entry.get("reason") != _AT_PICKING for entry in noted)


@rule(
    "order.SetFulfilmentItemRejections",
    "Store what was rejected at packing, with the reasons",
    accepts=["FULFILMENT"],
    attributes=[PACKED],
    reads=["FulfilmentItem"],
    fails={
        400: "packedItems is malformed",
        404: "an item belongs to another fulfilment",
        422: "more is rejected than was filled",
    },
)
def set_fulfilment_item_rejections(context: Context) -> list[Update]:
    """Move the units of ``packedItems.rejections`` from filled to rejected and note every reason.

    Units that picking rejected get a reason of their own. Without any parcel all units are rejected.
    """
    items = {str(i.id): i for i in context.many(context.entity, "items")}
    noted: dict[int, list[dict[str, Any]]] = {i.id: _picking(i) for i in items.values()}
    refused = dict.fromkeys(noted, 0)
    for entry in packed(context, "rejections"):
        item = packed_item(items, entry)
        units = _units(item, entry, refused[item.id])
        refused[item.id] += units
        noted[item.id].append({"quantity": units, "reason": entry.get("rejectReason")})
    if refused and packed(context, "rejections") and not packed(context, "articles"):
        _reject_rest(items, noted, refused)
    return [_rejected(i, noted[i.id], refused[i.id]) for i in items.values() if noted[i.id]]


def _picking(item: Row) -> list[dict[str, Any]]:
    known = sum(r["quantity"] for r in item.rejections or ())
    units = item.rejected_quantity - known
    return [{"quantity": units, "reason": _AT_PICKING}] if units > 0 else []


def _units(item: Row, entry: dict[str, Any], before: int) -> int:
    units = whole_number(entry.get("rejectedQty"), f"rejectedQty of item {item.id}")
    if not 0 < units <= item.filled_quantity - before:
        raise RuleError(
            f"rejectedQty of item {item.id} is {units}, but {item.filled_quantity - before} are filled", 422
        )
    return units


def _reject_rest(items: dict[str, Row], noted: dict[int, list[dict[str, Any]]], refused: dict[int, int]) -> None:
    for item in items.values():
        rest = item.filled_quantity - refused[item.id]
        if rest:
            refused[item.id] += rest
            noted[item.id].append({"quantity": rest, "reason": _AT_PICKING})


def _rejected(item: Row, noted: list[dict[str, Any]], units: int) -> Update:
    return Update(
        item,
        {
            "filled_quantity": item.filled_quantity - units,
            "rejected_quantity": item.rejected_quantity + units,
            "rejections": [*(item.rejections or ()), *noted],
        },
    )

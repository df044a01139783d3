"""What a record of a batch says of a quantity (spec 20 §6.2)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.refs import quantity_ref
from penstock.rules import Context, RuleError
from penstock.rules.builtin.common import moment, noted, whole_number
from penstock.rules.questions import ByRef, Matching

Row = Any

LAST_ON_HAND = "LAST_ON_HAND"
_FIELDS = {"condition": "condition", "expectedOn": "expected_on", "storageAreaRef": "storage_area_ref"}


async def known_quantity(context: Context, position: Row, type_: str, ref: str | None = None) -> Row | None:
    """Return the quantity of this ref, else the position's one of a type; None where there is none."""
    if ref is not None:
        return await context.ask(ByRef("InventoryQuantity", ref, within=position.catalogue_id))
    where = (("position_id", (position.id,)), ("type", (type_,)))
    found = await context.ask(Matching("InventoryQuantity", where))
    own = quantity_ref(position.ref, type_)
    return next((row for row in found if row.ref == own), found[0] if found else None)


def _quantity(given: dict[str, Any]) -> dict[str, Any]:
    return given.get("inventoryQuantity") or {}


def loaded_type(given: dict[str, Any]) -> str:
    """Return the type of quantity that a record loads."""
    return _quantity(given).get("type") or LAST_ON_HAND


def loaded_quantity(given: dict[str, Any]) -> tuple[str, str | None, dict[str, Any]]:
    """Return the type of quantity that a record loads, its ref where the record gives one, and what it sets.

    ``RuleError`` as of :func:`counted`, and 400 for an ``expectedOn`` that is no moment.
    """
    type_ = loaded_type(given)
    return type_, _quantity(given).get("ref") or None, {"quantity": counted(given, type_), **details(given)}


def counted(given: dict[str, Any], type_: str) -> int:
    """Return the units that a record loads of a type; ``RuleError`` 400 for no number, 422 for a negative count."""
    quantity = whole_number(_quantity(given).get("qty", given["qty"]), "inventoryPosition.qty")
    if quantity < 0 and type_ == LAST_ON_HAND:
        raise RuleError(f"inventoryPosition.qty must not be negative for a count, but is {quantity}", 422)
    return quantity


def details(given: dict[str, Any]) -> dict[str, Any]:
    """Return the other columns that a record gives: known keys are columns, all others attributes."""
    named = _quantity(given).get("attributes") or {}
    if not named and not any(map(given.get, _FIELDS)):
        return {}
    columns = {c: named.get(k) or given.get(k) for k, c in _FIELDS.items()}
    free = [noted(k, v) for k, v in named.items() if k not in _FIELDS]
    present: dict[str, Any] = {c: v for c, v in columns.items() if v is not None}
    if "expected_on" in present:
        present["expected_on"] = moment(present["expected_on"], "inventoryPosition.expectedOn")
    return present | ({"attributes": free} if free else {})

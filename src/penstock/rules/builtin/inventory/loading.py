"""Loading counted stock: one event a record of a batch (spec 20 §5, §6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from penstock.rules import (
    EVENT_NAME,
    Action,
    Attribute,
    AttributeType,
    Context,
    Create,
    Creates,
    Prop,
    RuleError,
    SendEvent,
    Sends,
    Sets,
    Update,
    rule,
)
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if, whole_number
from penstock.rules.builtin.inventory.positions import LOADED, event_position, loaded
from penstock.rules.builtin.inventory.quantities import LIVE, NEW_QUANTITY, new_quantity, quantity_ref
from penstock.rules.questions import ByRef, Matching

Row = Any

LAST_ON_HAND = "LAST_ON_HAND"
_CATALOGUE = ["INVENTORY_CATALOGUE"]
_EITHER = ["INVENTORY_CATALOGUE", "INVENTORY_POSITION"]
_EXISTS = "inventoryPositionExists"
_KNOWN = Attribute(_EXISTS, AttributeType.BOOLEAN)
_MALFORMED = {400: "inventoryPosition is malformed"}
_MISSING = {404: "the position does not exist"}
_FIELDS = {"condition": "condition", "expectedOn": "expected_on", "storageAreaRef": "storage_area_ref"}


@rule(
    "globalinventory.LoadInventoryPositionData",
    "Look up the position and send {eventName}",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[LOADED],
    sends=Sends("{eventName}", adds=(_KNOWN,)),
    asks=ByRef,
    fails=_MALFORMED,
)
async def load_inventory_position_data(context: Context) -> list[SendEvent]:
    """Add ``inventoryPositionExists`` to the event."""
    ref = loaded(context)["ref"]
    position = await context.ask(ByRef("InventoryPosition", ref, within=context.entity.id))
    return [forward(context, **{_EXISTS: position is not None})]


@rule(
    "globalinventory.ForwardIfInventoryPositionNotExists",
    "If there is no such position, send {eventName}",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[_KNOWN],
    sends=FORWARD_IF,
)
def forward_if_inventory_position_not_exists(context: Context) -> list[SendEvent]:
    """Forward to the catalogue, which creates the position."""
    return forward_if(context, not context.attribute(_EXISTS))


@rule(
    "globalinventory.DownToInventoryPositionIfExists",
    "If there is such a position, send {eventName} to it",
    EVENT_NAME,
    accepts=_CATALOGUE,
    attributes=[LOADED, _KNOWN],
    sends=Sends("{eventName}", to="INVENTORY_POSITION", gate=True),
    asks=ByRef,
    fails=_MALFORMED | _MISSING,
)
async def down_to_inventory_position_if_exists(context: Context) -> list[SendEvent]:
    """Forward to the position that the event names."""
    if not context.attribute(_EXISTS):
        return []
    return [SendEvent(context.prop("eventName"), to=await event_position(context), root=context.entity)]


@rule(
    "globalinventory.CreateInventoryPosition",
    "Create the position that the event describes",
    accepts=_CATALOGUE,
    attributes=[LOADED],
    creates=Creates("InventoryPosition"),
    fails=_MALFORMED,
)
def create_inventory_position(context: Context) -> list[Create]:
    """Create the position; its stock follows from its quantities."""
    given = loaded(context)
    position = context.new(
        "InventoryPosition",
        ref=given["ref"],
        type=given.get("type") or context.entity.type,
        product_ref=given["productRef"],
        location_ref=given["locationRef"],
        catalogue_id=context.entity.id,
    )
    return [Create(position)]


@rule(
    "globalinventory.UpsertInventoryQuantity",
    "Store the quantity that the event describes",
    accepts=_EITHER,
    attributes=[LOADED],
    creates=NEW_QUANTITY,
    asks=[ByRef, Matching],
    fails=_MALFORMED | _MISSING | {422: "a count is negative, or the ref is another position's"},
)
async def upsert_inventory_quantity(context: Context) -> list[Action]:
    """Update the quantity with the given ref, else the position's one of that type, or create it."""
    position, given = await event_position(context), loaded(context)
    type_, quantity = loaded_type(given), _counted(given)
    known = await _known(context, position, type_, _quantity(given).get("ref"))
    if known is not None and known.position_id != position.id:
        raise RuleError(f"inventoryQuantity.ref {known.ref} belongs to another position", 422)
    if known is not None:
        return [Update(known, {"quantity": quantity, **_details(given)})]
    ref = _quantity(given).get("ref") or quantity_ref(position, type_)
    return [new_quantity(context, position, ref, type_, quantity, **_details(given))]


async def _known(context: Context, position: Row, type_: str, ref: str | None) -> Row | None:
    if ref is not None:
        return await context.ask(ByRef("InventoryQuantity", ref, within=position.catalogue_id))
    where = (("position_id", (position.id,)), ("type", (type_,)))
    found = await context.ask(Matching("InventoryQuantity", where))
    own = quantity_ref(position, type_)
    return next((row for row in found if row.ref == own), found[0] if found else None)


def _quantity(given: dict[str, Any]) -> dict[str, Any]:
    return given.get("inventoryQuantity") or {}


def loaded_type(given: dict[str, Any]) -> str:
    """Return the type of quantity that a record loads."""
    return _quantity(given).get("type") or LAST_ON_HAND


def _counted(given: dict[str, Any]) -> int:
    quantity = whole_number(_quantity(given).get("qty", given["qty"]), "inventoryPosition.qty")
    if quantity < 0 and loaded_type(given) == LAST_ON_HAND:
        raise RuleError(f"inventoryPosition.qty must not be negative for a count, but is {quantity}", 422)
    return quantity


def _details(given: dict[str, Any]) -> dict[str, Any]:
    """Return the other columns that a record gives: known keys are columns, all others attributes."""
    named = _quantity(given).get("attributes") or {}
    columns = {c: named.get(k) or given.get(k) for k, c in _FIELDS.items()}
    free = [{"name": k, "type": _type_name(v), "value": v} for k, v in named.items() if k not in _FIELDS]
    present: dict[str, Any] = {c: v for c, v in columns.items() if v is not None}
    if "expected_on" in present:
        present["expected_on"] = _moment(present["expected_on"])
    return present | ({"attributes": free} if free else {})


def _type_name(value: Any) -> str:
    names = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING"}
    return names.get(type(value), "JSON")


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise RuleError(f"inventoryPosition.expectedOn must be a date and time, not {value!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@rule(
    "globalinventory.DeactivateRelatedInventoryQuantities",
    "After a count, switch off what it includes already: {types}",
    Prop(
        "types",
        "types of quantities that a count includes",
        multiple=True,
        default=["SALE", "DELTA", "CORRECTION"],
    ),
    accepts=["INVENTORY_POSITION"],
    attributes=[LOADED],
    sets=Sets("INACTIVE", "INVENTORY_QUANTITY"),
    asks=Matching,
    fails=_MALFORMED,
)
async def deactivate_related_inventory_quantities(context: Context) -> list[Update]:
    """Set INACTIVE; only after a count, and corrections only where ``correctedQty`` is 0 or absent."""
    given = loaded(context)
    keep = whole_number(given.get("correctedQty") or 0, "inventoryPosition.correctedQty") > 0
    types = tuple(t for t in context.prop("types") if not (keep and t == "CORRECTION"))
    if loaded_type(given) != LAST_ON_HAND or not types:
        return []
    where = (("position_id", (context.entity.id,)), ("type", types), ("status", LIVE))
    return [Update(row, {"status": "INACTIVE"}) for row in await context.ask(Matching("InventoryQuantity", where))]

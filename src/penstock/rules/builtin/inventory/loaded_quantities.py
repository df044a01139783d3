"""What a loaded record does to quantities (spec 20 §5, §6)."""

from __future__ import annotations

from penstock.inventory.ledger import COUNTING_STATUSES
from penstock.inventory.refs import quantity_ref
from penstock.rules import Action, Context, Prop, RuleError, Sets, Update, rule
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.inventory.counts import (
    LAST_ON_HAND,
    counted,
    details,
    known_quantity,
    loaded_quantity,
    loaded_type,
)
from penstock.rules.builtin.inventory.positions import LOADED, MALFORMED, event_position, loaded
from penstock.rules.builtin.inventory.quantities import LOADED_QUANTITY, new_quantity, status_loaded
from penstock.rules.questions import ByRef, Matching

_EITHER = ["INVENTORY_CATALOGUE", "INVENTORY_POSITION"]


@rule(
    "globalinventory.UpsertInventoryQuantity",
    "Store the quantity that the event describes",
    accepts=_EITHER,
    attributes=[LOADED],
    creates=LOADED_QUANTITY,
    asks=[ByRef, Matching],
    fails=MALFORMED
    | {404: "the position does not exist", 422: "a count is negative, or the ref is another position's"},
)
async def upsert_inventory_quantity(context: Context) -> list[Action]:
    """Update the quantity with the given ref, else the position's one of that type, or create it."""
    position, given = await event_position(context), loaded(context)
    type_, named, values = loaded_quantity(given)
    known = await known_quantity(context, position, type_, named)
    if known is not None and known.position_id != position.id:
        raise RuleError(f"inventoryQuantity.ref {known.ref} belongs to another position", 422)
    if known is not None:
        return [Update(known, values)]
    ref = named or quantity_ref(position.ref, type_)
    return [new_quantity(context, position, ref, type_, **values, status=status_loaded(type_))]


@rule(
    "globalinventory.UpdateInventoryQuantity",
    "Set the position's quantity of type {type} to what the event describes",
    Prop("type", "type of the quantity"),
    accepts=_EITHER,
    attributes=[LOADED],
    asks=[ByRef, Matching],
    fails=MALFORMED | {404: "the position, or its quantity of the type, does not exist", 422: "a count is negative"},
)
async def update_inventory_quantity(context: Context) -> list[Update]:
    """Update the position's quantity of the type, for workflows that are older than ``UpsertInventoryQuantity``."""
    position, given, type_ = await event_position(context), loaded(context), context.prop("type")
    quantity = counted(given, type_)
    known = await known_quantity(context, position, type_)
    if known is None:
        raise RuleError(f"position {position.ref} has no quantity of type {type_}", 404)
    return [Update(known, {"quantity": quantity, **details(given)})]


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
    fails=MALFORMED,
)
async def deactivate_related_inventory_quantities(context: Context) -> list[Update]:
    """Set INACTIVE; only after a count, and corrections only where ``correctedQty`` is 0 or absent."""
    given = loaded(context)
    keep = whole_number(given.get("correctedQty") or 0, "inventoryPosition.correctedQty") > 0
    types = tuple(t for t in context.prop("types") if not (keep and t == "CORRECTION"))
    if loaded_type(given) != LAST_ON_HAND or not types:
        return []
    where = (("position_id", (context.entity.id,)), ("type", types), ("status", COUNTING_STATUSES))
    return [Update(row, {"status": "INACTIVE"}) for row in await context.ask(Matching("InventoryQuantity", where))]

"""Set forms of the rules that take counts in (spec 20 §5, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.sets import Column, CreateAll, ForwardAll, Members, RowsByRef, Same, SetAction, leave, set_form

if TYPE_CHECKING:
    from collections.abc import Sequence

_GIVEN = "inventoryPosition"
_EXISTS = "inventoryPositionExists"


async def positions_of(members: Members) -> Column:
    """Return the position of each member: its entity, or the one that ``inventoryPosition`` names, None for none."""
    if members.entity_type == "INVENTORY_POSITION":
        return members.entities
    given = members.column(_GIVEN)
    refs = [given[n]["ref"] for n in members.numbers]
    known = await members.ask(RowsByRef("InventoryPosition", refs, within=members.root.id))
    found = members.blank()
    for n, ref in zip(members.numbers, refs, strict=True):
        found[n] = known.get(ref)
    return found


@set_form("globalinventory.LoadInventoryPositionData")
async def load_inventory_position_data(members: Members) -> list[SetAction]:
    """Add ``inventoryPositionExists``."""
    positions, exists = await positions_of(members), members.blank()
    for n in members.numbers:
        exists[n] = positions[n] is not None
    return [ForwardAll(members.prop("eventName"), members.numbers, adds={_EXISTS: exists})]


@set_form("globalinventory.DownToInventoryPositionIfExists")
async def down_to_inventory_position_if_exists(members: Members) -> list[SetAction]:
    """Forward to the positions that there are."""
    going, positions = _with(members, exists=True), await positions_of(members)
    leave((n for n in going if positions[n] is None), "the position does not exist")
    return [ForwardAll(members.prop("eventName"), going, to=positions, root=members.root)]


@set_form("globalinventory.ForwardIfInventoryPositionNotExists")
async def forward_if_inventory_position_not_exists(members: Members) -> list[SetAction]:
    """Forward for the positions that there are not."""
    return [ForwardAll(members.prop("eventName"), _with(members, exists=False))]


def _with(members: Members, *, exists: bool) -> Sequence[int]:
    column = members.column(_EXISTS)
    return [n for n in members.numbers if bool(column[n]) is exists]


@set_form("globalinventory.CreateInventoryPosition")
async def create_inventory_position(members: Members) -> list[SetAction]:
    """Create the positions; their stock follows from their quantities."""
    given, catalogue = members.column(_GIVEN), members.root
    values: dict[str, Any] = {name: members.blank() for name in ("ref", "type", "product_ref", "location_ref")}
    for n in members.numbers:
        record = given[n]
        values["ref"][n], values["type"][n] = record["ref"], record.get("type") or catalogue.type
        values["product_ref"][n], values["location_ref"][n] = record["productRef"], record["locationRef"]
    rows = await members.new("InventoryPosition", members.numbers, {**values, "catalogue_id": Same(catalogue.id)})
    return [CreateAll(members.numbers, rows)]

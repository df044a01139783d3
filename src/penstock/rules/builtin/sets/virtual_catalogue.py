"""Set forms of the rules from a changed stock to the virtual positions that show it (spec 21 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.inventory.virtual_catalogue import AGGREGATE, TARGET
from penstock.rules.builtin.inventory.virtual_position import virtual_position_ref
from penstock.rules.sets import (
    Column,
    ForwardAll,
    LeaveError,
    Members,
    RowsByRef,
    Same,
    SetAction,
    leave,
    set_form,
)

if TYPE_CHECKING:
    from penstock.model.rows import Row


@set_form("globalinventory.LoadVirtualPositionAndVirtualCatalogueDetails")
async def load_virtual_position_and_virtual_catalogue_details(members: Members) -> list[SetAction]:
    """Add what later rules need."""
    type_, products = members.prop("type"), members.column("productRef")
    groups = Same(members.root.ref) if type_ == AGGREGATE else members.column("locationRef")
    leave((n for n in members.numbers if products[n] is None or groups[n] is None), "an attribute is missing")
    refs, targets = members.blank(), members.blank()
    for n in members.numbers:
        refs[n] = virtual_position_ref(products[n], groups[n])
    known = await members.ask(RowsByRef("VirtualPosition", [refs[n] for n in members.numbers], members.root.id))
    for n in members.numbers:
        targets[n] = refs[n] if refs[n] in known else None
    position = {"Ref": refs, "ProductRef": products, "GroupRef": groups, "Type": Same(type_)}
    adds = {**_catalogue(members.root), **{f"virtualPosition{name}": column for name, column in position.items()}}
    adds |= {"inventoryPositionRef": _behind(members), TARGET: targets}
    return [ForwardAll(members.prop("eventName"), members.numbers, adds=adds)]


def _catalogue(catalogue: Row) -> dict[str, Column]:
    details: dict[str, Any] = {
        "Ref": catalogue.ref,
        "Type": catalogue.type,
        "InventoryCatalogueRef": catalogue.inventory_catalogue_ref,
        "ProductCatalogueRef": catalogue.product_catalogue_ref,
        "NetworkIds": catalogue.network_ids,
    }
    if catalogue.control_group_ref is not None:
        details["ControlGroupRef"] = catalogue.control_group_ref
    return {f"virtualCatalogue{name}": Same(value) for name, value in details.items()}


def _behind(members: Members) -> Column:
    """Return the refs of the inventory positions: those that the events name, else the usual ones."""
    named, found = members.column("inventoryPositionRef"), members.blank()
    products, locations = members.column("productRef"), members.column("locationRef")
    for n in members.numbers:
        usual = f"{products[n]}:{locations[n]}:DEFAULT" if locations[n] else None
        found[n] = named[n] or usual
    return found


@set_form("globalinventory.ForwardIfVirtualPositionNotExists")
async def forward_if_virtual_position_not_exists(members: Members) -> list[SetAction]:
    """Forward for the positions that there are not."""
    targets = members.column(TARGET)
    return [ForwardAll(members.prop("eventName"), [n for n in members.numbers if targets[n] is None])]


@set_form("globalinventory.DownToVirtualPositionIfExists")
async def down_to_virtual_position_if_exists(members: Members) -> list[SetAction]:
    """Forward to the positions that there are."""
    targets = members.column(TARGET)
    going = [n for n in members.numbers if targets[n] is not None]
    known = await members.ask(RowsByRef("VirtualPosition", [targets[n] for n in going], members.root.id))
    rows = members.blank()
    for n in going:
        rows[n] = known.get(targets[n])
    leave((n for n in going if rows[n] is None), "the position does not exist")
    return [ForwardAll(members.prop("eventName"), going, to=rows, root=members.root)]


@set_form("globalinventory.ForwardIfInventoryPositionStatusEquals")
async def forward_if_inventory_position_status_equals(members: Members) -> list[SetAction]:
    """Forward where the position behind the virtual one is in one of the statuses."""
    positions, statuses = await positions_behind(members), members.prop("status")
    going = [n for n in members.numbers if positions[n] is not None and positions[n].status in statuses]
    return [ForwardAll(members.prop("eventName"), going)]


async def positions_behind(members: Members) -> Column:
    """Return the inventory positions that the events name, None where there is none."""
    catalogue = await inventory_catalogue_of(members)
    refs, found = members.column("inventoryPositionRef"), members.blank()
    leave((n for n in members.numbers if refs[n] is None), "an attribute is missing")
    asked = [refs[n] for n in members.numbers]
    known = await members.ask(RowsByRef("InventoryPosition", asked, within=catalogue.id))
    for n in members.numbers:
        found[n] = known.get(refs[n])
    return found


async def inventory_catalogue_of(members: Members) -> Row:
    """Return the inventory catalogue behind the virtual one."""
    ref = members.root.inventory_catalogue_ref
    catalogue = (await members.ask(RowsByRef("InventoryCatalogue", [ref]))).get(ref)
    if catalogue is None:
        raise LeaveError(members.numbers, f"there is no inventory catalogue {ref}")
    return catalogue

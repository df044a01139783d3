"""What can be sold of a product at a location when what is expected comes in: for pre-orders (spec 21 §11).

The expected units are part of the buffer that a virtual position keeps, so what is shown follows the stock as in any
BASE catalogue. And as with any buffer they are shown, and not promised: a promise needs stock that is there.
"""

from __future__ import annotations

from typing import Any

from penstock.inventory.expected import EXPECTED, PREORDER, expected, horizon, with_expected
from penstock.inventory.selling import NOTHING, SELLING_STATUSES, sold, statuses_column
from penstock.rules import Context, Create, Creates, Prop, RuleError, Update, rule
from penstock.rules.builtin.inventory.catalogues import NO_CATALOGUE, NO_INVENTORY, catalogue_of
from penstock.rules.builtin.inventory.controls import ASKS, controls_over, usable
from penstock.rules.builtin.inventory.virtual_position import (
    BEHIND,
    POSITION,
    SHOWN,
    changed,
    inventory_position,
    new_position,
)
from penstock.rules.questions import ById, Matching

Row = Any

_STATUSES = Prop(
    "statuses",
    "statuses of the inventory position in which it can be sold from",
    multiple=True,
    default=list(SELLING_STATUSES),
    status_of="INVENTORY_POSITION",
)
_UNUSABLE = {422: "a control, the setting of the buffers' mode, or the catalogue's horizon cannot be used"}


async def _shown(context: Context, catalogue: Row, product: str, group: str, position: Row) -> dict[str, Any]:
    """Return the columns of a virtual position that shows stock and what is expected up to the horizon."""
    terms = (await controls_over(context, catalogue, product, [group])).terms(group)
    if terms != NOTHING:
        with usable():
            until = horizon(catalogue, context.now)
        where = (("position_id", (position.id,)), ("type", (EXPECTED,)))
        terms = with_expected(terms, expected(await context.ask(Matching("InventoryQuantity", where)), until))
    statuses = context.prop("statuses")
    kept = {**terms.columns(), "statuses": statuses_column(statuses)}
    return {"position_id": position.id, **kept, "quantity": sold(position, terms, statuses)}


@rule(
    "globalinventory.CreatePreorderVirtualPosition",
    "Create the virtual position of the product at the location, with what is expected there",
    _STATUSES,
    accepts=["VIRTUAL_CATALOGUE"],
    attributes=[*SHOWN, *BEHIND],
    creates=Creates("VirtualPosition"),
    asks=ASKS,
    fails={404: "there is no such inventory catalogue or position"} | _UNUSABLE,
)
async def create_preorder_virtual_position(context: Context) -> list[Create]:
    """Create it; ``RuleError`` 404 without an inventory position."""
    position = await inventory_position(context)
    if position is None:
        raise RuleError(f"there is no inventory position {context.attribute('inventoryPositionRef')}", 404)
    product, group = context.attribute("virtualPositionProductRef"), context.attribute("virtualPositionGroupRef")
    return [new_position(context, PREORDER, **await _shown(context, context.entity, product, group, position))]


@rule(
    "globalinventory.UpdatePreorderVirtualPosition",
    "Compute the quantity of the virtual position anew, with what is expected there",
    _STATUSES,
    accepts=POSITION,
    attributes=[a.optional() for a in BEHIND],
    asks=[ById, *ASKS],
    reads=["VirtualCatalogue"],
    fails={404: f"{NO_INVENTORY[404]}, or {NO_CATALOGUE[404]}"} | _UNUSABLE,
)
async def update_preorder_virtual_position(context: Context) -> list[Update]:
    """Set the quantity from scratch; nothing where it is right, or where there is no inventory position."""
    entity, known = context.entity, context.entity.position_id
    catalogue = await catalogue_of(context)
    position = await (context.ask(ById("InventoryPosition", known)) if known else inventory_position(context))
    if position is None:
        return changed(entity, **NOTHING.columns(), quantity=0)
    return changed(entity, **await _shown(context, catalogue, entity.product_ref, entity.group_ref, position))

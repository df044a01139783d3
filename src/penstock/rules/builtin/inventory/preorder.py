"""What can be sold of a product at a location when what is expected comes in: for pre-orders (spec 21 §11).

The expected units are part of the buffer that a virtual position keeps, so what is shown follows the stock as in any
BASE catalogue. And as with any buffer they are shown, and not promised: a promise needs stock that is there.
"""

from __future__ import annotations

from typing import Any

from penstock.inventory.expected import EXPECTED, PREORDER, expected, horizon
from penstock.rules import Context, Create, Creates, Update, rule
from penstock.rules.builtin.inventory.catalogues import NO_CATALOGUE, NO_INVENTORY
from penstock.rules.builtin.inventory.controls import ASKS, usable
from penstock.rules.builtin.inventory.virtual_position import BEHIND, POSITION, SHOWN, STATUSES, created, updated
from penstock.rules.questions import ById, CataloguesOfNetworks, Matching

Row = Any

_UNUSABLE = {422: "a control, the setting of the buffers' mode, or the catalogue's horizon cannot be used"}


async def _expected(context: Context, catalogue: Row, position: Row) -> int:
    """Return the units that are expected up to the catalogue's horizon."""
    with usable():
        until = horizon(catalogue, context.now)
    where = (("position_id", (position.id,)), ("type", (EXPECTED,)))
    return expected(await context.ask(Matching("InventoryQuantity", where)), until)


@rule(
    "globalinventory.CreatePreorderVirtualPosition",
    "Create the virtual position of the product at the location, with what is expected there",
    STATUSES,
    accepts=["VIRTUAL_CATALOGUE"],
    attributes=[*SHOWN, *BEHIND],
    creates=Creates("VirtualPosition"),
    asks=[CataloguesOfNetworks, *ASKS],
    fails={404: "there is no such inventory catalogue or position"} | _UNUSABLE,
)
async def create_preorder_virtual_position(context: Context) -> list[Create]:
    """Create it; ``RuleError`` 404 without an inventory position."""
    return await created(context, PREORDER, _expected)


@rule(
    "globalinventory.UpdatePreorderVirtualPosition",
    "Compute the quantity of the virtual position anew, with what is expected there",
    STATUSES,
    accepts=POSITION,
    attributes=[a.optional() for a in BEHIND],
    asks=[ById, CataloguesOfNetworks, *ASKS],
    reads=["VirtualCatalogue"],
    fails={404: f"{NO_INVENTORY[404]}, or {NO_CATALOGUE[404]}"} | _UNUSABLE,
)
async def update_preorder_virtual_position(context: Context) -> list[Update]:
    """Set the quantity from scratch; nothing where it is right."""
    return await updated(context, _expected)

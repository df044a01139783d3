"""The catalogue that a position is in."""

from __future__ import annotations

from typing import Any

from penstock.rules import Context, RuleError
from penstock.rules.questions import ById, ByRef

Row = Any

_OF = {"InventoryPosition": "InventoryCatalogue", "VirtualPosition": "VirtualCatalogue"}
NO_CATALOGUE = {404: "the position has no catalogue"}
NO_INVENTORY = {404: "there is no such inventory catalogue"}


async def catalogue_of(context: Context) -> Row:
    """Return the catalogue of the position that the event is about; ``RuleError`` 404 without."""
    position = context.entity
    catalogue = context.root or await context.ask(ById(_OF[context.entity_name], position.catalogue_id))
    if catalogue is None:
        raise RuleError(f"position {position.ref} has no catalogue", 404)
    return catalogue


async def inventory_catalogue(context: Context, ref: str) -> Row:
    """Return an inventory catalogue; ``RuleError`` 404 where there is none of this ref."""
    catalogue = await context.ask(ByRef("InventoryCatalogue", ref))
    if catalogue is None:
        raise RuleError(f"there is no inventory catalogue {ref}", 404)
    return catalogue

"""Rows of the stock ledger: how they are found and made (spec 20 §2)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.ledger import COUNTING_TYPES
from penstock.rules import Context, Create, Creates
from penstock.rules.questions import Matching

Row = Any

NEW_QUANTITY = Creates("InventoryQuantity", status="ACTIVE")  # see new_quantity
LOADED_QUANTITY = [NEW_QUANTITY, Creates("InventoryQuantity", status="CREATED")]  # see status_loaded


async def by_refs(context: Context, position: Row, refs: list[str]) -> dict[str, Row]:
    """Return the quantities of the position's catalogue that have these refs, by ref."""
    where = (("catalogue_id", (position.catalogue_id,)), ("ref", tuple(refs)))
    return {row.ref: row for row in await context.ask(Matching("InventoryQuantity", where))}


def status_loaded(type_: str) -> str:
    """Return in which status a quantity is stored that was loaded.

    One of a further type is left to the workflow, which activates it and counts what it wants to count.
    """
    return "ACTIVE" if type_ in COUNTING_TYPES else "CREATED"


def new_quantity(context: Context, position: Row, ref: str, type_: str, quantity: int, **more: Any) -> Create:
    """Return the action that stores a quantity of the position; it counts at once."""
    values = {"status": "ACTIVE", **more}
    return Create(
        context.new(
            "InventoryQuantity",
            ref=ref,
            type=type_,
            quantity=quantity,
            catalogue_id=position.catalogue_id,
            position_id=position.id,
            **values,
        )
    )

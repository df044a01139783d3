"""Finding the positions that an event to a catalogue means."""

from __future__ import annotations

from typing import Any

from penstock.rules import Attribute, AttributeType, Context, RuleError
from penstock.rules.questions import ByRef, Matching

Row = Any

LOADED = Attribute("inventoryPosition", AttributeType.OBJECT, "a record with ref, productRef, locationRef and qty")
MALFORMED = {400: "inventoryPosition is malformed"}


async def positions_by_ref(context: Context, refs: list[str]) -> dict[str, Row]:
    """Return the positions of the event's catalogue by ref; ``RuleError`` 404 names missing ones."""
    wanted = tuple(dict.fromkeys(refs))
    where = (("catalogue_id", (context.entity.id,)), ("ref", wanted))
    found = {row.ref: row for row in await context.ask(Matching("InventoryPosition", where))}
    missing = [ref for ref in wanted if ref not in found]
    if missing:
        raise RuleError(f"catalogue {context.entity.ref} has no position {', '.join(missing)}", 404)
    return found


async def event_position(context: Context) -> Row:
    """Return the position of the event: its entity, or the one that ``inventoryPosition`` names."""
    if context.entity_name == "InventoryPosition":
        return context.entity
    ref = loaded(context)["ref"]
    position = await context.ask(ByRef("InventoryPosition", ref, within=context.entity.id))
    if position is None:
        raise RuleError(f"catalogue {context.entity.ref} has no position {ref}", 404)
    return position


def loaded(context: Context) -> dict[str, Any]:
    """Return the attribute ``inventoryPosition``; ``RuleError`` 400 names a key that is missing."""
    given = context.attribute("inventoryPosition")
    for key in ("ref", "productRef", "locationRef", "qty"):
        if not isinstance(given, dict) or given.get(key) is None:
            raise RuleError(f"attribute inventoryPosition needs {key}")
    return dict(given)

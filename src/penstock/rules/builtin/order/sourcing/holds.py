"""Taking over what was held for an order before it was placed (docs/adr/0025)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.rows import attribute
from penstock.rules import Action, Context, Promise, Prop, SendEvent, Sends, rule
from penstock.rules.builtin.common import ask_all, order_of
from penstock.rules.questions import ById, Holds, Matching

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANGED = "InventoryHoldChanged"  # tells a position that holds have changed its stock
HOLD_REF = "holdRef"  # attribute of orders
MOST = 100  # holds of an order


@rule(
    "order.TakeOverHolds",
    "Let the order have the units of the holds that its attribute {attributeName} names",
    Prop("attributeName", "attribute of the order: the ref of a hold, or a list of refs", default=HOLD_REF),
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    sends=Sends(CHANGED, to="INVENTORY_POSITION", gate=True, forwards=False),
    asks=[Holds, Matching, ById],
    reads=["Order"],
)
async def take_over_holds(context: Context) -> list[Action]:
    """End the holds in this write; what the rules behind this one ask of stock, they are told with these units.

    What they do not promise is everybody's again. A hold that has ended, or is unknown, changes nothing.
    """
    refs = _refs(attribute(order_of(context), context.prop("attributeName")))
    found = await context.ask(Holds(refs)) if refs else []
    if not found:
        return []
    amounts = [{int(p): units for p, units in hold["amounts"].items()} for hold in found]
    promises = [Promise.taken_over(int(hold["id"]), own) for hold, own in zip(found, amounts, strict=True)]
    return [*promises, *await _told(context, {position for own in amounts for position in own})]


def _refs(value: Any) -> tuple[str, ...]:
    """Return the refs that a client gave, each once; what is no ref names no hold."""
    given: Iterable[Any] = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(ref for ref in given if isinstance(ref, str) and ref))[:MOST]


async def _told(context: Context, positions: set[int]) -> list[SendEvent]:
    """Return the events that tell positions, for those who follow by events only, such as sums."""
    rows = await context.ask(Matching("InventoryPosition", (("id", tuple(sorted(positions))),)))
    catalogues = await ask_all(context, *(ById("InventoryCatalogue", row.catalogue_id) for row in rows))
    return [
        SendEvent(CHANGED, to=row, root=catalogue, attributes={})
        for row, catalogue in zip(rows, catalogues, strict=True)
    ]

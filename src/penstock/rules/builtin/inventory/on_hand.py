"""Stock on hand: the sum of a position's quantities (spec 20 §2.1, §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.rules import (
    Ask,
    AskAll,
    Attribute,
    AttributeType,
    Context,
    Prop,
    SendEvent,
    Sends,
    Update,
    rule,
    set_rule,
)
from penstock.rules.builtin.common import FORWARD_IF, forward, forward_if, whole_number
from penstock.rules.builtin.inventory.quantities import COUNTING, LIVE
from penstock.rules.questions import LedgerSum

if TYPE_CHECKING:
    from collections.abc import Sequence

_POSITION = ["INVENTORY_POSITION"]
_CALCULATED = "inventoryPositionOnHandCalculated"
_SUM = Attribute(_CALCULATED, AttributeType.INTEGER)


@set_rule(
    "globalinventory.CalculateOnHand",
    "Add up quantities of type {filterTypes} in status {filterStatuses} and send {eventName}",
    Prop("filterTypes", "types that count", multiple=True, default=list(COUNTING)),
    Prop("filterStatuses", "statuses that count", multiple=True, default=list(LIVE)),
    Prop("eventName", "name of the event to send", default="CheckOnHandChanged"),
    accepts=_POSITION,
    sends=Sends("{eventName}", adds=(_SUM,)),
    asks=LedgerSum,
)
async def calculate_on_hand(contexts: Sequence[Context]) -> list[list[SendEvent]]:
    """Put the sum into the event as ``inventoryPositionOnHandCalculated``; one question for all positions."""
    sums = await AskAll([Ask(context, _question(context)) for context in contexts])
    return [[forward(c, **{_CALCULATED: sum_})] for c, sum_ in zip(contexts, sums, strict=True)]


def _question(context: Context) -> LedgerSum:
    types, statuses = context.prop("filterTypes"), context.prop("filterStatuses")
    return LedgerSum(context.entity.id, tuple(types), tuple(statuses))


@rule(
    "globalinventory.ForwardIfOnHandChanged",
    "If the sum differs from the stock on hand, send {eventName}",
    Prop("eventName", "name of the event to send", default="UpdateOnHand"),
    accepts=_POSITION,
    attributes=[_SUM],
    sends=FORWARD_IF,
)
def forward_if_on_hand_changed(context: Context) -> list[SendEvent]:
    """Forward only where the sum is another than the position has."""
    return forward_if(context, _calculated(context) != (context.entity.on_hand or 0))


@rule(
    "globalinventory.UpdateOnHand",
    "Set the stock on hand to the sum",
    accepts=_POSITION,
    attributes=[_SUM],
)
def update_on_hand(context: Context) -> list[Update]:
    """Write the sum. In the database it follows from the quantities, whoever writes them."""
    return [Update(context.entity, {"on_hand": _calculated(context)})]


def _calculated(context: Context) -> int:
    return whole_number(context.attribute(_CALCULATED), _CALCULATED)

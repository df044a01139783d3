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
_USUAL = (COUNTING, LIVE)
_CALCULATED = "inventoryPositionOnHandCalculated"
_SUM = Attribute(_CALCULATED, AttributeType.INTEGER)
_ALSO = Attribute("inventoryPositionAlsoCounted", AttributeType.INTEGER, "of the sum, unusual types", required=False)


@set_rule(
    "globalinventory.CalculateOnHand",
    "Add up quantities of type {filterTypes} in status {filterStatuses} and send {eventName}",
    Prop("filterTypes", "types that count", multiple=True, default=list(COUNTING)),
    Prop("filterStatuses", "statuses that count", multiple=True, default=list(LIVE)),
    Prop("eventName", "name of the event to send", default="CheckOnHandChanged"),
    accepts=_POSITION,
    sends=Sends("{eventName}", adds=(_SUM, _ALSO)),
    asks=LedgerSum,
)
async def calculate_on_hand(contexts: Sequence[Context]) -> list[list[SendEvent]]:
    """Put the sum into the event as ``inventoryPositionOnHandCalculated``; one question for all positions.

    Where a workflow has a choice of types or statuses of its own, the difference that it makes is put beside it.
    """
    sums = await AskAll([Ask(context, _question(context)) for context in contexts])
    own = [context for context in contexts if _chosen(context) != _USUAL]
    usual = await AskAll([Ask(c, LedgerSum(c.entity.id, *_USUAL)) for c in own]) if own else []
    counted = {id(context): sum_ for context, sum_ in zip(own, usual, strict=True)}
    return [[_told(c, sum_, counted.get(id(c), sum_))] for c, sum_ in zip(contexts, sums, strict=True)]


def _question(context: Context) -> LedgerSum:
    return LedgerSum(context.entity.id, *_chosen(context))


def _chosen(context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(context.prop("filterTypes")), tuple(context.prop("filterStatuses"))


def _told(context: Context, sum_: int, usual: int) -> SendEvent:
    also = {_ALSO.name: sum_ - usual} if sum_ != usual else {}
    return forward(context, **{_CALCULATED: sum_}, **also)


@rule(
    "globalinventory.ForwardIfOnHandChanged",
    "If the sum differs from the stock on hand, send {eventName}",
    Prop("eventName", "name of the event to send", default="UpdateOnHand"),
    accepts=_POSITION,
    attributes=[_SUM, _ALSO],
    sends=FORWARD_IF,
)
def forward_if_on_hand_changed(context: Context) -> list[SendEvent]:
    """Forward only where the sum is another than the position has, or made up of other types."""
    known = context.entity.on_hand or 0, context.entity.also_counted or 0
    return forward_if(context, (_calculated(context), _also(context)) != known)


@rule(
    "globalinventory.UpdateOnHand",
    "Set the stock on hand to the sum",
    accepts=_POSITION,
    attributes=[_SUM, _ALSO],
)
def update_on_hand(context: Context) -> list[Update]:
    """Write the sum. In the database it follows from the quantities of usual types, and from what is counted beside."""
    values = {"on_hand": _calculated(context)}
    if _also(context) != (context.entity.also_counted or 0):
        values["also_counted"] = _also(context)
    return [Update(context.entity, values)]


def _also(context: Context) -> int:
    return whole_number(context.event.attributes.get(_ALSO.name) or 0, _ALSO.name)


def _calculated(context: Context) -> int:
    return whole_number(context.attribute(_CALCULATED), _CALCULATED)

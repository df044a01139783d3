"""Stock on hand: the sum of a position's quantities (spec 20 §2.1, §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES
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
from penstock.rules.questions import LedgerSum

if TYPE_CHECKING:
    from collections.abc import Sequence

_POSITION = ["INVENTORY_POSITION"]
_CALCULATED = "inventoryPositionOnHandCalculated"
SUM = Attribute(_CALCULATED, AttributeType.INTEGER)
_ALSO = Attribute("inventoryPositionAlsoCounted", AttributeType.INTEGER, "of the sum, unusual types", required=False)


@set_rule(
    "globalinventory.CalculateOnHand",
    "Add up quantities of type {filterTypes} in status {filterStatuses} and send {eventName}",
    Prop("filterTypes", "types that count", multiple=True, default=list(COUNTING_TYPES)),
    Prop("filterStatuses", "statuses that count", multiple=True, default=list(COUNTING_STATUSES)),
    Prop("eventName", "name of the event to send", default="CheckOnHandChanged"),
    accepts=_POSITION,
    sends=Sends("{eventName}", adds=(SUM, _ALSO)),
    asks=LedgerSum,
)
async def calculate_on_hand(contexts: Sequence[Context]) -> list[list[SendEvent]]:
    """Put the sum into the event as ``inventoryPositionOnHandCalculated``; one question for all positions.

    Where a workflow has a choice of types or statuses of its own, the difference that it makes is put beside it.
    """
    sums = await AskAll([Ask(context, _question(context)) for context in contexts])
    own = [context for context in contexts if _question(context) != _usual(context)]
    usual = await AskAll([Ask(context, _usual(context)) for context in own]) if own else []
    counted = {id(context): sum_ for context, sum_ in zip(own, usual, strict=True)}
    return [[_told(c, sum_, counted.get(id(c), sum_))] for c, sum_ in zip(contexts, sums, strict=True)]


def _question(context: Context) -> LedgerSum:
    types, statuses = context.prop("filterTypes"), context.prop("filterStatuses")
    return LedgerSum(context.entity.id, tuple(types), tuple(statuses))


def _usual(context: Context) -> LedgerSum:
    return LedgerSum(context.entity.id, COUNTING_TYPES, COUNTING_STATUSES)


def _told(context: Context, sum_: int, usual: int) -> SendEvent:
    also = {_ALSO.name: sum_ - usual} if sum_ != usual else {}
    return forward(context, **{_CALCULATED: sum_}, **also)


@rule(
    "globalinventory.ForwardIfOnHandChanged",
    "If the sum differs from the stock on hand, send {eventName}",
    Prop("eventName", "name of the event to send", default="UpdateOnHand"),
    accepts=_POSITION,
    attributes=[SUM, _ALSO],
    sends=FORWARD_IF,
)
def forward_if_on_hand_changed(context: Context) -> list[SendEvent]:
    """Forward only where the sum is another than the position has, or made up of other types."""
    known = context.entity.on_hand or 0, context.entity.also_counted or 0
    return forward_if(context, (calculated(context), _also(context)) != known)


@rule(
    "globalinventory.UpdateOnHand",
    "Set the stock on hand to the sum",
    accepts=_POSITION,
    attributes=[SUM, _ALSO],
)
def update_on_hand(context: Context) -> list[Update]:
    """Write the sum. In the database it follows from the quantities of usual types, and from what is counted beside."""
    values = {"on_hand": calculated(context)}
    if _also(context) != (context.entity.also_counted or 0):
        values["also_counted"] = _also(context)
    return [Update(context.entity, values)]


def _also(context: Context) -> int:
    return whole_number(context.event.attributes.get(_ALSO.name) or 0, _ALSO.name)


def calculated(context: Context) -> int:
    """Return the sum that the event carries; ``RuleError`` 400 where it carries none."""
    return whole_number(context.attribute(_CALCULATED), _CALCULATED)

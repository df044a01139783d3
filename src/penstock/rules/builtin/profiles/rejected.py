"""What no strategy of a profile can send (spec 22 §5.4, §7)."""

from __future__ import annotations

from penstock.rules import Action, Context, rule
from penstock.rules.builtin.order.scope import scope_of
from penstock.rules.builtin.order.sourcing.building import FULFILMENT_ROWS, FULFILMENT_TYPE
from penstock.rules.builtin.order.sourcing.demand import NEEDED
from penstock.rules.builtin.order.sourcing.rejected import REJECTED_LOCATION, escalated
from penstock.rules.questions import ByRef


@rule(
    "order.CreateRejectedFulfilment",
    "Create a fulfilment at {systemRejectedLocationRef} for all that no strategy could send",
    REJECTED_LOCATION,
    FULFILMENT_TYPE,
    accepts=["ORDER", "FULFILMENT_CHOICE"],
    creates=FULFILMENT_ROWS,
    asks=ByRef,
    reads=[*NEEDED, "FulfilmentChoice"],
    fails={
        400: "the location can fulfil nothing, or the type of the choice is neither HD nor CC",
        404: "there is no such location",
        422: "the order has no fulfilment choice or several",
    },
)
async def create_rejected_fulfilment(context: Context) -> list[Action]:
    """Create one fulfilment with everything that is unfulfilled; nothing where nothing is."""
    return await escalated(context, scope_of(context), type_=context.prop("fulfilmentType"))

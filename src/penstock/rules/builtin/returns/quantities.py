"""How much of an order may come back: checked before a return is made, noted after it (spec 33 §3, 34 §13)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from penstock.rules import Context, RuleError, Update, rule
from penstock.rules.builtin.common import noted
from penstock.rules.builtin.returns.earlier import RETURNABLE, RETURNED, STANDING, returns_of, standing
from penstock.rules.builtin.returns.wanted import ITEMS, MALFORMED, NAME, UNKNOWN, wanted
from penstock.rules.questions import Matching, Setting

if TYPE_CHECKING:
    from penstock.returning.returnable import Known

Row = Any

_WINDOW = "RETURN_WINDOW_DAYS"


@rule(
    "order.ValidateReturnQty",
    "Check that as much as the customer wants to send back may come back",
    accepts=["ORDER"],
    attributes=[ITEMS],
    asks=[Matching, Setting],
    reads=STANDING,
    fails={
        400: MALFORMED,
        422: f"{UNKNOWN}, more units than may come back, or it is too late for that",
    },
)
async def validate_return_qty(context: Context) -> None:
    """Fail with 422 for more than is returnable, all entries of an item together, and after the return window."""
    order, asked = context.entity, dict[int, int]()
    entries = wanted(context)
    for entry in entries:
        asked[entry.item.id] = asked.get(entry.item.id, 0) + entry.units
    await _in_time(context, order)
    known = standing(context, order, await returns_of(context, order))
    for item in (entry.item for entry in entries):
        if asked[item.id] > known[item.id].returnable:
            raise RuleError(
                f"{NAME}: {asked[item.id]} of item {item.ref} are to come back, "
                f"but only {known[item.id].returnable} can be returned",
                422,
            )


async def _in_time(context: Context, order: Row) -> None:
    """Raise ``RuleError`` 422 once the days that the setting gives have gone by since the last fulfilment."""
    days = await context.ask(Setting(_WINDOW))
    if days is None:
        return
    try:
        window = timedelta(days=float(days))
    except (TypeError, ValueError, OverflowError):
        raise RuleError(f"setting {_WINDOW} must be a number of days, not {days!r}", 422) from None
    done = [f.updated_on for f in context.many(order, "fulfilments") if f.status == "COMPLETE"]
    if done and context.now > max(done) + window:
        raise RuleError(f"order {order.ref} was complete on {max(done):%Y-%m-%d}: returns end {days} days later", 422)


@rule(
    "order.UpdateOrderItemAttribute",
    "Note how much of each item may still come back",
    accepts=["ORDER"],
    asks=Matching,
    reads=STANDING,
    fails={400: "an attribute that this rule writes holds no number"},
)
async def update_order_item_attribute(context: Context) -> list[Update]:
    """Write ``returnableQty`` of all items that ever were in a return, and ``returnedQty``, the units in returns.

    They are counted anew from the returns that there are, the one that the same event has made among them, and not
    from the event: so whatever was rejected or cancelled since is returnable again, and running twice changes nothing.
    """
    order = context.entity
    known = standing(context, order, await returns_of(context, order))
    about = _touched(known)
    return [_update(item, known[item.id]) for item in context.many(order, "items") if item.id in about]


def _touched(known: dict[int, Known]) -> set[int]:
    return {id_ for id_, item in known.items() if item.noted is not None or item.back}


def _update(item: Row, known: Known) -> Update:
    numbers = {RETURNABLE: known.returnable, RETURNED: known.all - known.returnable}
    return Update(item, {"attributes": [noted(name, value) for name, value in numbers.items()]})

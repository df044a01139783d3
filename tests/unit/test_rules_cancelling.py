"""Cancelling single items: what is noted, what shrinks, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import RuleError, SendEvent, Update
from penstock.testing import run
from penstock.testing.orders import HomeDelivery

MIND = {"value": "CHANGE_MIND", "label": "Changed my mind"}
LATE = {"value": "LATE"}


def entry(item: object, quantity: object, reason: object = MIND) -> dict[str, Any]:
    return {"orderItemId": item, "quantity": quantity, "reason": reason}


def cancel(order: HomeDelivery, *entries: object) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the changes by table and id, attributes by name."""
    changes = {}
    for action in run("order.CancelOrderItems", order.context(attributes={"items": list(entries)})):
        assert isinstance(action, Update)
        values = dict(action.values)
        if "attributes" in values:
            values = {a["name"]: (a["type"], a["value"]) for a in values["attributes"]}
        changes[type(action.row).__name__, action.row.id] = values
    return changes


def test_units_are_counted_and_taken_out_of_what_waits() -> None:
    order = HomeDelivery(("a", 3))
    order.fulfilment("AWAITING_WAVE", (10, 3, 0, 0))
    assert cancel(order, entry("10", 1)) == {
        ("OrderItemRow", 10): {
            "cancelledQuantity": ("INTEGER", 1),
            "cancellations": ("JSON", [{"quantity": 1, "reason": MIND}]),
        },
        ("FulfilmentItemRow", 30): {"requested_quantity": 2},
    }


def test_several_cancellations_of_a_line_add_up() -> None:
    order = HomeDelivery(("a", 5))
    before = [{"quantity": 1, "reason": LATE}]
    order.tree.rows["OrderItem"][0].attributes = [
        {"name": "cancelledQuantity", "type": "INTEGER", "value": 1},
        {"name": "cancellations", "type": "JSON", "value": before},
    ]
    order.fulfilment("AWAITING_WAVE", (10, 4, 0, 0))
    changes = cancel(order, entry(10, 1), entry(10, "2", LATE))
    assert changes["OrderItemRow", 10] == {
        "cancelledQuantity": ("INTEGER", 4),
        "cancellations": ("JSON", [*before, {"quantity": 1, "reason": MIND}, {"quantity": 2, "reason": LATE}]),
    }
    assert changes["FulfilmentItemRow", 30] == {"requested_quantity": 1}


def test_each_line_is_looked_at_by_itself() -> None:
    order = HomeDelivery(("a", 2), ("b", 1))
    order.fulfilment("AWAITING_WAVE", (10, 2, 0, 0), (11, 1, 0, 0))
    changes = cancel(order, entry(11, 1), entry(10, 2))
    assert changes["FulfilmentItemRow", 30] == {"requested_quantity": 0}
    assert changes["FulfilmentItemRow", 31] == {"requested_quantity": 0}


def test_what_expired_elsewhere_is_no_longer_planned() -> None:
    order = HomeDelivery(("a", 2))
    order.fulfilment("EXPIRED", (10, 2, 0, 2))
    order.fulfilment("PROCESSING", (10, 2, 0, 0))
    assert cancel(order, entry(10, 1))["FulfilmentItemRow", 31] == {"requested_quantity": 1}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ([], 400, "attribute items must be a list"),
        ({"orderItemId": 10}, 400, "attribute items must be a list"),
        (["10"], 400, "items: an entry must be an object"),
        ([entry(99, 1)], 404, "items: the order has no item 99"),
        ([{"quantity": 1, "reason": MIND}], 404, "items: the order has no item None"),
        ([entry(10, 0)], 400, "quantity of item 10 must be at least 1, but is 0"),
        ([entry(10, 1.5)], 400, "quantity of item 10 must be a whole number, not 1.5"),
        ([entry(10, None)], 400, "quantity of item 10 must be a whole number, not None"),
        ([entry(10, 1, None)], 400, "reason of item 10 must be an object with a value, not None"),
        ([entry(10, 1, {"label": "so"})], 400, "reason of item 10"),
        ([entry(10, 1), entry(10, 2)], 422, "item 10: 3 units are to be cancelled, but only 2 can be"),
        ([entry(11, 1), entry(10, 3)], 422, "item 10: 3 units"),
    ],
)
def test_what_cannot_be_cancelled_is_named(given: object, code: int, message: str) -> None:
    order = HomeDelivery(("a", 3), ("b", 1))
    order.fulfilment("ASSIGNED", (10, 1, 0, 0))
    with pytest.raises(RuleError, match=message) as failure:
        run("order.CancelOrderItems", order.context(attributes={"items": given}))
    assert failure.value.code == code


def test_without_items_there_is_nothing_to_do() -> None:
    with pytest.raises(RuleError, match="items"):
        run("order.CancelOrderItems", HomeDelivery(("a", 1)).context())


@pytest.mark.parametrize("noted", ["two", -2, {}, None, ""])
def test_what_is_no_number_of_units_cancels_nothing(noted: object) -> None:
    order = HomeDelivery(("a", 2))
    order.tree.rows["OrderItem"][0].attributes = [{"name": "cancelledQuantity", "type": "JSON", "value": noted}]
    order.fulfilment("AWAITING_WAVE", (10, 2, 0, 0))
    assert run("order.ForwardIfUnfulfilledItemsExist", order.context(), eventName="More") == []
    assert cancel(order, entry(10, 2))["OrderItemRow", 10]["cancelledQuantity"] == ("INTEGER", 2)


@pytest.mark.parametrize(
    ("cancelled", "sent"), [((2, 1), True), ((2, "1"), True), ((2, None), False), ((1, 1), False), ((), False)]
)
def test_all_items_cancelled(*, cancelled: tuple[object, ...], sent: bool) -> None:
    order = HomeDelivery(*(("a", 2), ("b", 1))[: len(cancelled)])
    for item, units in zip(order.tree.rows["OrderItem"], cancelled, strict=True):
        item.attributes = [{"name": "cancelledQuantity", "type": "INTEGER", "value": units}]
    actions = run("order.SendEventOnVerifyingAllItemsCancelled", order.context(), eventName="OrderCancel")
    assert actions == ([SendEvent("OrderCancel")] if sent else [])

"""Who loses where less is there than is promised, and what a fulfilment does that loses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from penstock.inventory.refs import fulfilment_of
from penstock.inventory.shortages import Claim, unmet
from penstock.rules import RuleError, SendEvent, Update
from penstock.rules.questions import ById, Matching
from penstock.testing import NOW, FakeContext, row, run
from penstock.testing.orders import POSITION, HomeDelivery


def claim(order: int, units: int, *, fulfilment: int | None = None, minute: int = 0) -> Claim:
    return Claim(NOW + timedelta(minutes=minute), order, fulfilment or order, units)


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        (0, {}),
        (-3, {}),
        (1, {3: 1}),
        (4, {3: 2, 2: 2}),
        (6, {3: 2, 2: 3, 1: 1}),
        (99, {3: 2, 2: 3, 1: 4}),
    ],
)
def test_the_newest_order_loses_first(missing: int, lost: dict[int, int]) -> None:
    claims = [claim(2, 3), claim(3, 2), claim(1, 4)]
    assert {c.order_id: units for c, units in unmet(missing, claims)} == lost


def test_an_order_is_as_old_as_it_was_accepted() -> None:
    late, early = claim(1, 1, minute=5), claim(2, 1)
    assert unmet(1, [early, late]) == [(late, 1)]
    first, second = claim(1, 1, fulfilment=9), claim(1, 1, fulfilment=8)
    assert unmet(1, [first, second]) == [(first, 1)]


@pytest.mark.parametrize(
    ("ref", "fulfilment"), [("a:A:DEFAULT:RESERVED:9001", 9001), ("BASKET", None), ("a:RESERVED:", None), ("a:²", None)]
)
def test_a_promise_names_its_fulfilment(ref: str, fulfilment: int | None) -> None:
    assert fulfilment_of(ref) == fulfilment


RULE = "globalinventory.SendEventForUnmetFulfilments"


def at_position(on_hand: int, promises: dict[str, int], rows: list[Any]) -> FakeContext:
    where = (("position_id", (POSITION.id,)), ("type", ("RESERVED",)), ("status", ("CREATED", "ACTIVE")))
    quantities = [
        row("InventoryQuantity", id=n, ref=ref, quantity=-units) for n, (ref, units) in enumerate(promises.items())
    ]
    names = {"FulfilmentRow": "Fulfilment", "OrdersRow": "Order"}
    answers: dict[Any, Any] = {ById(names[type(r).__name__], r.id): r for r in rows}
    answers |= {ById("Fulfilment", 77): None, Matching("InventoryQuantity", where): quantities}
    event = {"inventoryPositionOnHandCalculated": on_hand}
    return FakeContext("InventoryPosition", POSITION, attributes=event, answers=answers)


def test_who_loses_is_told_what_is_kept() -> None:
    orders = [row("Order", id=n, ref=f"O{n}", created_on=NOW + timedelta(minutes=n)) for n in (1, 2)]
    fulfilments = [row("Fulfilment", id=9000 + o.id, order_id=o.id) for o in orders]
    refs = [f"{POSITION.ref}:RESERVED:{id_}" for id_ in (9001, 9002, 77)]
    promises = {**dict(zip(refs, (3, 2, 1), strict=True)), "BY-HAND": 1}
    assert run(RULE, at_position(0, promises, [])) == []
    told = run(RULE, at_position(-3, promises, [*fulfilments, *orders]), eventName="StockUnmet")
    context = at_position(-3, promises, [])
    assert run(RULE, context, eventName="StockUnmet", onlyAfter=["deltas"]) == []
    assert context.asked == []
    about = {"productRef": POSITION.product_ref}
    assert told == [
        SendEvent(
            "StockUnmet", to=fulfilments[1], root=orders[1], attributes={**about, "keptQuantity": 0, "unmetQuantity": 2}
        ),
        SendEvent(
            "StockUnmet", to=fulfilments[0], root=orders[0], attributes={**about, "keptQuantity": 2, "unmetQuantity": 1}
        ),
    ]


@pytest.mark.parametrize(
    ("kept", "lowered"),
    [(5, {}), (4, {}), (3, {32: 1}), (2, {32: 0}), (1, {30: 1, 32: 0}), (0, {30: 0, 32: 0}), (-1, {30: 0, 32: 0})],
)
def test_a_fulfilment_is_asked_for_no_more_than_is_there(kept: int, lowered: dict[int, int]) -> None:
    tree = HomeDelivery(("a", 2), ("b", 3), ("a", 2))
    fulfilment = tree.fulfilment("AWAITING_WAVE", (10, 2, 0, 0), (11, 3, 0, 0), (12, 2, 0, 0))
    context = tree.context(fulfilment, {"productRef": "a", "keptQuantity": kept}, name="Fulfilment")
    actions = run("order.ReduceFulfilmentToStock", context, eventName="X", goneEventName="Y")
    assert {a.row.id: a.values["requested_quantity"] for a in actions if isinstance(a, Update)} == lowered
    assert actions[len(lowered) :] == ([SendEvent("X")] if lowered else [])


def test_what_is_kept_has_to_be_a_number() -> None:
    tree = HomeDelivery(("a", 2))
    event = {"productRef": "a", "keptQuantity": "some"}
    context = tree.context(tree.fulfilment("AWAITING_WAVE", (10, 2, 0, 0)), event, name="Fulfilment")
    with pytest.raises(RuleError, match="keptQuantity must be a whole number, not 'some'"):
        run("order.ReduceFulfilmentToStock", context, eventName="X", goneEventName="Y")


def test_where_nothing_is_left_it_is_told_and_nothing_lowered() -> None:
    tree = HomeDelivery(("a", 2), ("a", 1))
    fulfilment = tree.fulfilment("AWAITING_WAVE", (10, 2, 0, 0), (11, 1, 0, 0))
    context = tree.context(fulfilment, {"productRef": "a", "keptQuantity": 0}, name="Fulfilment")
    actions = run("order.ReduceFulfilmentToStock", context, eventName="X", goneEventName="Y")
    assert actions == [SendEvent("Y")]

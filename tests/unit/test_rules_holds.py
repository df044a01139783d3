"""Taking over holds: what the rule asks and returns, what the context is told after it, and what the write checks."""

from __future__ import annotations

from typing import Any

import pytest
from test_promises import _batch, _Connection, _run

from penstock.answers.promises import StockGuard
from penstock.answers.stock import promised_in
from penstock.rules import Promise, SendEvent
from penstock.rules.questions import ById, Holds, Matching
from penstock.testing import run
from penstock.testing.orders import HomeDelivery
from penstock.testing.trees import row

HOLD = {"id": "70", "ref": "CART-1", "amounts": {"501": 2, "502": 1}}
POSITIONS = [row("InventoryPosition", id=id_, ref=f"P{id_}", catalogue_id=9, status="ACTIVE") for id_ in (501, 502)]


def naming(value: Any, *found: dict[str, Any]) -> Any:
    order = HomeDelivery(("a", 1))
    order.order.attributes = [{"name": "holdRef", "type": "JSON", "value": value}]
    refs = tuple(value) if isinstance(value, list) else (value,)
    catalogue = row("InventoryCatalogue", id=9, ref="DEFAULT:1", type="DEFAULT")
    answers = {Holds(refs): list(found), Matching("InventoryPosition", (("id", (501, 502)),)): POSITIONS}
    return order.context(answers={**answers, ById("InventoryCatalogue", 9): catalogue})


def test_the_units_of_a_hold_are_given_back_and_its_positions_told() -> None:
    promise, *told = run("order.TakeOverHolds", naming("CART-1", HOLD))
    assert promise == Promise(70, {501: -2, 502: -1})
    assert promise.ends_hold
    events = [t for t in told if isinstance(t, SendEvent)]
    assert [(t.name, t.to) for t in events] == [("InventoryHoldChanged", position) for position in POSITIONS]
    assert {t.root.ref for t in events if t.root is not None} == {"DEFAULT:1"}


def test_a_hold_that_has_ended_changes_nothing() -> None:
    assert run("order.TakeOverHolds", naming(["CART-1", "CART-2"])) == []


@pytest.mark.parametrize("value", [None, "", 7, [], [None, ""], {"ref": "CART-1"}])
def test_what_names_no_hold_asks_nothing(value: Any) -> None:
    order = HomeDelivery(("a", 1))
    order.order.attributes = [{"name": "holdRef", "type": "JSON", "value": value}]
    assert run("order.TakeOverHolds", order.context()) == []


def test_what_a_context_gives_back_it_alone_may_promise() -> None:
    batch = _batch()
    promised, owner, other = promised_in(batch), _run(1, 0), _run(2, 0)
    owner.promises = [Promise.taken_over(70, {1: 3})]
    for each in (owner, other):
        promised.looked_at[each].add("BASE")
    assert (promised.left(owner, 1, "BASE", 1), promised.left(other, 1, "BASE", 1)) == (4, 1)
    assert promised.grant(owner, [(1, 2)])
    assert (promised.left(owner, 1, "BASE", 1), promised.left(other, 1, "BASE", 1)) == (2, 1)
    assert promised.grant(owner, [(1, 2)])
    assert (promised.left(owner, 1, "BASE", 1), promised.left(other, 1, "BASE", 1)) == (0, 0)
    assert not promised.grant(owner, [(1, 1)])
    assert not promised.grant(other, [(1, 1)])


def test_who_loses_races_gets_what_was_held_for_it() -> None:
    batch = _batch()
    promised, owner, other = promised_in(batch), _run(1, 0), _run(2, 0)
    owner.promises = [Promise.taken_over(70, {1: 1})]
    for each in (owner, other):
        promised.looked_at[each].add("BASE")
        assert promised.left(each, 1, "BASE", 2) == (3 if each is owner else 2)
    assert promised.grant(other, [(1, 2)])
    assert not promised.grant(owner, [(1, 2)])
    assert promised.left(owner, 1, "BASE", 5) == 1  # however much there seems to be
    assert not promised.only_own(owner)
    assert not promised.grant(owner, [(1, 2)])
    assert promised.only_own(owner)
    assert promised.grant(owner, [(1, 1)])
    assert not promised.only_own(owner)


def test_what_others_have_planned_in_vain_does_not_hide_what_is_given_back() -> None:
    batch = _batch()
    promised, owner, other = promised_in(batch), _run(1, 0), _run(2, 0)
    owner.promises = [Promise.taken_over(70, {1: 1})]
    for each in (owner, other):
        promised.looked_at[each].add("BASE")
    assert promised.left(other, 1, "BASE", 3) == 3
    assert promised.grant(other, [(1, 3)])
    assert promised.left(owner, 1, "BASE", 0) == 1  # another worker's orders were faster
    assert promised.left(other, 1, "BASE", 0) == 0
    assert promised.grant(owner, [(1, 1)])


class _Watched(_Connection):
    """A position under lock; notes which holds end."""

    ended: Any = ()

    async def execute(self, _sql: str, *arguments: Any) -> None:
        """Note the holds."""
        self.ended = arguments[0]


async def _written(on_hand: int, back: int, units: int) -> tuple[bool, Any]:
    """Return whether a run is refused that gives back and promises so many units, and the holds that end."""
    connection: Any = _Watched(on_hand, {})
    made, batch = _run(1, units), _batch()
    made.promises.insert(0, Promise.taken_over(70, {1: back}))
    refused = await StockGuard().refused(connection, [made], batch)
    assert [r.quantity for r in made.ledger] == ([] if refused or not units else [-units])
    return bool(refused), connection.ended


@pytest.mark.parametrize(
    ("on_hand", "back", "units", "refused"),
    [
        (0, 2, 2, False),
        (0, 2, 1, False),
        (0, 2, 3, True),
        (1, 2, 3, False),
        (-1, 2, 2, True),  # the count was lowered meanwhile
        (-1, 2, 1, False),
        (-5, 2, 0, False),  # who promises nothing is refused nothing
    ],
)
async def test_a_write_counts_what_it_gives_back(on_hand: int, back: int, units: int, *, refused: bool) -> None:
    assert await _written(on_hand, back, units) == (refused, () if refused else [70])

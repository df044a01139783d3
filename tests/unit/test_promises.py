"""Keeping promises in the write: given positions under lock, when plans want to be written."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from penstock.answers.promises import StockGuard
from penstock.answers.stock import promised_in
from penstock.orchestration.batch import Batch
from penstock.orchestration.configuration import Configuration
from penstock.orchestration.records import PendingEvent
from penstock.orchestration.run import Run
from penstock.orchestration.write import gather
from penstock.rules import Promise

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POSITION = {"id": 1, "ref": "A:S1:DEFAULT", "catalogue_id": 5, "workflow_ref": "INVENTORY_CATALOGUE::DEFAULT"}


class _Ids:
    def __init__(self) -> None:
        self._next = 100

    async def reserve(self, _count: int) -> None:
        """Have enough, always."""

    def take(self) -> int:
        """Return the next number."""
        self._next += 1
        return self._next


class _Connection:
    def __init__(self, on_hand: int | None, shown: dict[str, int]) -> None:
        lists = {"catalogues": [*shown] or None, "quantities": [*shown.values()] or None}
        self._position = {**POSITION, "workflow_version": 1, "on_hand": on_hand, **lists}

    async def fetch(self, *_: Any) -> list[Any]:
        """Return the position as it stands under the lock."""
        return [self._position]

    async def execute(self, *_: Any) -> None:
        """Do nothing."""


def _batch() -> Batch:
    nothing: Any = None
    ids: Any = _Ids()
    return Batch("ACME", Configuration(1), NOW, ids, nothing, lambda _: None)


def _run(number: int, units: int) -> Run:
    about: dict[str, Any] = {"entity_type": "ORDER", "attributes": {}, "created": NOW, "retailer_id": 1}
    run = Run(number, [PendingEvent(id=uuid.UUID(int=number), lane=number, name="CREATE", **about)])
    run.promises.append(Promise(900 + number, {1: units}))
    return run


async def _refused(runs: list[Run], on_hand: int | None, looked_at: tuple[str, ...] = (), **shown: int) -> list[Run]:
    """Return who is refused, where all have looked at these catalogues, and the position is shown so."""
    connection: Any = _Connection(on_hand, shown)
    batch = _batch()
    for run in runs:
        promised_in(batch).looked_at[run].update(looked_at)
    return await StockGuard().refused(connection, runs, batch)


async def test_whole_plans_are_granted_in_order_of_acceptance() -> None:
    third, first, second = _run(3, 1), _run(1, 2), _run(2, 2)
    assert await _refused([third, first, second], on_hand=3) == [second]
    assert [(row.ref, row.quantity) for row in first.ledger] == [("A:S1:DEFAULT:RESERVED:901", -2)]
    assert [row.quantity for row in third.ledger] == [-1]


async def test_nothing_is_promised_of_what_nobody_has_counted() -> None:
    run = _run(1, 1)
    assert await _refused([run], on_hand=None) == [run]


async def test_what_is_held_back_from_selling_is_not_promised() -> None:
    run = _run(1, 2)
    assert await _refused([run], on_hand=3, BASE=1) == [run]


@pytest.mark.parametrize(
    ("looked_at", "refused"),
    [(("BASE",), True), (("OPEN",), False), (("BASE", "OPEN"), False), (("OTHER",), False), ((), False)],
)
async def test_a_promise_is_held_to_the_catalogue_that_it_was_made_from(
    looked_at: tuple[str, ...], *, refused: bool
) -> None:
    run = _run(1, 2)
    assert await _refused([run], 3, looked_at, BASE=1, OPEN=3) == ([run] if refused else [])


async def test_what_one_catalogue_promises_the_others_have_no_more() -> None:
    runs = [_run(1, 2), _run(2, 2)]
    assert await _refused(runs, 3, ("OPEN",), BASE=1, OPEN=3) == runs[1:]


async def test_a_write_that_is_tried_again_books_each_promise_once() -> None:
    run = _run(1, 2)
    for _ in range(3):  # a deadlock undid the first two
        assert await _refused([run], on_hand=2) == []
    quantities = [row for rows in gather([run]).inserted.values() for row in rows]
    assert [(row.ref, row.quantity) for row in quantities] == [("A:S1:DEFAULT:RESERVED:901", -2)]

"""What the bench tells of the last unit in other systems."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from bench.shops import medusa, program
from bench.shops.measure import Round, row, shop_row

if TYPE_CHECKING:
    from pathlib import Path

WON = Round(told=1, orders=1, units=1, seconds=2.0)


def test_one_winner_each_time_is_told_as_that() -> None:
    assert row("shop", [WON, WON]).figure == "one gets it, each time"


def test_rounds_with_another_number_of_winners_are_counted_with_their_range() -> None:
    rounds = [WON, Round(told=200, orders=200, units=30, seconds=4.0), Round(told=0, orders=0, units=0, seconds=9.0)]

    told = row("shop", rounds)

    assert told.figure == "not exactly one 2 times: 0 to 200 told so, 0 to 30 units promised"
    assert told.limit == "4 s for all answers"


def test_who_is_told_of_a_unit_that_is_not_promised_has_not_got_it() -> None:
    rounds = [Round(told=1, orders=1, units=0, seconds=1.0)]

    assert row("shop", rounds).figure == "not exactly one 1 times: 1 told so, 0 units promised"


def test_orders_that_nobody_was_told_of_are_told() -> None:
    rounds = [Round(told=1, orders=28, units=1, seconds=1.0)]

    assert row("shop", rounds).figure == "one gets it, each time; 28 orders in its database"


async def test_without_node_nothing_is_measured_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "NODE", str(tmp_path / "node"))

    told = await shop_row("Medusa", medusa.PROGRAM, medusa.Medusa.open, "postgresql://nobody@/none", tmp_path)

    assert told.figure == "not measured: no node"
    assert told.passed is None


async def test_that_an_earlier_run_was_ready_says_nothing_of_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def made(_server: str, _name: str) -> None: ...

    monkeypatch.setattr(program, "NODE", sys.executable)
    monkeypatch.setattr(program, "npm_ci", lambda _folder: None)
    monkeypatch.setattr(program, "_make_database", made)
    (tmp_path / "medusa.log").write_text("ready")
    broken = program.Program("medusa", "none", before=(), serve=("-c", "raise SystemExit('no')"), ready="ready")
    with pytest.raises(AssertionError, match="medusa ended: no"):
        async with program.running(broken, "postgresql://nobody@/none?host=/none", tmp_path):
            pass

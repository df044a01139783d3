"""What orders amount to, and why they are served otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from simulationcases import placed, sent

from penstock.simulation.outcome.changed import Sight, changed
from penstock.simulation.outcome.figures import figures, spread
from penstock.simulation.outcome.shapes import Share, Spread
from penstock.simulation.scenario.shapes import Cost


def test_figures_count_what_is_sent_how_far_and_for_how_much() -> None:
    orders = [
        placed("A", sent("DC", 100.0, 2.0, x=3)),
        placed("B", sent("DC", 50.0, 2.0, x=1), sent("S", None, 30.0, y=2), unfilled={"B-3": 4}),
        placed("C", unfilled={"C-1": 1, "C-2": 2}, problem="refused"),
    ]
    found = figures(orders, Cost(per_fulfilment=5, per_km=0.1))
    assert (found.orders, found.fulfilments, found.units, found.units_sent) == (3, 3, 13, 6)
    assert (found.splits, found.mean_splits) == ({"0": 1, "1": 1}, 0.5)
    assert (found.distance, found.distance_by_unit) == (Spread(75.0, 50.0, 100.0), 87.5)
    assert found.cost == 3 * 5 + 150 * 0.1
    assert found.promise == Spread(16.0, 2.0, 30.0), "an order waits for its slowest parcel"
    assert (found.unfilled_orders, found.unfilled_lines, found.unfilled_units, found.problems) == (2, 3, 7, 1)
    assert found.shares == [Share("DC", 2, 4, 0.6667), Share("S", 1, 2, 0.3333)]


def test_figures_of_nothing_are_none() -> None:
    found = figures([placed("A", unfilled={"A-1": 1})], Cost())
    assert (found.splits, found.mean_splits, found.cost, found.shares) == ({}, None, 0, [])
    assert found.distance == found.promise == Spread(None, None, None)


@pytest.mark.parametrize(("count", "p50", "p95"), [(1, 1, 1), (2, 1, 2), (20, 10, 19), (100, 50, 95)])
def test_percentiles_are_values_that_occur(count: int, p50: float, p95: float) -> None:
    found = spread([float(n) for n in range(count, 0, -1)])
    assert (found.p50, found.p95) == (p50, p95)


SAME = placed("O", sent("DC", x=2))
MOVED = placed("O", sent("S", x=2))
BOTH = {"open": frozenset({"DC", "S"}), "networks": {"DC": frozenset({"HD"}), "S": frozenset({"HD"})}}
FULL: dict[str, Any] = {**BOTH, "shown": {"DC": {"x": 5}, "S": {"x": 9}}}


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({"open": frozenset({"S"})}, "DC is closed"),
        ({"networks": {"S": frozenset({"HD"})}}, "DC left HD"),
        ({"shown": {"DC": {"x": 1}, "S": {"x": 9}}}, "DC shows 1 of x, not 5"),
        ({"shown": {"DC": {"x": 3}, "S": {"x": 10}}}, "decided otherwise"),
        ({"open": frozenset({"DC", "S", "T"})}, "decided otherwise"),
        ({}, "decided otherwise"),
    ],
)
def test_an_order_that_moves_says_why(otherwise: dict[str, Any], why: str) -> None:
    (found,) = changed([SAME], [MOVED], [Sight(**FULL)], [Sight(**{**FULL, **otherwise})])
    assert (found.ref, found.before, found.after, found.why) == ("O", "DC[2]", "S[2]", why)


def test_a_place_that_sends_more_says_what_it_has() -> None:
    little, more = [{**FULL, "shown": {"DC": {"x": 5}, "S": {"x": n}}} for n in (1, 2)]
    (found,) = changed([SAME], [MOVED], [Sight(**little)], [Sight(**more)])
    assert found.why == "S shows 2 of x, not 1"


def test_only_orders_that_are_served_otherwise_are_told() -> None:
    twice = placed("O", sent("DC", x=1), sent("DC", x=1))
    short = placed("O", sent("DC", x=2), unfilled={"O-2": 1})
    failed = placed("O", problem="refused: no")
    after = [SAME, twice, short, failed]
    nothing = [Sight()] * len(after)
    found = changed([SAME] * len(after), after, nothing, nothing)
    assert [one.after for one in found] == ["DC[2] + nobody[1]", "nothing"]
    assert found[1].why == "refused: no"

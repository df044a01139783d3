"""Which units of a line can be cancelled, and which go first."""

from __future__ import annotations

import pytest

from penstock.sourcing.cancelling import Line, Planned


def line(wanted: int, *planned: tuple[str, int]) -> Line:
    """Return a line with units planned in fulfilments of these statuses; their items count from 30."""
    return Line(wanted, tuple(Planned(id_, status, units) for id_, (status, units) in enumerate(planned, 30)))


@pytest.mark.parametrize(
    ("given", "units"),
    [
        (line(3), 3),
        (line(3, ("AWAITING_WAVE", 3)), 3),
        (line(3, ("CREATED", 1), ("PROCESSING", 1), ("ESCALATED", 1)), 3),
        (line(3, ("ASSIGNED", 2), ("AWAITING_WAVE", 1)), 1),
        (line(3, ("FULFILLED", 1), ("COMPLETE", 1)), 1),
        (line(3, ("CANCELLED", 3)), 3),
        (line(3, ("EXPIRED", 0), ("ASSIGNED", 3)), 0),
        (line(1, ("ASSIGNED", 2)), 0),
    ],
)
def test_what_nobody_works_on_can_be_cancelled(given: Line, units: int) -> None:
    assert given.cancellable == units


@pytest.mark.parametrize(
    ("given", "units", "reduced"),
    [
        (line(3), 2, {}),
        (line(3, ("AWAITING_WAVE", 3)), 1, {30: 1}),
        (line(5, ("AWAITING_WAVE", 3)), 2, {}),
        (line(5, ("AWAITING_WAVE", 3)), 3, {30: 1}),
        (line(4, ("AWAITING_WAVE", 2), ("PROCESSING", 2)), 3, {31: 2, 30: 1}),
        (line(4, ("AWAITING_WAVE", 2), ("ESCALATED", 1), ("AWAITING_WAVE", 1)), 2, {31: 1, 32: 1}),
        (line(3, ("ASSIGNED", 2), ("AWAITING_WAVE", 1)), 1, {31: 1}),
        (line(2, ("CANCELLED", 2), ("AWAITING_WAVE", 2)), 1, {31: 1}),
    ],
)
def test_uncovered_units_go_first_then_escalated_ones_then_the_youngest_plan(
    given: Line, units: int, reduced: dict[int, int]
) -> None:
    assert given.reductions(units) == reduced

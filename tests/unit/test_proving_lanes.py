"""The judge of the order of effects sees every disorder, and none where there is none."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import pytest
from bench.proving.lanes import ECHO, MARK, PASS, Posted, judge, violations

if TYPE_CHECKING:
    from collections.abc import Mapping

POSTED = [
    Posted(0, MARK, "a", None, 0.0, 1.0),
    Posted(1, ECHO, "a", None, 2.0, 3.0),
    Posted(2, PASS, "a", "b", 2.5, 3.5),  # at the same time as 1
    Posted(3, PASS, "a", "b", 4.0, 5.0),
]


@pytest.mark.parametrize(
    "marks",
    [
        {"a": ["0", "1", "1e", "2", "3"], "b": ["2p", "3p"]},
        {"a": ["0", "2", "1", "1e", "3"], "b": ["2p", "3p"]},
    ],
)
def test_events_at_the_same_time_may_come_either_way(marks: Mapping[str, list[str]]) -> None:
    assert judge(POSTED, marks).clean


@pytest.mark.parametrize(
    ("marks", "missing", "repeated", "misplaced", "disorder"),
    [
        ({"a": ["1", "1e", "0", "2", "3"], "b": ["2p", "3p"]}, 0, 0, 0, 1),
        ({"a": ["0", "1", "1e", "2", "3"], "b": ["3p", "2p"]}, 0, 0, 0, 1),
        ({"a": ["0", "1", "2", "1e", "3"], "b": ["2p", "3p"]}, 0, 0, 1, 0),
        ({"a": ["0", "1", "1e", "2", "3"], "b": ["2p"]}, 1, 0, 0, 0),
        ({"a": ["0", "1", "1e", "2", "2", "3"], "b": ["2p", "3p"]}, 0, 1, 0, 0),
        ({"a": ["0", "1", "1e", "2", "3", "2p"], "b": ["3p"]}, 1, 0, 0, 0),
    ],
)
def test_disorder_is_seen(
    marks: Mapping[str, list[str]], missing: int, repeated: int, misplaced: int, disorder: int
) -> None:
    verdict = judge(POSTED, marks)
    assert astuple(verdict) == (len(POSTED), missing, repeated, misplaced, disorder)
    assert not verdict.clean


def test_one_effect_before_many_that_it_had_to_follow_counts_for_each() -> None:
    first, second, third = (Posted(n, MARK, "a", None, float(2 * n), 2 * n + 1.0) for n in range(3))
    assert violations([third, first, second]) == 2

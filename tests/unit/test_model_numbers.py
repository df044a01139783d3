"""Numbers as clients send them, perhaps as text."""

from __future__ import annotations

import math
from typing import Any

import pytest

from penstock.model.numbers import finite, whole


@pytest.mark.parametrize(("given", "number"), [(7, 7.0), (-2.5, -2.5), ("1.5", 1.5), ("1e3", 1000.0), (0, 0.0)])
def test_figures(given: Any, number: float) -> None:
    assert finite(given) == number


@pytest.mark.parametrize(
    "given", [None, "", "much", True, False, [], {}, math.inf, -math.inf, math.nan, "nan", 10**400]
)
def test_what_is_no_figure(given: Any) -> None:
    assert finite(given) is None


@pytest.mark.parametrize(("given", "number"), [(7, 7), ("7", 7), (7.0, 7), (-1, -1)])
def test_whole_numbers(given: Any, number: int) -> None:
    assert whole(given) == number


@pytest.mark.parametrize("given", [None, "", "7.0", 7.5, True, math.inf, math.nan, []])
def test_what_is_no_whole_number(given: Any) -> None:
    assert whole(given) is None

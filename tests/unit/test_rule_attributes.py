"""Which values attributes of events may have, by their type (spec 13 §8)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from penstock.rules import Attribute, AttributeType


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (AttributeType.FLOAT, [1, -2.5, "60.00"], [None, True, "", "far", "nan", "inf", math.nan, math.inf, [1]]),
        (AttributeType.INTEGER, [1, "7", 7.0], [None, True, 7.5, "many", "inf", math.nan, [1]]),
        (AttributeType.STRING, ["", "a", 7], [None, True, ["a"], {}]),
        (AttributeType.BOOLEAN, [True, "false"], [None, 1, "yes"]),
        (AttributeType.ARRAY, [[], [1]], [None, {}, "a"]),
        (AttributeType.OBJECT, [{}], [None, [], "a"]),
    ],
)
def test_values_that_fit(type_: AttributeType, good: list[Any], bad: list[Any]) -> None:
    attribute = Attribute("x", type_)
    assert [value for value in good if not attribute.fits(value)] == []
    assert [value for value in bad if attribute.fits(value)] == []

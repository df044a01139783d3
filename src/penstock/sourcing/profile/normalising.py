"""Bringing ratings to 0 to 1 over all candidates (spec 22 §10)."""

from __future__ import annotations

import math


def smallest_first(numbers: list[float]) -> list[float]:
    """Return 1 for the smallest, 0 for the largest, in between in proportion; 0 for what is infinite."""
    finite = [number for number in numbers if math.isfinite(number)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = high - low
    return [0.0 if math.isinf(n) else (high - n) / span if span else 1.0 for n in numbers]


def by_place(index: int | None, length: int) -> float:
    """Return 1 for the first of so many places, less for later ones, 0 for none."""
    return 0.0 if index is None else (length - index) / length

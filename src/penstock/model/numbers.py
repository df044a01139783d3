"""Numbers that clients sent, perhaps as text."""

from __future__ import annotations

import math
from typing import Any


def whole(value: Any) -> int | None:
    """Return a value as a whole number; None where it is none."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    fraction = isinstance(value, float) and number != value
    return None if fraction or isinstance(value, bool) else number


def finite(value: Any) -> float | None:
    """Return a value as a number; None where it is none, be it infinite or the word true."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None

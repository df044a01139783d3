"""Numbers that clients sent, perhaps as text."""

from __future__ import annotations

from typing import Any


def whole(value: Any) -> int | None:
    """Return a value as a whole number; None where it is none."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    fraction = isinstance(value, float) and number != value
    return None if fraction or isinstance(value, bool) else number

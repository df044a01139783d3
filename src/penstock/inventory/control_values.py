"""What stands in the values of a control (spec 21 §4.1, §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError, shown
from penstock.model.numbers import whole

if TYPE_CHECKING:
    from penstock.model.rows import Row

CONTROL_VALUE = "CONTROL_VALUE"
PERCENTAGE = "PERCENTAGE_BUFFER"
LARGEST = 1_000_000_000  # units of a buffer, held back or added
_WHOLE = 100  # percent


def value(control: Row) -> int:
    """Return the number of a control; ``InvalidValueError`` names one that has none."""
    return checked(named(control, CONTROL_VALUE), control.type, f"control {control.ref}: {CONTROL_VALUE}")


def checked(given: Any, type_: str, what: str) -> int:
    """Return a number for a control of a type; ``InvalidValueError`` names what cannot be one."""
    number, percent = whole(given), type_ == PERCENTAGE
    low, high = (0, _WHOLE) if percent else (-LARGEST, LARGEST)
    if number is None or not low <= number <= high:
        raise InvalidValueError(f"{what} must be a whole number from {low} to {high}, not {shown(given)}")
    return number


def named(control: Row, name: str) -> Any:
    """Return what a control has under a name among its values; None where it has nothing."""
    return next((v.get("value") for v in control.values or () if isinstance(v, dict) and v.get("name") == name), None)

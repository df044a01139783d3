"""Amounts of money: exact decimals in here, ``AmountType`` where they are stored (spec 33 §5).

Orders keep their prices as floating-point numbers; :func:`exact` takes them as they are written, so that 0.1 is a
tenth. What is stored is rounded to the smallest unit of the currency, halves away from zero.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

AmountType = dict[str, Any]  # {"amount": 49.95, "scale": 2, "unscaledValue": 4995}

ZERO = Decimal(0)
LARGEST = Decimal(10) ** 15  # beyond it, a floating-point number no longer tells all units from each other
MOST_PLACES = 30  # decimal places of an amount; no currency has as many
_LIMIT = 2**31  # of a column of whole numbers
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # enough for any product of what orders hold


def exact(value: object) -> Decimal:
    """Return a price or rate as it is written: 49.95, "49.95", 10.

    ``ValueError`` for what is no finite number, and for one beyond ``LARGEST``.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"{value!r} is no number")  # noqa: TRY004 - callers catch ValueError, and name the field
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is no finite number")
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(f"{value!r} is no number of money: it is beyond {LARGEST}")
    return number


def rounded(value: Decimal, minor_units: int) -> Decimal:
    """Return a value rounded to this many decimal places, halves away from zero: 4.545 is 4.55, -4.545 is -4.55."""
    return value.quantize(Decimal(1).scaleb(-minor_units), context=_WIDE)


def stored(value: Decimal, minor_units: int) -> AmountType:
    """Return a value as ``AmountType``, rounded to the currency's decimal places."""
    found = rounded(value, minor_units)
    return {"amount": float(found), "scale": minor_units, "unscaledValue": int(found.scaleb(minor_units))}


def value_of(amount: object) -> Decimal:
    """Return the value of an ``AmountType``, or of a plain number.

    Clients may leave parts of it out: without ``amount``, unscaled value and scale tell it. ``ValueError`` where
    they do not.
    """
    if not isinstance(amount, dict):
        return exact(amount)
    if amount.get("amount") is not None:
        return exact(amount["amount"])
    scale = exact(amount.get("scale") or 0)
    if scale != int(scale) or not 0 <= scale <= MOST_PLACES:
        raise ValueError(f"scale {scale} is no whole number from 0 to {MOST_PLACES}")
    return exact(amount.get("unscaledValue")).scaleb(-int(scale))


def unscaled(value: Decimal, scale: int) -> int | None:
    """Return an amount without its decimal point, for a column; None where that is too large for one."""
    found = int(rounded(value, scale).scaleb(scale))
    return found if -_LIMIT <= found < _LIMIT else None

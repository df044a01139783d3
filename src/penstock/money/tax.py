"""The tax in a price, or on top of it (spec 33 §5)."""

from __future__ import annotations

from decimal import Decimal

_HUNDRED = Decimal(100)


def tax(price: Decimal, rate: Decimal, *, included: bool) -> Decimal:
    """Return the tax of a price, not rounded. ``rate`` is in percent.

    Where prices include it, it is the part of the price that is tax: 10 of 110 at 10 %; else what comes on top of it:
    11 on 110.
    """
    return price * rate / (_HUNDRED + rate if included else _HUNDRED)

"""What lines cost, and what they add up to (spec 33 §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.money.amounts import ZERO, rounded
from penstock.money.tax import tax

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A price for one, for all, and the tax in or on the latter; in whole smallest units of the currency."""

    unit: Decimal
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The sum of lines: without tax, the tax, and with it."""

    sub_total: Decimal
    tax: Decimal
    total: Decimal


def line(price: Decimal, units: int, rate: Decimal, minor_units: int, *, included: bool) -> Line:
    """Return the line of so many units at a price. ``rate`` is the tax in percent, in the price or on top of it.

    The price is rounded first, then the tax of the whole line, so that amounts of lines always add up.
    """
    unit = rounded(price, minor_units)
    amount = unit * units
    return Line(unit, amount, rounded(tax(amount, rate, included=included), minor_units))


def totals(lines: Iterable[tuple[Decimal, Decimal]], *, included: bool) -> Totals:
    """Return what (amount, tax) of lines add up to; ``included`` says whether the amounts include the tax."""
    amounts, taxes = ZERO, ZERO
    for amount, tax_ in lines:
        amounts, taxes = amounts + amount, taxes + tax_
    sub_total = amounts - taxes if included else amounts
    return Totals(sub_total, taxes, sub_total + taxes)


def line_of_total(total: Decimal, rate: Decimal, minor_units: int, *, included: bool) -> Line:
    """Return the line of one unit that costs this much with its tax, whether prices include that or not."""
    whole = rounded(total, minor_units)
    tax_ = rounded(tax(whole, rate, included=True), minor_units)
    amount = whole if included else whole - tax_
    return Line(amount, amount, tax_)

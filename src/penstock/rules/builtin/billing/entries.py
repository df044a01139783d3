"""The lines of credit memos and invoices before they are rows (spec 33 §8, §9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from penstock.money.amounts import ZERO
from penstock.money.totals import Line, Totals, totals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from penstock.rules.builtin.prices import Counting


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a document. ``links`` are further columns of its row, such as that of the order's line."""

    description: str | None
    units: int
    price: Line
    tax_type: dict[str, Any]
    links: dict[str, Any]


def total(counting: Counting, entries: Iterable[Entry]) -> Decimal:
    """Return what lines add up to, with tax."""
    return sums_of(counting, entries).total


def limited(counting: Counting, entries: Iterable[Entry], most: Decimal) -> list[Entry]:
    """Return the lines as far as they add up to no more than this, with tax; the last one may be for a part."""
    kept = []
    for entry in entries:
        cost, tariff = total(counting, [entry]), entry.tax_type.get("tariff")
        if most > ZERO:
            kept.append(entry if cost <= most else replace(entry, price=counting.line_of_total(most, tariff)))
        most -= cost
    return kept


def sums_of(counting: Counting, entries: Iterable[Entry]) -> Totals:
    """Return what lines add up to: without tax, the tax, and with it."""
    return totals(((e.price.amount, e.price.tax) for e in entries), included=counting.included)

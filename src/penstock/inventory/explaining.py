"""Why so many units can be sold: the arithmetic of stock and of what is shown of it, step by step (spec 20 §2, 21 §3).

The steps of a position add up to what :func:`penstock.inventory.selling.sold` says of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES, counts
from penstock.inventory.selling import ALL, NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from penstock.inventory.selling import Terms

_WORDS = {
    "LAST_ON_HAND": "last count",
    "RESERVED": "reserved",
    "SALE": "sold since the count",
    "CORRECTION": "corrected",
    "DELTA": "changed since the count",
}


class Entry(msgspec.Struct, frozen=True):
    """The rows of a position's ledger of one type and status, added up."""

    type: str
    status: str
    rows: int
    units: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: what adds how many ``units``, and the ``total`` after it; ``rows`` of the ledger that it stands for."""

    what: str
    units: int
    total: int
    rows: int | None = None


def on_hand(entries: Iterable[Entry]) -> list[Step]:
    """Return what the stock on hand is the sum of, in the order in which people think of it."""
    parts: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if counts(entry.type, entry.status, COUNTING_TYPES, COUNTING_STATUSES):
            rows, units = parts.get(entry.type, (0, 0))
            parts[entry.type] = rows + entry.rows, units + entry.units
    steps: list[Step] = []
    for type_ in (t for t in COUNTING_TYPES if t in parts):
        rows, units = parts[type_]
        steps.append(_step(_WORDS.get(type_, type_), units, steps, rows))
    return steps


def beside(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that do not count: history, and what is only expected."""
    return [e for e in entries if not counts(e.type, e.status, COUNTING_TYPES, COUNTING_STATUSES)]


def shown(
    units: int,
    status: str,
    terms: Terms,
    statuses: Collection[str],
    expected: tuple[int, int] | None = None,
    apart: str | None = None,
) -> list[Step]:
    """Return the steps from so many units on hand, of a position in a status, to what is shown of them.

    ``expected`` are units that come in, and the rows of the ledger that say so; ``apart`` is why nothing is shown where
    that is not an exclusion.
    """
    steps = [_step("on hand", units, [])]
    if status not in statuses:
        return [*steps, _step(f"status {status} is none of {', '.join(statuses)}", -units, steps)]
    if terms.share != ALL.share:
        kept = units * terms.share // 100
        what = apart or "an exclusion" if terms == NOTHING else f"{terms.share} % of it, rounded down"
        steps.append(_step(what, kept - units, steps))
    if expected is not None:
        more, rows = expected
        steps.append(_step("expected", more * terms.share // 100, steps, rows))
    if terms.buffer:
        steps.append(_step("buffer", terms.buffer, steps))
    return _floored(steps)


def summed(amounts: Sequence[int], buffer: int, *, excluded: bool) -> list[Step]:
    """Return the steps from what locations show to the sum over all of them."""
    steps = [_step(f"{len(amounts)} locations", sum(amounts), [])]
    if excluded:
        return [*steps, _step("an exclusion", -sum(amounts), steps)]
    if buffer:
        steps.append(_step("master buffer", buffer, steps))
    return _floored(steps)


def _floored(steps: list[Step]) -> list[Step]:
    below = min(0, steps[-1].total)
    return [*steps, _step("never less than 0", -below, steps)] if below else steps


def _step(what: str, units: int, before: Sequence[Step], rows: int | None = None) -> Step:
    return Step(what=what, units=units, total=units + (before[-1].total if before else 0), rows=rows)

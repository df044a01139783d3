"""Does the stock add up? The ledger against the counters and the fulfilments (spec 20 §2, §3)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.demo.report.shapes import Facts, Fulfilment, Position, Quantity

_COUNTING = frozenset({"LAST_ON_HAND", "RESERVED", "SALE", "CORRECTION", "DELTA"})
_LIVE = frozenset({"CREATED", "ACTIVE"})
_STOCK = frozenset({"LAST_ON_HAND", "DELTA"})
_TAKEN = ("RESERVED", "SALE", "CORRECTION")
_RESERVED = frozenset({"CREATED", "PROCESSING", "AWAITING_WAVE", "ASSIGNED"})
_RELEASED = frozenset({"EXPIRED", "CANCELLED", "ESCALATED"})

Key = tuple[str, str]  # position ref, fulfilment id


def faults(facts: Facts) -> list[str]:
    """Return a sentence for everything that does not add up; none when all is well."""
    positions = facts.positions.values()
    return [
        *(fault for position in positions for fault in _of_position(position)),
        *_of_fulfilments(facts),
        *_of_items(facts),
    ]


def _of_position(position: Position) -> Iterator[str]:
    """The ledger adds up to ``onHand``, and no more is promised and sold than there is."""
    counting = [row for row in position.ledger if row.type in _COUNTING and row.status in _LIVE]
    total = sum(row.units for row in counting)
    if total != position.on_hand:
        yield f"position {position.ref}: the ledger adds up to {total}, onHand says {position.on_hand}"
    stock = sum(row.units for row in counting if row.type in _STOCK)
    taken = -sum(row.units for row in counting if row.type in _TAKEN)
    if taken > max(stock, 0):
        yield f"position {position.ref}: {taken} units are promised, sold or missing of {stock}"


def _of_fulfilments(facts: Facts) -> Iterator[str]:
    """Every fulfilment has the ledger rows that its quantities ask for, and there are no others."""
    booked = _booked(facts)
    expected: dict[Key, Counter[str]] = {}
    for fulfilment in facts.fulfilments.values():
        for position, amounts in _expected(fulfilment).items():
            expected[position, fulfilment.id] = amounts
    for key in sorted(booked.keys() | expected.keys()):
        has, wants = booked.get(key, Counter()), expected.get(key, Counter())
        for kind in _TAKEN:
            if has[kind] != wants[kind]:
                place = f"position {key[0]}, fulfilment {key[1]}"
                yield f"{place}: {kind} is {has[kind]} in the ledger, the fulfilment says {wants[kind]}"


def _expected(fulfilment: Fulfilment) -> dict[str, Counter[str]]:
    """Return units by type for each position, for one fulfilment."""
    wanted: dict[str, Counter[str]] = {}
    if fulfilment.unfillable or _released(fulfilment):
        return wanted
    for part in fulfilment.parts:
        amounts = wanted.setdefault(f"{part.product}:{fulfilment.location}:DEFAULT", Counter())
        if fulfilment.status in _RESERVED:
            amounts["RESERVED"] += part.requested
        else:
            amounts["SALE"] += part.filled
            amounts["CORRECTION"] += part.rejected
    return wanted


def _released(fulfilment: Fulfilment) -> bool:
    """Nothing is held for it any more; parcels cancelled after packing were sold, and came back as DELTA."""
    return fulfilment.status in _RELEASED and not any(part.filled for part in fulfilment.parts)


def _booked(facts: Facts) -> dict[Key, Counter[str]]:
    """Return the units taken from each position for each fulfilment, by type."""
    booked: dict[Key, Counter[str]] = {}
    for position in facts.positions.values():
        for row in position.ledger:
            if row.type in _TAKEN and _stands(row):
                key = (position.ref, _fulfilment(row, position))
                booked.setdefault(key, Counter())[row.type] -= row.units
    return booked


def _stands(row: Quantity) -> bool:
    """A reservation stands while it is live; what was sold stays sold when the next count retires the row."""
    return row.type != "RESERVED" or row.status in _LIVE


def _fulfilment(row: Quantity, position: Position) -> str:
    """Return the fulfilment id in a row's ref, ``<position>:<type>:<id>[:<n>]`` (spec 20 §1.2)."""
    return row.ref.removeprefix(f"{position.ref}:{row.type}:").split(":")[0]


def _of_items(facts: Facts) -> Iterator[str]:
    """What fulfilments hold of an order line never exceeds what was ordered."""
    held: Counter[str] = Counter()
    for fulfilment in facts.fulfilments.values():
        if fulfilment.status != "CANCELLED":
            for part in fulfilment.parts:
                held[part.order_item] += part.requested - part.rejected
    for item in facts.items.values():
        if held[item.id] > item.quantity:
            yield f"order item {item.ref}: {held[item.id]} units in fulfilments, {item.quantity} ordered"

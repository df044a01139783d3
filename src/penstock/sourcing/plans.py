"""What could come from where, before there is an order: walking rated locations, and what is missing (spec 21 §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.sourcing.rating import Candidate, Taken, proposal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FULFILLED, PARTIALLY_FULFILLED, REJECTED = "FULFILLED", "PARTIALLY_FULFILLED", "REJECTED"


def walk(candidates: Iterable[Candidate], need: Mapping[str, int]) -> list[tuple[Candidate, list[Taken]]]:
    """Return what each location sends, in their order, until everything is covered.

    Unlike the sourcing of orders it does not rate again after each choice. Locations that add nothing are left out.
    """
    left, picks = dict(need), []
    for candidate in candidates:
        taken = proposal(candidate, left)
        if taken:
            picks.append((candidate, taken))
        for part in taken:
            left[part.product_ref] -= part.requested
    return picks


def missing(need: Mapping[str, int], offers: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the units that offers ``(product ref, units available)`` leave uncovered; none of what is covered."""
    left = dict(need)
    for product, available in offers:
        if product in left:
            left[product] -= available
    return {product: units for product, units in left.items() if units > 0}


def coverage(need: Mapping[str, int], uncovered: Mapping[str, int]) -> str:
    """Return the status of a plan that leaves these units uncovered."""
    if not uncovered:
        return FULFILLED
    return REJECTED if uncovered == need else PARTIALLY_FULFILLED

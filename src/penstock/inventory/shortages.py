"""Who cannot be met where less is there than is promised: counts and deltas may take stock away (spec 20 §10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Claim(NamedTuple):
    """Units of a position that are promised to a fulfilment, and when its order was accepted."""

    accepted_on: datetime
    order_id: int
    fulfilment_id: int
    units: int


def unmet(missing: int, claims: Iterable[Claim]) -> list[tuple[Claim, int]]:
    """Return the claims that lose, with the units that each loses of those that are missing.

    Whose order was accepted last loses first. No claim loses more than it has; what is missing beyond all claims, such
    as units that were sold and then counted as gone, is nobody's loss.
    """
    lost = []
    for claim in sorted(claims, reverse=True):
        units = min(claim.units, missing)
        if units > 0:
            lost.append((claim, units))
            missing -= units
    return lost

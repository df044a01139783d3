"""Prices that no plan can go below: a lower bound of what is left, for the cost of a multiplication."""

from __future__ import annotations

from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.sourcing.cover.task import Offer, Units


def prices(need: Units, offers: Sequence[Offer]) -> Units:
    """Return a price a unit of each thing, such that no offer's units are worth more than it costs.

    Whatever a plan leaves or adds, covering ``left`` costs no less than :func:`worth` of it (the dual of the linear
    program, raised once: first in proportion to costs, then thing by thing, the rarest first).
    """
    useful = [offer for offer in offers if any(offer.units)]
    found = [_share(useful, thing) for thing in range(len(need))]
    slack = [offer.cost - worth(found, offer.units) for offer in useful]
    for thing in sorted(range(len(need)), key=lambda t: sum(offer.units[t] > 0 for offer in useful)):
        raised = min((s // o.units[thing] for s, o in zip(slack, useful, strict=True) if o.units[thing]), default=0)
        found[thing] += raised
        slack = [s - raised * o.units[thing] for s, o in zip(slack, useful, strict=True)]
    return tuple(found)


def _share(offers: Sequence[Offer], thing: int) -> int:
    return min((offer.cost // sum(offer.units) for offer in offers if offer.units[thing]), default=0)


def worth(prices_: Sequence[int], units: Units) -> int:
    """Return what units are worth at these prices."""
    return sum(map(mul, prices_, units))

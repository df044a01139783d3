"""Which location serves a need best: nearness plus coverage (spec 22 §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_AT_THE_DOOR = 0.01  # stands for a smallest distance of zero
_DECIMALS = 4  # ratings that agree so far are a tie


@dataclass(frozen=True, slots=True)
class Weights:
    """How much nearness and coverage count; the two maxima of a rating."""

    proximity: float = 50.0
    quantity: float = 50.0


class Candidate(NamedTuple):
    """A location that may fulfil: its distance in metres, and the units it can sell by product ref."""

    ref: str
    distance: float
    available: Mapping[str, int]


Rated = tuple[Candidate, float]  # and its rating


@dataclass(frozen=True, slots=True)
class Taken:
    """What a proposal takes of a product, and what the location has of it."""

    product_ref: str
    available: int
    requested: int


def nearest(distances: Iterable[float]) -> float:
    """Return the yardstick of nearness: the smallest distance, never zero.

    It looks at every location of the network, also at those that cannot be chosen.
    """
    smallest = min(distances, default=0.0)
    return smallest if smallest > 0 else _AT_THE_DOOR


def rating(candidate: Candidate, need: Mapping[str, int], yardstick: float, weights: Weights) -> float:
    """Return the rating of a location; 0 where it has nothing that is needed."""
    available = candidate.available
    covered = sum([min(available[product], units) for product, units in need.items() if product in available])
    if covered <= 0:
        return 0.0
    share = yardstick / candidate.distance if candidate.distance > 0 else 1.0
    return share * weights.proximity + covered / sum(need.values()) * weights.quantity


def ranked(
    candidates: Iterable[Candidate],
    need: Mapping[str, int],
    yardstick: float,
    weights: Weights,
    *,
    single_location_first: bool = False,
) -> list[Rated]:
    """Return all locations that have something, with their ratings, the best first.

    Ties go to the nearer location, then to the lower ref. With ``single_location_first`` those that cover the
    whole need come before all others.
    """
    pairs = [(c, rating(c, need, yardstick, weights)) for c in candidates]
    rated = sorted((pair for pair in pairs if pair[1] > 0), key=_order)
    return sorted(rated, key=lambda pair: not covers(pair[0], need)) if single_location_first else rated


def _order(pair: Rated) -> tuple[float, float, str]:
    candidate, value = pair
    return -round(value, _DECIMALS), candidate.distance, candidate.ref


def covers(candidate: Candidate, need: Mapping[str, int]) -> bool:
    """Return whether the location has everything that is needed."""
    return all(candidate.available.get(product, 0) >= units for product, units in need.items())


def proposal(candidate: Candidate, need: Mapping[str, int]) -> list[Taken]:
    """Return what the location would send: of every needed product as much as it has, up to the need."""
    offered = ((product, candidate.available.get(product, 0), units) for product, units in need.items())
    return [Taken(product, has, min(has, units)) for product, has, units in offered if min(has, units) > 0]

"""Criteria about how much a location got, and may still get (spec 22 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.sourcing.profile.criteria import AGNOSTIC, EXCLUDED, criterion
from penstock.sourcing.profile.described import NUMBER
from penstock.sourcing.profile.normalising import smallest_first

if TYPE_CHECKING:
    from penstock.sourcing.profile.need import Candidate, Need

ATTRIBUTE = "dailyCapacity"  # of a location: fulfilments a day


@criterion(
    "fc.sourcing.criterion.locationDailyCapacity",
    label="Most free capacity first",
    tags=(AGNOSTIC,),
    params=(NUMBER,),
    read=lambda params: params.number("value"),
    attributes=True,
    daily=True,
)
def location_daily_capacity(candidate: Candidate, _need: Need, default: float) -> float:
    """Return the free share of the location's fulfilments a day; leave out those that have none left."""
    own = candidate.number(ATTRIBUTE)
    capacity = default if own is None else own
    return EXCLUDED if candidate.used >= capacity else (capacity - candidate.used) / capacity


@criterion(
    "fc.sourcing.criterion.locationThroughput",  # ours
    label="Fewest fulfilments today first",
    tags=(AGNOSTIC,),
    normalise=smallest_first,
    daily=True,
)
def location_throughput(candidate: Candidate, _need: Need, _given: object) -> float:
    """Return the number of fulfilments that the location got today."""
    return candidate.used


@criterion(
    "fc.sourcing.criterion.locationOpenFulfilments",  # ours
    label="Fewest open fulfilments first",
    tags=(AGNOSTIC,),
    normalise=smallest_first,
    waiting=True,
)
def location_open_fulfilments(candidate: Candidate, _need: Need, _given: object) -> float:
    """Return the number of the location's fulfilments that are not at their end, whenever it got them."""
    return candidate.waiting

"""Criteria about how much a location got today, and may still get (spec 22 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.sourcing.profile.criteria import AGNOSTIC, EXCLUDED, criterion
from penstock.sourcing.profile.failures import ProfileError
from penstock.sourcing.profile.normalising import smallest_first

if TYPE_CHECKING:
    from penstock.sourcing.profile.need import Candidate, Need

ATTRIBUTE = "dailyCapacity"  # of a location: fulfilments a day


@criterion(
    "fc.sourcing.criterion.locationDailyCapacity",
    label="Most free capacity first",
    tags=(AGNOSTIC,),
    params=("value",),
    read=lambda params: params.number("value"),
    attributes=True,
    daily=True,
)
def location_daily_capacity(candidate: Candidate, _need: Need, default: float) -> float:
    """Return the free share of the location's fulfilments a day; leave out those that have none left."""
    capacity = _own(candidate, default)
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


def _own(candidate: Candidate, default: float) -> float:
    given = candidate.attributes.get(ATTRIBUTE)
    try:
        return default if given is None else float(given)
    except (TypeError, ValueError):
        message = f"location {candidate.ref}: the attribute {ATTRIBUTE} must be a number, not {given!r}"
        raise ProfileError(message) from None

"""Criteria about what a location has of the need (spec 22 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.sourcing.profile.criteria import ATS, EXCLUSION, criterion
from penstock.sourcing.profile.described import NUMBER, NUMBERS
from penstock.sourcing.profile.exclusions import out_if
from penstock.sourcing.profile.normalising import by_place

if TYPE_CHECKING:
    from penstock.sourcing.profile.need import Candidate, Need

_PERCENT = 100
_EXACT = 9  # decimals of a percentage, so that two thirds of 300 are 200


def _percent(candidate: Candidate, need: Need) -> float:
    return round(need.coverage(candidate.available) * _PERCENT, _EXACT)


@criterion("fc.sourcing.criterion.inventoryAvailability", label="Most of the units first", tags=(ATS,))
def inventory_availability(candidate: Candidate, need: Need, _given: object) -> float:
    """Return the share of the needed units that the location has."""
    return need.coverage(candidate.available)


@criterion(
    "fc.sourcing.criterion.inventoryAvailabilityBanded",
    label="Highest band of units first",
    tags=(ATS,),
    params=(NUMBERS,),
    read=lambda params: params.numbers("value"),
)
def inventory_availability_banded(candidate: Candidate, need: Need, bands: tuple[float, ...]) -> float:
    """Return 1 from the highest percentage on, 0 below all of them."""
    percent = _percent(candidate, need)
    return by_place(sum(percent < band for band in bands), len(bands))


@criterion(
    "fc.sourcing.criterion.inventoryAvailabilityExclusion",
    label="None with fewer units than",
    tags=(EXCLUSION, ATS),
    params=(NUMBER,),
    read=lambda params: params.number("value"),
)
def inventory_availability_exclusion(candidate: Candidate, need: Need, least: float) -> float:
    """Leave out locations with less than this percentage of the needed units."""
    return out_if(_percent(candidate, need) < least)


@criterion("fc.sourcing.criterion.orderValue", label="Most of the value first", tags=(ATS,))
def order_value(candidate: Candidate, need: Need, _given: object) -> float:
    """Return the share of the need's value that the location has; all are equal where nothing has a price."""
    whole = need.worth(need.units)
    return need.worth(need.taken(candidate.available)) / whole if whole else 1.0

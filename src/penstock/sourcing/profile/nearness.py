"""Criteria about where a location is, and what it is: distance, networks, type (spec 22 §10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from penstock.sourcing.profile.criteria import AGNOSTIC, criterion
from penstock.sourcing.profile.described import NUMBERS, TEXTS, Param
from penstock.sourcing.profile.normalising import by_place, smallest_first
from penstock.sourcing.profile.params import listed

if TYPE_CHECKING:
    from penstock.sourcing.profile.need import Candidate, Need
    from penstock.sourcing.profile.params import Params

_METRES = {"kilometres": 1_000.0, "miles": 1_609.344}
UNIT = Param("valueUnit", "select", mandatory=False, options=tuple(_METRES))


def metres(params: Params) -> float:
    """Return how many metres the unit ``valueUnit`` has, kilometres where there is none."""
    unit: float = params.one_of("valueUnit", _METRES, "kilometres")
    return unit


@criterion("fc.sourcing.criterion.locationDistance", label="Nearest first", tags=(AGNOSTIC,), normalise=smallest_first)
def location_distance(candidate: Candidate, _need: Need, _given: object) -> float:
    """Return the distance, infinite without coordinates."""
    return math.inf if candidate.distance is None else candidate.distance


def _bands(params: Params) -> list[float]:
    unit = metres(params)
    return sorted(threshold * unit for threshold in params.numbers("value"))


@criterion(
    "fc.sourcing.criterion.locationDistanceBanded",
    label="Nearest band first",
    tags=(AGNOSTIC,),
    params=(NUMBERS, UNIT),
    read=_bands,
)
def location_distance_banded(candidate: Candidate, _need: Need, bands: list[float]) -> float:
    """Return 1 within the nearest band, 0 beyond all of them and without coordinates."""
    if candidate.distance is None:
        return 0.0
    return by_place(sum(candidate.distance > band for band in bands), len(bands))


@criterion(
    "fc.sourcing.criterion.networkPriority",
    label="Networks in this order",
    tags=(AGNOSTIC,),
    params=(TEXTS,),
    read=listed,
    networks=tuple,
)
def network_priority(candidate: Candidate, _need: Need, networks: tuple[str, ...]) -> float:
    """Return 1 for members of the first network, less for those of later ones, 0 for all others."""
    first = next((n for n, network in enumerate(networks) if network in candidate.networks), None)
    return by_place(first, len(networks))


@criterion(
    "fc.sourcing.criterion.locationTypePriority",  # ours
    label="Types in this order",
    tags=(AGNOSTIC,),
    params=(TEXTS,),
    read=listed,
)
def location_type_priority(candidate: Candidate, _need: Need, types: tuple[str, ...]) -> float:
    """Return 1 for locations of the first type, less for those of later ones, 0 for all others."""
    return by_place(types.index(candidate.type) if candidate.type in types else None, len(types))

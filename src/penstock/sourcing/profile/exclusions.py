"""Criteria that leave locations out, whatever they have in stock (spec 22 §10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.sourcing.profile.criteria import AGNOSTIC, EXCLUDED, EXCLUSION, criterion
from penstock.sourcing.profile.described import NUMBER, TEXTS
from penstock.sourcing.profile.nearness import UNIT, metres
from penstock.sourcing.profile.params import listed

if TYPE_CHECKING:
    from penstock.sourcing.profile.need import Candidate, Need

_TAGS = (EXCLUSION, AGNOSTIC)


def out_if(out: object) -> float:
    """Return the rating of an exclusion: ``EXCLUDED``, or the same 1 for all that stay."""
    return EXCLUDED if out else 1.0


@criterion(
    "fc.sourcing.criterion.locationDistanceExclusion",
    label="None farther than",
    tags=_TAGS,
    params=(NUMBER, UNIT),
    read=lambda params: params.number("value") * metres(params),
)
def location_distance_exclusion(candidate: Candidate, _need: Need, farthest: float) -> float:
    """Leave out what is farther, or has no coordinates."""
    return out_if(candidate.distance is None or candidate.distance > farthest)


@criterion(
    "fc.sourcing.criterion.locationTypeExclusion",
    label="None of these types",
    tags=_TAGS,
    params=(TEXTS,),
    read=listed,
)
def location_type_exclusion(candidate: Candidate, _need: Need, types: tuple[str, ...]) -> float:
    """Leave out locations of these types."""
    return out_if(candidate.type in types)


@criterion(
    "fc.sourcing.criterion.locationNetworkExclusion",
    label="None of these networks",
    tags=_TAGS,
    params=(TEXTS,),
    read=listed,
    networks=tuple,
)
def location_network_exclusion(candidate: Candidate, _need: Need, networks: tuple[str, ...]) -> float:
    """Leave out members of any of these networks."""
    return out_if(candidate.networks.intersection(networks))

"""Distances on the globe (spec 22 §2.3)."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EARTH_RADIUS = 6_371_000.0  # metres


def haversine(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in metres between two points given in degrees."""
    north, other_north = radians(latitude), radians(other_latitude)
    half_height = sin((other_north - north) / 2) ** 2
    half_width = sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(half_height + cos(north) * cos(other_north) * half_width))


def by_distance(places: Iterable[Mapping[str, Any]], latitude: float, longitude: float) -> list[dict[str, Any]]:
    """Return places with their ``distance`` (m) from a point, nearest first, then by ``ref``.

    Those without ``latitude`` or ``longitude`` drop out.
    """
    placed = [
        {**place, "distance": haversine(latitude, longitude, place["latitude"], place["longitude"])}
        for place in places
        if place.get("latitude") is not None and place.get("longitude") is not None
    ]
    return sorted(placed, key=lambda place: (place["distance"], place["ref"]))

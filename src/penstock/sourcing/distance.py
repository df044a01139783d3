"""Distances on the globe (spec 22 §2.3)."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS = 6_371_000.0  # metres


def haversine(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in metres between two points given in degrees."""
    north, other_north = radians(latitude), radians(other_latitude)
    half_height = sin((other_north - north) / 2) ** 2
    half_width = sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(half_height + cos(north) * cos(other_north) * half_width))

"""From a postal address to coordinates: a small table of cities that needs no network.

The table is a default for trying things out, as exact as a city is large. Whoever needs houses puts coordinates
into the orders.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

Coordinates = tuple[float, float]  # latitude, longitude in degrees


def locate(country: str | None, postcode: str | None, city: str | None) -> Coordinates | None:
    """Return the coordinates of a city, found by name or by the area of its postcode; None when unknown.

    ``country`` is a name or a two-letter code, in any case.
    """
    by_city, by_area = _tables()
    place = (country or "").strip().lower()
    found = by_city.get((place, (city or "").strip().lower()))
    return found or by_area.get((place, _area(postcode)))


def _area(postcode: str | None) -> str:
    """Return the part of a postcode that names the town: its letters, or its first two digits."""
    text = (postcode or "").strip().upper()
    match = re.match(r"[A-Z]+|\d{2}", text)
    return match[0] if match else ""


@cache
def _tables() -> tuple[dict[tuple[str, str], Coordinates], dict[tuple[str, str], Coordinates]]:
    by_city: dict[tuple[str, str], Coordinates] = {}
    by_area: dict[tuple[str, str], Coordinates] = {}
    text = (files(__name__) / "cities.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        coordinates = float(row["latitude"]), float(row["longitude"])
        for country in (row["country"].lower(), row["code"].lower()):
            by_city[country, row["city"].lower()] = coordinates
            by_area.setdefault((country, _area(row["postcode"])), coordinates)
    return by_city, by_area

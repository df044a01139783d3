"""What is asked of the store locator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.api.rest.values import identifier, whole
from penstock.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

PAGE, LARGEST_PAGE, LAST_START = 100, 10_000, 100_000
_NORTH, _EAST = 90.0, 180.0
CORNERS = ("northEastLat", "northEastLon", "southWestLat", "southWestLon")


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map in degrees; it may reach over the date line."""

    north: float
    east: float
    south: float
    west: float


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, each None or empty where it is not given; ``radius`` in kilometres around ``near``."""

    retailer: int | None
    networks: list[str]
    network_types: list[str]
    statuses: list[str]
    box: Box | None
    text: str
    near: tuple[float, float] | None
    radius: float | None
    open_now: bool
    start: int
    count: int


def asked(given: QueryParams) -> Asked:
    """Return the filters; ``InvalidValueError`` names what cannot be one."""
    start, count = whole("start", given.get("start") or "0"), whole("count", given.get("count") or str(PAGE))
    if start > LAST_START:
        raise InvalidValueError(f"start is {start}; begin at {LAST_START} at most, and narrow the search.")
    if not 1 <= count <= LARGEST_PAGE:
        raise InvalidValueError(f"count is {count}; give a number from 1 to {LARGEST_PAGE}.")
    retailer = given.get("retailerId")
    near = _near(given)
    radius = _number(given, "radius", 0.0, 20_040.0)
    if radius is not None and near is None:
        raise InvalidValueError("radius is given without a point; give latitude and longitude as well.")
    return Asked(
        identifier("retailerId", retailer) if retailer else None,
        _texts(given, "agentNetwork"),
        _texts(given, "agentNetworkTypes"),
        _texts(given, "agentStatuses"),
        _box(given),
        given.get("query") or "",
        near,
        radius,
        _flag(given, "openNow"),
        start,
        count,
    )


def _box(given: QueryParams) -> Box | None:
    north, east, south, west = (
        _number(given, name, *((-_NORTH, _NORTH) if name.endswith("Lat") else (-_EAST, _EAST))) for name in CORNERS
    )
    if north is None and east is None and south is None and west is None:
        return None
    if north is None or east is None or south is None or west is None:
        missing = [name for name in CORNERS if not given.get(name)]
        raise InvalidValueError(f"{', '.join(missing)} is missing; a box needs all of {', '.join(CORNERS)}.")
    if south > north:
        raise InvalidValueError(f"southWestLat {south} is north of northEastLat {north}; swap them.")
    return Box(north, east, south, west)


def _near(given: QueryParams) -> tuple[float, float] | None:
    latitude = _number(given, "latitude", -_NORTH, _NORTH)
    longitude = _number(given, "longitude", -_EAST, _EAST)
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise InvalidValueError(f"{missing} is missing; a point needs latitude and longitude.")
    return None if latitude is None or longitude is None else (latitude, longitude)


def _number(given: QueryParams, name: str, low: float, high: float) -> float | None:
    text = given.get(name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = high + 1
    if not low <= number <= high:  # which no NaN is, either
        raise InvalidValueError(f"{name} is {shown(text)}; give a number from {low:g} to {high:g}.")
    return number


def _flag(given: QueryParams, name: str) -> bool:
    text = (given.get(name) or "false").lower()
    if text not in {"true", "false"}:
        raise InvalidValueError(f"{name} is {shown(text)}; give true or false.")
    return text == "true"


def _texts(given: QueryParams, name: str) -> list[str]:
    return [part for text in given.getlist(name) for part in text.split(",") if part]

"""Locations as the store locator shows them."""

from __future__ import annotations

from penstock.api.rest.shape import Shape


class LocationAddress(Shape, kw_only=True):
    """Where a location is; coordinates in degrees."""

    company_name: str | None
    name: str | None
    street: str | None
    city: str | None
    state: str | None
    postcode: str | None
    region: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    time_zone: str | None


class LocationNetwork(Shape):
    """A network that a location is a member of."""

    ref: str
    type: str | None
    status: str | None


class FoundLocation(Shape, kw_only=True):
    """A location; ``distance`` in kilometres from the point asked about, ``openNow`` by its hours and days off."""

    location_id: str
    location_ref: str
    name: str | None
    type: str | None
    status: str | None
    retailer_id: str
    support_phone_number: str | None
    address: LocationAddress
    opening_hours: dict[str, int | bool] | None
    networks: list[LocationNetwork]
    open_now: bool | None
    distance: float | None


class LocationPage(Shape):
    """A page of the locations that match, ``total`` of them."""

    start: int
    count: int
    total: int
    results: list[FoundLocation]

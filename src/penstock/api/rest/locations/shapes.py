"""Locations as the store locator shows them."""

# ruff: noqa: N815 - the members are spelt as on the wire

from __future__ import annotations

import msgspec


class LocationAddress(msgspec.Struct, kw_only=True):
    """Where a location is; coordinates in degrees."""

    companyName: str | None
    name: str | None
    street: str | None
    city: str | None
    state: str | None
    postcode: str | None
    region: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    timeZone: str | None


class LocationNetwork(msgspec.Struct):
    """A network that a location is a member of."""

    ref: str
    type: str | None
    status: str | None


class FoundLocation(msgspec.Struct, kw_only=True):
    """A location; ``distance`` in kilometres from the point asked about, ``openNow`` by its hours and days off."""

    locationId: str
    locationRef: str
    name: str | None
    type: str | None
    status: str | None
    retailerId: str
    supportPhoneNumber: str | None
    address: LocationAddress
    openingHours: dict[str, int | bool] | None
    networks: list[LocationNetwork]
    openNow: bool | None
    distance: float | None


class LocationPage(msgspec.Struct):
    """A page of the locations that match, ``total`` of them."""

    start: int
    count: int
    total: int
    results: list[FoundLocation]

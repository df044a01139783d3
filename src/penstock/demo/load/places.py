"""The distribution centre and the stores, as locations in the network for home delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.demo.load.until import until

if TYPE_CHECKING:
    from penstock.demo.client import Api
    from penstock.demo.client.api import Node
    from penstock.demo.plan import Plan
    from penstock.demo.plan.shapes import Address, Location

_EXISTS = "C0123E"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PLACES = """query ($refs: [String], $after: String) {
  locations(ref: $refs, first: 200, after: $after) {
    edges { node { ref status } cursor } pageInfo { hasNextPage } } }"""


async def bring_locations(api: Api, plan: Plan, network: str) -> None:
    """Create the locations that are missing and wait until all are active."""
    refs = [location.ref for location in plan.locations]
    there = {node["ref"] for node in await api.nodes(_PLACES, "locations", refs=refs)}
    missing = [location for location in plan.locations if location.ref not in there]
    if missing:
        inputs = [_location(location, api.retailer, network) for location in missing]
        await api.create("createLocation", inputs, _EXISTS)

    async def active() -> bool:
        found = await api.nodes(_PLACES, "locations", refs=refs)
        return len([node for node in found if node["status"] == "ACTIVE"]) == len(refs)

    await until(active, "some locations are not ACTIVE")


def _location(location: Location, retailer: str, network: str) -> Node:
    """Return the input; the address has the location's ref, by which fulfilments know it (spec 30 §2.4)."""
    return {
        "ref": location.ref,
        "type": location.type,
        "name": location.name,
        "retailer": {"id": retailer},
        "primaryAddress": {"ref": location.ref, **address_fields(location.address)},
        "openingSchedule": _schedule(location),
        "networks": [{"id": network}],
    }


def _schedule(location: Location) -> Node:
    """Return the opening hours, HHMM; 0 and 0 means closed (spec 30)."""
    schedule: Node = {"allHours": False}
    for day, (opens, closes) in zip(_DAYS, location.hours, strict=True):
        schedule |= {f"{day}Start": opens, f"{day}End": closes}
    return schedule


def address_fields(address: Address) -> Node:
    """Return what the address inputs of stores and customers have in common."""
    return {
        "name": address.name,
        "street": address.street,
        "city": address.city.name,
        "postcode": address.city.postcode,
        "country": address.city.code,
        "latitude": address.latitude,
        "longitude": address.longitude,
        "timeZone": address.city.time_zone,
    }

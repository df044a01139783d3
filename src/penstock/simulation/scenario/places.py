"""Locations that open and close, and networks that they join and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError

if TYPE_CHECKING:
    from penstock.simulation.scenario.shapes import LocationChange, NetworkChange
    from penstock.simulation.scenario.site import Site

_NETWORK = "SELECT id FROM network WHERE ref = $1"
_POSITIONS = """
SELECT p.id FROM inventory_position p JOIN inventory_catalogue c ON c.id = p.catalogue_id
WHERE $1 = ANY(c.retailer_refs) AND p.location_ref = ANY($2::text[]) ORDER BY p.id"""


async def change_location(site: Site, change: LocationChange) -> None:
    """Set a location's status, and tell its stock; ``InvalidValueError`` where there is no such location."""
    id_ = await site.location(change.ref, "ref")
    await site.house.mutate("updateLocation", {"id": id_, "status": change.status})
    await _look_again(site, [change.ref])


async def change_network(site: Site, change: NetworkChange) -> None:
    """Let locations join and leave a network; ``InvalidValueError`` where one of them does not exist."""
    network = await site.house.database.fetchval(_NETWORK, change.ref)
    if network is None:
        raise InvalidValueError(f"ref is {change.ref!r}, and there is no such network")
    joining = [{"id": await site.location(ref, "add")} for ref in change.add]
    leaving = [{"id": await site.location(ref, "remove")} for ref in change.remove]
    if joining:
        await site.house.mutate("updateNetwork", {"id": network, "locations": joining})
    if leaving:
        given = {"network": {"id": network}, "locations": leaving}
        await site.house.mutate("removeLocationsFromNetwork", given)
    await _look_again(site, [*change.add, *change.remove])


async def _look_again(site: Site, locations: list[str]) -> None:
    found = await site.house.database.fetch(_POSITIONS, site.ref, locations)
    await site.look_again([r["id"] for r in found])

"""Locations that open and close, and networks that they join and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError
from penstock.model.serving import serving

if TYPE_CHECKING:
    from penstock.simulation.scenario.shapes import LocationChange, NetworkChange
    from penstock.simulation.scenario.site import Site

_NETWORK = "SELECT id FROM network WHERE ref = $1"
_POSITIONS = f"""
SELECT p.id FROM inventory_position p JOIN inventory_catalogue c ON c.id = p.catalogue_id
WHERE {serving("c.retailer_refs", "$1")} AND p.location_ref = $2 ORDER BY p.id"""


async def change_location(site: Site, change: LocationChange) -> None:
    """Set a location's status, and tell its stock; ``InvalidValueError`` where there is no such location."""
    id_ = await site.location(change.ref, "ref")
    await site.house.mutate("updateLocation", {"id": id_, "status": change.status})
    found = await site.house.database.fetch(_POSITIONS, site.ref, change.ref)
    await site.look_again([r["id"] for r in found])


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

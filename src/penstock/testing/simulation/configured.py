"""The configuration of a simulation: workflows and settings as given, the rest from its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.model.registry import MODEL
from penstock.orchestration.configuration import OFFLINE, Configuration
from penstock.orchestration.workflow import Workflow, Workflows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.testing.simulation.memory import Memory

_CATALOGUES = ("ProductCatalogue", "InventoryCatalogue", "VirtualCatalogue")


class Given:
    """Workflows and settings of one retailer."""

    def __init__(self, documents: Sequence[dict[str, Any]], settings: Mapping[str, Any], retailer_id: int) -> None:
        self.workflows = Workflows([Workflow(d) for d in documents], [retailer_id] * len(documents))
        self.settings = {(name, "ACCOUNT", 0): value for name, value in settings.items()}
        self.retailer_id = retailer_id

    def configuration(self, memory: Memory) -> Configuration:
        """Return what the engine would have read."""
        found = Configuration(1)
        found.workflows, found.settings = self.workflows, self.settings
        found.retailers = {self.retailer_id: str(self.retailer_id)}
        found.catalogues = {name: memory.all(MODEL.entity(name).table) for name in _CATALOGUES}
        places = memory.all("location")
        found.location_of_address = {p.primary_address_id: p for p in places}
        for network in memory.all("network"):
            joined = {
                b if a == network.id else a for a, b in memory.joins.get("network_location", ()) if network.id in (a, b)
            }
            members = [p for p in places if p.id in joined]
            found.networks[network.ref] = [_member(memory, p) for p in sorted(members, key=lambda p: str(p.ref))]
            found.network_ids[network.ref] = network.id
            if network.status == OFFLINE:
                found.offline.add(network.id)
            for place in members:
                found.location_networks.setdefault(place.ref, set()).add(network.id)
        return found


def _member(memory: Memory, place: Any) -> dict[str, Any]:
    address = memory.get("address", place.primary_address_id)
    return {
        "id": str(place.id),
        "ref": place.ref,
        "type": place.type,
        "status": place.status,
        "latitude": getattr(address, "latitude", None),
        "longitude": getattr(address, "longitude", None),
        "addressId": str(place.primary_address_id),
    }

"""What an order finds when it comes: open locations, their networks, and what they show of its products."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from penstock.model.serving import serving
from penstock.simulation.outcome.changed import Sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.simulation.scenario.site import Site

_OPEN = "SELECT ref FROM location WHERE status = 'ACTIVE' AND (retailer_id = $1 OR retailer_id IS NULL)"
_MEMBERS = """
SELECT l.ref, n.ref AS network FROM network_location j JOIN network n ON n.id = j.network_id
JOIN location l ON l.id = j.location_id WHERE l.retailer_id = $1 OR l.retailer_id IS NULL"""
# What can be sold, as sourcing reads it; of several BASE catalogues the one that shows most.
_SHOWN = f"""
SELECT p.location_ref, p.product_ref, max(least(v.quantity, p.on_hand)) AS units
FROM virtual_position v JOIN inventory_position p ON p.id = v.position_id
JOIN virtual_catalogue c ON c.id = v.catalogue_id
WHERE v.product_ref = ANY($1::text[]) AND {serving("c.retailer_refs", "$2")} AND c.type = 'BASE'
  AND v.quantity > 0 AND v.status <> 'INACTIVE' AND p.on_hand > 0
GROUP BY p.location_ref, p.product_ref"""


async def places(site: Site) -> Sight:
    """Return which locations are open, and in which networks; nothing of their stock."""
    database, networks = site.house.database, defaultdict(set)
    for record in await database.fetch(_MEMBERS, site.retailer):
        networks[record["ref"]].add(record["network"])
    open_ = frozenset(r["ref"] for r in await database.fetch(_OPEN, site.retailer))
    return Sight(open_, {ref: frozenset(own) for ref, own in networks.items()})


async def sight(site: Site, whole: Sight, products: Sequence[str]) -> Sight:
    """Return the same with what locations show of these products."""
    shown: dict[str, dict[str, int]] = defaultdict(dict)
    for record in await site.house.database.fetch(_SHOWN, list(products), site.ref):
        shown[record["location_ref"]][record["product_ref"]] = record["units"]
    return Sight(whole.open, whole.networks, dict(shown))

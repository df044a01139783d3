"""Set forms of the rules by which positions come to count for sale and tell of their changes (spec 20 §5)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.inventory.notification import follows
from penstock.rules.questions import CataloguesOfNetworks, CataloguesOfRetailer
from penstock.rules.sets import ActiveRefs, ForwardAll, Members, Same, SetAction, set_form

if TYPE_CHECKING:
    from penstock.model.rows import Row


@set_form("globalinventory.LoadProductAndLocationStatus")
async def load_product_and_location_status(members: Members) -> list[SetAction]:
    """Look all products and locations up; what does not exist is not active."""
    catalogues = await members.ask(CataloguesOfRetailer("ProductCatalogue"))
    rows = members.entities
    products = await _active(members, "Product", {rows[n].product_ref for n in members.numbers}, catalogues)
    places = {rows[n].location_ref for n in members.numbers}
    locations = await members.ask(ActiveRefs("Location", sorted(places), [members.retailer_id]))
    active = {n for n in members.numbers if rows[n].product_ref in products and rows[n].location_ref in locations}
    return [
        ForwardAll(members.prop("activeEventName"), sorted(active)),
        ForwardAll(members.prop("inactiveEventName"), [n for n in members.numbers if n not in active]),
    ]


async def _active(members: Members, entity: str, refs: set[str], parents: list[Row]) -> set[str]:
    if not parents:
        return set()
    found: set[str] = await members.ask(ActiveRefs(entity, sorted(refs), [parent.id for parent in parents]))
    return found


@set_form("globalinventory.NotifyVirtualCataloguesOnNetworksMatch")
async def notify_virtual_catalogues_on_networks_match(members: Members) -> list[SetAction]:
    """Send to each catalogue what its networks hold; the networks of a location are looked up once."""
    by_place: dict[str, list[int]] = defaultdict(list)
    for n in members.numbers:
        by_place[members.entities[n].location_ref].append(n)
    told: dict[int, tuple[Row, list[int]]] = {}
    for place, numbers in by_place.items():
        for catalogue in await members.ask(CataloguesOfNetworks(members.root.ref, place)):
            if not (members.prop("unlessFollowing") and follows(catalogue)):
                told.setdefault(catalogue.id, (catalogue, []))[1].extend(numbers)
    adds = _about(members)
    name = members.prop("eventName")
    return [
        ForwardAll(name, sorted(numbers), to=Same(catalogue), root=catalogue, adds=adds, keeps=False)
        for catalogue, numbers in told.values()
    ]


def _about(members: Members) -> dict[str, Any]:
    columns = {"productRef": "product_ref", "locationRef": "location_ref", "inventoryPositionRef": "ref"}
    found = {}
    for attribute, column in columns.items():
        found[attribute] = values = members.blank()
        for n in members.numbers:
            values[n] = getattr(members.entities[n], column)
    return found

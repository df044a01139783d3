"""Set forms of the rules by which positions come to count for sale and tell of their changes (spec 20 §5)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.rules.builtin.inventory.notification import follows
from penstock.rules.questions import CataloguesOfNetworks, CataloguesOfRetailer
from penstock.rules.sets import (
    ActiveRefs,
    ForwardAll,
    Members,
    PostponeAll,
    RowsWhere,
    Same,
    SetAction,
    leave,
    set_form,
)

if TYPE_CHECKING:
    from penstock.model.rows import Row


@set_form("globalinventory.LoadProductAndLocationStatus")
async def load_product_and_location_status(members: Members) -> list[SetAction]:
    """Look all products and locations up; what does not exist is not active.

    Where the set makes the positions itself, those without product or location wait until others can see them: who
    creates a product meanwhile must find them, and there is no row that both could lock (ADR 11).
    """
    catalogues = await members.ask(CataloguesOfRetailer("ProductCatalogue"))
    rows = members.entities
    products = await _known(members, "Product", {rows[n].product_ref for n in members.numbers}, catalogues)
    places = sorted({rows[n].location_ref for n in members.numbers})
    locations = await members.ask(ActiveRefs("Location", places, [members.retailer_id]))
    pairs = {n: (products.get(rows[n].product_ref), locations.get(rows[n].location_ref)) for n in members.numbers}
    later = [n for n, pair in pairs.items() if None in pair and members.made(rows[n])]
    active = [n for n, pair in pairs.items() if all(pair)]
    others = set(members.numbers) - set(active) - set(later)
    return [
        PostponeAll(later),
        ForwardAll(members.prop("activeEventName"), active),
        ForwardAll(members.prop("inactiveEventName"), sorted(others)),
    ]


async def _known(members: Members, entity: str, refs: set[str], parents: list[Row]) -> dict[str, bool]:
    if not parents:
        return {}
    found: dict[str, bool] = await members.ask(ActiveRefs(entity, sorted(refs), [parent.id for parent in parents]))
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


@set_form("globalinventory.SendEventForInventoryPosition")
async def send_event_for_inventory_position(members: Members) -> list[SetAction]:
    """Send to the positions of the quantities; the rule itself tells of one that has none."""
    rows, positions = members.entities, members.blank()
    wanted = {rows[n].position_id for n in members.numbers}
    found = {p.id: p for p in await members.ask(RowsWhere("InventoryPosition", (("id", sorted(wanted)),)))}
    for n in members.numbers:
        positions[n] = found.get(rows[n].position_id)
    leave((n for n in members.numbers if positions[n] is None), "the position does not exist")
    return [ForwardAll(members.prop("eventName"), members.numbers, to=positions, root=members.root)]


def _about(members: Members) -> dict[str, Any]:
    columns = {"productRef": "product_ref", "locationRef": "location_ref", "inventoryPositionRef": "ref"}
    found = {}
    for attribute, column in columns.items():
        found[attribute] = values = members.blank()
        for n in members.numbers:
            values[n] = getattr(members.entities[n], column)
    return found

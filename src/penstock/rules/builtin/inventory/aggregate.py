"""What can be sold of a product over a whole network (spec 21 §3)."""

from __future__ import annotations

from typing import Any

from penstock.inventory.selling import sold, total
from penstock.model.numbers import whole
from penstock.rules import Context, Create, Creates, Prop, RuleError, Update, rule
from penstock.rules.builtin.inventory.catalogues import catalogue_of, inventory_catalogue
from penstock.rules.builtin.inventory.controls import ASKS, UNUSABLE, controls_over
from penstock.rules.builtin.inventory.virtual_position import POSITION, SHOWN, changed, new_position
from penstock.rules.questions import ById, Matching, NetworkLocations

Row = Any

_STATUSES = Prop(
    "statuses",
    "statuses of inventory positions that count",
    multiple=True,
    default=["ACTIVE"],
    status_of="INVENTORY_POSITION",
)
_ASKS = (ById, NetworkLocations, *ASKS)
_MISSING = {404: "there is no such inventory catalogue or network"}


@rule(
    "globalinventory.CreateAggregateVirtualPosition",
    "Create the virtual position of the product over the network",
    _STATUSES,
    accepts=["VIRTUAL_CATALOGUE"],
    attributes=SHOWN,
    creates=Creates("VirtualPosition"),
    asks=_ASKS,
    fails=_MISSING | UNUSABLE,
)
async def create_aggregate_virtual_position(context: Context) -> list[Create]:
    """Create it with the sum over the network's locations; nothing while no position of the product counts."""
    product = context.attribute("virtualPositionProductRef")
    positions = await _positions(context, context.entity, product)
    if not positions:
        return []
    quantity = await _total(context, context.entity, product, positions)
    return [new_position(context, "AGGREGATE", quantity=quantity)]


@rule(
    "globalinventory.UpdateAggregateVirtualPosition",
    "Compute the sum over the network anew",
    _STATUSES,
    accepts=POSITION,
    asks=_ASKS,
    reads=["VirtualCatalogue"],
    fails={404: f"{_MISSING[404]}, or the position has no catalogue"} | UNUSABLE,
)
async def update_aggregate_virtual_position(context: Context) -> list[Update]:
    """Set the quantity to the sum over the network's locations, from scratch; nothing where it is right."""
    catalogue, product = await catalogue_of(context), context.entity.product_ref
    positions = await _positions(context, catalogue, product)
    return changed(context.entity, quantity=await _total(context, catalogue, product, positions))


async def _positions(context: Context, catalogue: Row, product: str) -> list[Row]:
    """Return the inventory positions that count: of the product, in the statuses, at locations of the first network."""
    inventory = await inventory_catalogue(context, catalogue.inventory_catalogue_ref)
    where = (("catalogue_id", (inventory.id,)), ("product_ref", (product,)))
    locations, found = await _locations(context, catalogue), await context.ask(Matching("InventoryPosition", where))
    statuses = context.prop("statuses")
    return [p for p in found if p.status in statuses and p.location_ref in locations]


async def _locations(context: Context, catalogue: Row) -> set[str]:
    """Return the refs of the locations of the catalogue's first network; none where it has no network."""
    if not catalogue.network_ids:
        return set()
    id_ = whole(catalogue.network_ids[0])
    network = None if id_ is None else await context.ask(ById("Network", id_))
    if network is None:
        raise RuleError(f"virtual catalogue {catalogue.ref}: there is no network {catalogue.network_ids[0]}", 404)
    return {location["ref"] for location in await context.ask(NetworkLocations(network.ref)) or ()}


async def _total(context: Context, catalogue: Row, product: str, positions: list[Row]) -> int:
    """Return the sum of what each location shows, with the buffer over all of them; 0 for what is excluded."""
    found = await controls_over(context, catalogue, product, [p.location_ref for p in positions])
    if found.excluded:
        return 0
    statuses = context.prop("statuses")
    return total([sold(p, found.terms(p.location_ref), statuses) for p in positions], found.master_buffer)

"""Set forms of the rules that compute what can be sold (spec 21 §3)."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from penstock.inventory.selling import LARGEST, NOTHING, sold, statuses_column, total
from penstock.model.numbers import whole
from penstock.rules import RuleError
from penstock.rules.builtin.inventory.virtual_position import changed_values, reached
from penstock.rules.builtin.sets.controls import controls_over
from penstock.rules.builtin.sets.virtual_catalogue import inventory_catalogue_of, positions_behind
from penstock.rules.questions import CataloguesOfNetworks, NetworkLocations
from penstock.rules.sets import (
    Column,
    CreateAll,
    LeaveError,
    Members,
    RowsWhere,
    Same,
    SetAction,
    Totals,
    UpdateAll,
    leave,
    set_form,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from penstock.model.rows import Row

_KEPT = ("share", "buffer", "statuses", "quantity")
_kept = attrgetter(*_KEPT)
_SHOWN = ("virtualPositionRef", "virtualPositionProductRef", "virtualPositionGroupRef")


@set_form("globalinventory.CreateBaseVirtualPosition")
async def create_base_virtual_position(members: Members) -> list[SetAction]:
    """Create them with what can be sold now."""
    positions = await positions_behind(members)
    leave((n for n in members.numbers if positions[n] is None), "there is no inventory position")
    _, products, groups = (members.column(name) for name in _SHOWN)
    columns: dict[str, Column] = {name: members.blank() for name in ("position_id", *_KEPT)}
    for n, values in await _shown(members, products, groups, positions):
        for column, value in zip(columns.values(), (positions[n].id, *values), strict=True):
            column[n] = value
    return await _created(members, members.numbers, "BASE", columns)


@set_form("globalinventory.UpdateBaseVirtualPosition")
async def update_base_virtual_position(members: Members) -> list[SetAction]:
    """Set the quantities from the inventory positions and the controls, from scratch; nothing where they are right."""
    rows = members.entities
    leave((n for n in members.numbers if rows[n].position_id is None), "no inventory position is known")
    ids = [rows[n].position_id for n in members.numbers]
    known = {row.id: row for row in await members.ask(RowsWhere("InventoryPosition", (("id", ids),)))}
    products, groups, positions = members.blank(), members.blank(), members.blank()
    for n in members.numbers:
        products[n], groups[n], positions[n] = rows[n].product_ref, rows[n].group_ref, known.get(rows[n].position_id)
    shown = await _shown(members, products, groups, positions)
    wrong = ((n, rows[n], dict(zip(_KEPT, values, strict=True))) for n, values in shown if _kept(rows[n]) != values)
    return [UpdateAll([(n, row, changed_values(row, values)) for n, row, values in wrong])]


async def _shown(
    members: Members, products: Column, groups: Column, positions: Column
) -> list[tuple[int, tuple[Any, ...]]]:
    """Return what virtual positions keep: what they are sold on, and how much of it there is."""
    places: dict[str, list[str]] = defaultdict(list)
    for n in members.numbers:
        places[products[n]].append(groups[n])
    controls = await controls_over(members, places)
    root, statuses = members.root, members.prop("statuses")
    kept = statuses_column(statuses)
    near = {
        group: reached(root, await members.ask(CataloguesOfNetworks(root.inventory_catalogue_ref, group)))
        for group in {groups[n] for n in members.numbers}
    }
    found: list[tuple[int, tuple[Any, ...]]] = []
    same = share = buffer = None
    for n in members.numbers:
        terms, position = controls.terms(n, products[n], groups[n]), positions[n]
        terms = terms if near[groups[n]] else NOTHING
        if terms is not same:  # most are
            same, columns = terms, terms.columns()
            share, buffer = columns["share"], columns["buffer"]
        found.append((n, (share, buffer, kept, sold(position, terms, statuses))))
    return found


async def _created(members: Members, numbers: Sequence[int], type_: str, columns: dict[str, Column]) -> list[SetAction]:
    if not numbers:
        return []
    refs, products, groups = (members.column(name) for name in _SHOWN)
    given, types = members.column("virtualPositionType"), members.blank()
    for n in numbers:
        types[n] = given[n] or type_
    about = {"ref": refs, "product_ref": products, "group_ref": groups, "type": types}
    values = {**about, "catalogue_id": Same(members.root.id), **columns}
    return [CreateAll(numbers, await members.new("VirtualPosition", numbers, values))]


@set_form("globalinventory.CreateAggregateVirtualPosition")
async def create_aggregate_virtual_position(members: Members) -> list[SetAction]:
    """Create them with the sums over the network's locations; those of which no position counts are not."""
    products, quantities = members.column("virtualPositionProductRef"), members.blank()
    sums, counted = await _sums(members, products)
    going = [n for n in members.numbers if products[n] in counted]
    for n in going:
        quantities[n] = sums[products[n]]
    return await _created(members, going, "AGGREGATE", {"quantity": quantities})


@set_form("globalinventory.UpdateAggregateVirtualPosition")
async def update_aggregate_virtual_position(members: Members) -> list[SetAction]:
    """Set the quantities to the sums over the network's locations, from scratch; nothing where they are right."""
    rows, products = members.entities, members.blank()
    for n in members.numbers:
        products[n] = rows[n].product_ref
    sums, _ = await _sums(members, products)
    found = ((n, rows[n], changed_values(rows[n], {"quantity": sums[products[n]]})) for n in members.numbers)
    return [UpdateAll([change for change in found if change[2]])]


async def _sums(members: Members, products: Column) -> tuple[dict[str, int], Collection[str]]:
    """Return by product the sum over the locations, with controls; and the products of which a position counts."""
    inventory, locations = await inventory_catalogue_of(members), await _locations(members)
    wanted, statuses = sorted({products[n] for n in members.numbers}), members.prop("statuses")
    if members.root.control_group_ref is None:
        sums: dict[str, int] = await members.ask(Totals(inventory.id, wanted, locations, statuses))
        return {product: min(LARGEST, sums.get(product, 0)) for product in wanted}, sums.keys()
    where = (("product_ref", wanted), ("catalogue_id", [inventory.id]), ("location_ref", locations))
    by_product: dict[str, list[Row]] = {product: [] for product in wanted}
    for row in await members.ask(RowsWhere("InventoryPosition", (*where, ("status", statuses)))) if locations else ():
        by_product[row.product_ref].append(row)
    return await _controlled(members, by_product, statuses), {p for p, rows in by_product.items() if rows}


async def _controlled(members: Members, by_product: dict[str, list[Row]], statuses: Sequence[str]) -> dict[str, int]:
    places = {product: [row.location_ref for row in rows] for product, rows in by_product.items()}
    controls = await controls_over(members, places)
    found = {}
    try:
        for product, rows in by_product.items():
            own = controls.over(product)
            amounts = [sold(row, own.terms(row.location_ref), statuses) for row in rows]
            found[product] = 0 if own.excluded else total(amounts, own.master_buffer)
    except RuleError as error:
        raise LeaveError(members.numbers, error.message) from error
    return found


async def _locations(members: Members) -> list[str]:
    """Return the refs of the locations of the catalogue's first network; none where it has no network."""
    if not members.root.network_ids:
        return []
    id_ = whole(members.root.network_ids[0])
    networks = await members.ask(RowsWhere("Network", (("id", [id_]),))) if id_ is not None else []
    if not networks:
        raise LeaveError(members.numbers, f"there is no network {members.root.network_ids[0]}")
    return [location["ref"] for location in await members.ask(NetworkLocations(networks[0].ref)) or ()]

"""Set forms of the rules that change the ledger after a count (spec 20 §5, §6)."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from penstock.inventory.ledger import COUNTING_STATUSES, COUNTING_TYPES, RESERVED
from penstock.inventory.refs import quantity_ref
from penstock.rules import RuleError
from penstock.rules.builtin.common import whole_number
from penstock.rules.builtin.inventory.counts import LAST_ON_HAND, loaded_quantity, loaded_type
from penstock.rules.builtin.inventory.quantities import status_loaded
from penstock.rules.builtin.sets.loading import positions_of
from penstock.rules.sets import (
    Column,
    CreateAll,
    LeaveError,
    Members,
    RowsByRef,
    RowsWhere,
    SetAction,
    UpdateAll,
    leave,
    set_form,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from penstock.model.rows import Row


@set_form("globalinventory.UpsertInventoryQuantity")
async def upsert_inventory_quantity(members: Members) -> list[SetAction]:
    """Update the quantities with the given refs, else the positions' ones of the types, or create them."""
    given, positions = members.column("inventoryPosition"), await positions_of(members)
    leave((n for n in members.numbers if positions[n] is None), "the position does not exist")
    loads = {n: _load(n, given[n]) for n in members.numbers}
    known = await _known(members, positions, loads)
    leave((n for n, row in known.items() if row.position_id != positions[n].id), "the ref is another position's")
    updates = [(n, row, loads[n][2]) for n, row in known.items()]
    return [UpdateAll(updates), *await _created(members, positions, loads, known)]


_Load = tuple[str, str | None, dict[str, Any]]  # a type, the ref that a record gives, and the columns that it sets


def _load(number: int, given: dict[str, Any]) -> _Load:
    try:
        return loaded_quantity(given)
    except RuleError as error:
        raise LeaveError([number], error.message) from error


async def _known(members: Members, positions: Column, loads: dict[int, _Load]) -> dict[int, Row]:
    """Return the quantities that are there already, by member."""
    found: dict[int, Row] = {}
    named = {n: ref for n, (_, ref, _) in loads.items() if ref is not None}
    if named:
        by_ref = await members.ask(RowsByRef("InventoryQuantity", list(named.values()), within=members.root.id))
        found |= {n: by_ref[ref] for n, ref in named.items() if ref in by_ref}
    usual = {
        n: (positions[n].id, quantity_ref(positions[n].ref, type_), type_)
        for n, (type_, ref, _) in loads.items()
        if ref is None
    }
    # Mostly it is one that counts, with the usual ref. What a count includes is read with it, since a later rule asks
    # for that; not so what is reserved, of which there may be much.
    types = {*COUNTING_TYPES} - {RESERVED} | {type_ for type_, _, _ in loads.values()}
    read = {"type": sorted(types), "status": COUNTING_STATUSES}
    rows = {_usual(row): row for row in await _quantities(members, usual.values(), read)}
    rest = [key for key in usual.values() if key not in rows]
    first: dict[tuple[int, str], Row] = {}
    for row in await _quantities(members, rest, {"type": sorted({type_ for _, _, type_ in rest})}):
        rows[_usual(row)] = row
        first.setdefault((row.position_id, row.type), row)
    for n, (position, ref, type_) in usual.items():
        known = rows.get((position, ref, type_)) or first.get((position, type_))
        if known is not None:
            found[n] = known
    return found


_Usual = tuple[int, str, str]  # a position, the ref that its quantity of a type usually has, and the type
_usual = attrgetter("position_id", "ref", "type")


async def _quantities(members: Members, of: Collection[_Usual], read: dict[str, Sequence[str]]) -> list[Row]:
    where = (("position_id", [position for position, _, _ in of]), *read.items())
    found: list[Row] = await members.ask(RowsWhere("InventoryQuantity", where)) if of else []
    return found


async def _created(
    members: Members, positions: Column, loads: dict[int, _Load], known: dict[int, Row]
) -> list[SetAction]:
    """Return what stores the quantities that are not there yet, by which columns they have and in which status."""
    shapes: dict[tuple[tuple[str, ...], str], list[int]] = defaultdict(list)
    for n, (type_, _, values) in loads.items():
        if n not in known:
            shapes[tuple(values), status_loaded(type_)].append(n)
    found: list[SetAction] = []
    for (names, status), numbers in shapes.items():
        columns = {name: members.blank() for name in (*names, "ref", "type", "position_id", "catalogue_id")}
        for n in numbers:
            (type_, ref, values), position = loads[n], positions[n]
            own = {"ref": ref or quantity_ref(position.ref, type_), "type": type_}
            links = {"position_id": position.id, "catalogue_id": position.catalogue_id}
            for name, value in {**values, **own, **links}.items():
                columns[name][n] = value
        rows = await members.new("InventoryQuantity", numbers, dict(columns), status=status)
        found.append(CreateAll(numbers, rows))
    return found


@set_form("globalinventory.DeactivateRelatedInventoryQuantities")
async def deactivate_related_inventory_quantities(members: Members) -> list[SetAction]:
    """Set INACTIVE what a count includes; corrections stay where ``correctedQty`` says so."""
    given, types = members.column("inventoryPosition"), members.prop("types")
    counts = {members.entities[n].id: n for n in members.numbers if loaded_type(given[n]) == LAST_ON_HAND}
    if not counts or not types:
        return []
    kept = {n for n in counts.values() if _keeps_corrections(n, given[n])}
    where = (("position_id", list(counts)), ("type", types), ("status", COUNTING_STATUSES))
    return [
        UpdateAll(
            [
                (n, row, {"status": "INACTIVE"})
                for row in await members.ask(RowsWhere("InventoryQuantity", where))
                if (n := counts[row.position_id]) not in kept or row.type != "CORRECTION"
            ]
        )
    ]


def _keeps_corrections(number: int, given: dict[str, Any]) -> bool:
    corrected = given.get("correctedQty")
    try:
        return bool(corrected) and whole_number(corrected, "inventoryPosition.correctedQty") > 0
    except RuleError as error:
        raise LeaveError([number], error.message) from error

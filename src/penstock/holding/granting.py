"""Granting holds: many at once, each whole or not at all (docs/adr/0025).

What shows enough is planned without a lock. Then the chosen positions are locked, in order of their ids, and looked at
again; holds that have lost their units meanwhile are planned anew, at last with everything locked that they might take.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from penstock.holding.ending import tell
from penstock.holding.planning import Place, Refused, Shelves, plan, units_of
from penstock.holding.records import HeldAt, HeldItem, Hold
from penstock.inventory.ledger import LOCK, LOCK_SELLABLE, POSITIONS, SELLABLE, promisable, reservation
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from penstock.database.ids import IdSource
    from penstock.holding.planning import Plan, Wanted


async def grant(
    connection: asyncpg.Connection, ids: IdSource, wanted: Sequence[Wanted], *, locking: bool
) -> list[Hold | Refused | None]:
    """Grant holds of one retailer in order, inside the caller's transaction.

    None stands for one that has lost its units meanwhile. With ``locking`` nobody loses: what they might take is
    locked before they look.
    """
    shelves = await _shelves(connection, wanted, locking=locking)
    plans = _plans(wanted, shelves)
    refused = [made for made in plans if isinstance(made, Refused)]
    if len(refused) == len(plans):
        return [*refused]
    chosen = sorted({p for made in plans if not isinstance(made, Refused) for p in units_of(made)})
    await connection.fetch(LOCK, chosen)
    positions = {r["id"]: r for r in await connection.fetch(POSITIONS, chosen)}
    kept = _kept(wanted, plans, positions)
    await ids.reserve(sum(1 + len(units_of(made)) for made in kept.values()))
    changes = Changes()
    results: list[Hold | Refused | None] = [made if isinstance(made, Refused) else None for made in plans]
    for number, made in kept.items():
        results[number] = _booked(changes, ids, wanted[number], made, shelves, positions)
    if touched := sorted({p for made in kept.values() for p in units_of(made)}):
        first = wanted[0]
        retailers = dict.fromkeys(touched, first.retailer_id)
        await tell(connection, changes, [positions[p] for p in touched], retailers, first.user, first.now)
    return results


async def _shelves(connection: asyncpg.Connection, wanted: Sequence[Wanted], *, locking: bool) -> Shelves:
    catalogues, products = sorted({w.catalogue for w in wanted}), sorted({p for w in wanted for p in w.products})
    if locking:
        await connection.fetch(LOCK_SELLABLE, catalogues, products)
    shelves = Shelves()
    for record in await connection.fetch(SELLABLE, catalogues, products, []):
        place = Place(record["position_id"], record["group_ref"], record["quantity"])
        shelves.show(record["catalogue"], record["product_ref"], place)
    return shelves


def _plans(wanted: Sequence[Wanted], shelves: Shelves) -> list[Plan | Refused]:
    """Plan one after the other, each with what those before it have left."""
    plans = []
    for each in wanted:
        plans.append(made := plan(each, shelves))
        if not isinstance(made, Refused):
            shelves.take(made)
    return plans


def _kept(wanted: Sequence[Wanted], plans: Sequence[Plan | Refused], positions: dict[int, Any]) -> dict[int, Plan]:
    """Return the plans, by number, whose units the locked positions still show in their catalogues."""
    taken: dict[int, int] = defaultdict(int)
    kept: dict[int, Plan] = {}
    for number, made in enumerate(plans):
        if isinstance(made, Refused):
            continue
        units = units_of(made)
        if all(promisable(positions[p], {wanted[number].catalogue}) - taken[p] >= n for p, n in units.items()):
            kept[number] = made
            for position, n in units.items():
                taken[position] += n
    return kept


def _booked(
    changes: Changes, ids: IdSource, wanted: Wanted, made: Plan, shelves: Shelves, positions: dict[int, Any]
) -> Hold:
    """Add a hold and its rows of the ledger to the changes."""
    id_ = ids.take()
    rows = [
        reservation(positions[position], id_, units, id_=ids.take(), now=wanted.now)
        for position, units in sorted(units_of(made).items())
    ]
    items = [
        HeldItem(
            item.product_ref,
            item.quantity,
            [HeldAt(shelves.location(position), units) for position, units in part],
            item.location_ref,
        )
        for item, part in zip(wanted.items, made, strict=True)
    ]
    hold = Hold(
        id=id_,
        retailer_id=wanted.retailer_id,
        ref=wanted.ref,
        virtual_catalogue_ref=wanted.catalogue,
        items=items,
        quantities=[row.id for row in rows],
        attributes=wanted.attributes,
        created_by=wanted.user,
        created_on=wanted.now,
        updated_on=wanted.now,
        expires_on=wanted.now + timedelta(seconds=wanted.seconds),
    )
    changes.insert(hold)
    changes.insert(*rows)
    return hold

"""The end of holds: their rows leave the ledger, and what they kept is for everybody again, at once and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.holding.records import ACTIVE, COLUMNS, Hold, as_hold
from penstock.holding.telling import POSITION, told
from penstock.inventory.ledger import LOCK, POSITIONS, REFRESH
from penstock.model.writes import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import asyncpg

    from penstock.holding.records import Status

# Of the holds $1 those that are still active end in the status $2; the orders $4 have taken them over.
END = f"""
WITH ended AS (
  UPDATE hold h SET status = $2, updated_on = $3, order_ref = o.ref, revision = h.revision + 1
  FROM unnest($1::bigint[], $4::text[]) o(id, ref) WHERE h.id = o.id AND h.status = '{ACTIVE}' RETURNING h.quantities
)
DELETE FROM inventory_quantity WHERE id IN (SELECT unnest(quantities) FROM ended)"""
_LOCK_HOLDS = f"""
SELECT {COLUMNS} FROM hold WHERE id = ANY($1::bigint[]) AND status = '{ACTIVE}' ORDER BY id FOR NO KEY UPDATE"""
_PLACES = "SELECT id, position_id FROM inventory_quantity WHERE id = ANY($1::bigint[])"


async def end(
    connection: asyncpg.Connection, ids: Sequence[int], status: Status, now: datetime, user: str | None
) -> int:
    """End those of some holds that are active, inside the caller's transaction, and tell positions; return how many."""
    active = [as_hold(record) for record in await connection.fetch(_LOCK_HOLDS, ids)]
    return await end_locked(connection, active, status, now, user)


async def end_locked(
    connection: asyncpg.Connection, holds: Sequence[Hold], status: Status, now: datetime, user: str | None
) -> int:
    """End active holds that the caller has locked."""
    if not holds:
        return 0
    whose = {id_: hold.retailer_id for hold in holds for id_ in hold.quantities}
    retailers = {position: whose[id_] for id_, position in await connection.fetch(_PLACES, list(whose))}
    await connection.fetch(LOCK, list(retailers))
    positions = await connection.fetch(POSITIONS, list(retailers))
    await connection.execute(END, [hold.id for hold in holds], status, now, [None] * len(holds))
    await tell(connection, Changes(), positions, retailers, user, now)
    return len(holds)


async def tell(
    connection: asyncpg.Connection,
    changes: Changes,
    positions: Sequence[Any],
    retailers: Mapping[int, int],
    user: str | None,
    now: datetime,
) -> None:
    """Write changes with the events that tell locked positions of them; let base virtual positions follow at once.

    ``retailers`` tells by position in whose name.
    """
    for position in positions:
        changes.insert(told(position, retailers[position["id"]], user, now))
        changes.raise_revision(POSITION, position["id"])
    await changes.write(connection)
    await connection.execute(REFRESH, [position["id"] for position in positions], now)

"""Orders of the account, taken back in the fork, to be placed once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError
from penstock.inventory.ledger import REFRESH
from penstock.inventory.refs import HOLDER, RETURNED
from penstock.simulation.orders.draft import Draft, draft_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.simulation.scenario.site import Site

_CHOSEN = """
SELECT id FROM (
  SELECT id, created_on FROM orders WHERE retailer_id = $1
  AND ($2::timestamptz IS NULL OR created_on >= $2) AND ($3::timestamptz IS NULL OR created_on <= $3)
  ORDER BY created_on DESC, id DESC LIMIT $4
) chosen ORDER BY created_on, id"""
# What the orders took from the shelves, promised or sold, comes back; the counters follow by the trigger of the ledger.
# What was found missing stays missing: a shelf that was emptier than its books is so for whoever comes first. What was
# returned of them and put into stock (spec 33 §5) goes with the sale: it would be there twice.
_RELEASE = f"""
WITH taken AS (
  DELETE FROM inventory_quantity q USING fulfilment f
  WHERE f.order_id = ANY($1::bigint[]) AND q.type IN ('RESERVED', 'SALE') AND {HOLDER} = f.id::text
  RETURNING q.position_id
), returned AS (
  DELETE FROM inventory_quantity q WHERE q.type = 'DELTA' AND q.ref IN (
    SELECT {RETURNED} FROM orders o
    JOIN return_order r ON r.retailer_id = o.retailer_id AND r.order_link ->> 'ref' = o.ref
    JOIN return_order_item i ON i.return_order_id = r.id WHERE o.id = ANY($1::bigint[]))
  RETURNING q.position_id
) SELECT position_id FROM taken UNION SELECT position_id FROM returned ORDER BY position_id"""
# They make room for their doubles: for the ref, and at locations that may send so much a day.
_SET_ASIDE = "UPDATE orders SET ref = ref || $2, status = 'CANCELLED' WHERE id = ANY($1::bigint[])"
_SET_ASIDE_FULFILMENTS = "UPDATE fulfilment SET status = 'CANCELLED' WHERE order_id = ANY($1::bigint[])"
_ASIDE = " (recorded)"


@dataclass(frozen=True)
class Wanted:
    """Which orders: the latest ``count`` of those that were created from ``since`` to ``until``, both included."""

    count: int
    since: datetime | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        bounds = (("from", self.since), ("to", self.until))
        times = [f" {word} {moment:%Y-%m-%d %H:%M:%S}" for word, moment in bounds if moment is not None]
        return f"the latest {self.count} recorded orders{''.join(times)}"


async def chosen(site: Site, wanted: Wanted) -> list[int]:
    """Return the ids of the orders, oldest first.

    Raises:
        InvalidValueError: there are none.
    """
    database = site.house.database
    found = await database.fetch(_CHOSEN, site.retailer, wanted.since, wanted.until, wanted.count)
    if not found:
        raise InvalidValueError(f"Retailer {site.retailer} has no orders in that time; choose another, or --generated.")
    return [r["id"] for r in found]


async def taken_back(site: Site, orders: Sequence[int]) -> list[Draft]:
    """Return the orders as they are to be placed, and take back in the fork whatever came of them."""
    drafts = [await draft_of(site.house, order) for order in orders]
    database = site.house.database
    positions = [r["position_id"] for r in await database.fetch(_RELEASE, orders)]
    await database.execute(_SET_ASIDE, orders, _ASIDE)
    await database.execute(_SET_ASIDE_FULFILMENTS, orders)
    await database.execute(REFRESH, positions, site.house.clock.now())
    await site.look_again(positions)
    return drafts

"""A house as a large retailer's: a million orders of a year, of many customers, in all statuses."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.tools.stored import TEMPLATES, Copying, stored_orders
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncpg

    from bench.tools.house import House

LINES = 5
CUSTOMERS = 100_000
_FIRST_CUSTOMER = 1_000_000  # below are those who placed the templates: ten in a hundred orders stay theirs

# Most orders are done; few are of each status that people look for.
_ORDER_STATUS = """CASE WHEN k % 1000 = 7 THEN 'ESCALATED' WHEN k % 200 = 3 THEN 'BOOKED'
  WHEN k % 50 = 5 THEN 'CANCELLED' ELSE 'COMPLETE' END"""
_STATUS = "CASE WHEN k % 1000 = 7 THEN 'AWAITING_WAVE' WHEN k % 200 = 3 THEN 'ASSIGNED' ELSE 'COMPLETE' END"
_TYPE = "CASE WHEN k % 2000 = 9 THEN 'PREORDER' WHEN k % 30 = 1 THEN 'CC' ELSE type END"
_CUSTOMER = f"CASE WHEN k % 10 = 0 THEN customer_id ELSE {_FIRST_CUSTOMER} + (k * 7919 + id) % {CUSTOMERS} END"
_ADDRESS = """(SELECT a.id FROM (SELECT primary_address_id AS id, row_number() OVER (ORDER BY id) - 1 AS n,
  count(*) OVER () AS all FROM location WHERE primary_address_id IS NOT NULL) a WHERE a.n = k % a.all)"""

# One parcel for each fulfilment; none of the templates got so far.
_PARCELS = """
SET statement_timeout = 0;
INSERT INTO article (id, ref, type, status, workflow_ref, workflow_version, created_on, updated_on, height, length,
                     weight, width, quantity, order_id, retailer_id)
SELECT id + 1000000000000, 'A-' || id, 'DEFAULT', CASE status WHEN 'COMPLETE' THEN 'COLLECTED' ELSE 'CREATED' END,
       workflow_ref, workflow_version, created_on, updated_on, 1, 1, 1, 1, 1, order_id, retailer_id FROM fulfilment;
INSERT INTO article_fulfilment (article_id, fulfilment_id) SELECT id + 1000000000000, id FROM fulfilment"""


def _when(column: str, orders: int) -> str:
    return f"{column} - interval '1 year' + k * interval '{365 * 24 * 3600 * TEMPLATES // orders} seconds'"


@asynccontextmanager
async def varied_orders(path: Path, orders: int) -> AsyncIterator[House]:
    """Run a house with so many orders of five lines each."""
    spread = {
        ("orders", "status"): _ORDER_STATUS,
        ("orders", "type"): _TYPE,
        ("orders", "customer_id"): _CUSTOMER,
        ("fulfilment", "status"): _STATUS,
        ("fulfilment", "from_address_id"): _ADDRESS,
        **{(t.name, c): _when(c, orders) for t in MODEL.tables.values() for c in ("created_on", "updated_on")},
    }
    copying = Copying(lines=(LINES,) * TEMPLATES, spread=spread, events=False)
    async with stored_orders(path, orders, copying) as house:
        async with house.sql() as sql:
            if not await sql.fetchval("SELECT EXISTS (SELECT FROM customer WHERE id = $1)", _FIRST_CUSTOMER):
                await _customers(sql)
                await sql.execute(_PARCELS)
                await sql.execute("VACUUM (ANALYZE)")
        yield house


async def _customers(sql: asyncpg.Connection) -> None:
    """Make customers like the first one, each with a name of its own."""
    columns = [c.column for c in MODEL.tables["customer"].columns]
    own = {"id": f"{_FIRST_CUSTOMER} + n", "ref": "'C-' || n", "username": "'customer' || n || '@example.com'"}
    selected = ", ".join(own.get(c, c) for c in columns)
    await sql.execute(
        f"INSERT INTO customer ({', '.join(columns)}) SELECT {selected} "
        f"FROM (SELECT * FROM customer ORDER BY id LIMIT 1) c, generate_series(0, {CUSTOMERS - 1}) n"
    )

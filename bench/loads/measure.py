"""``python -m bench loads``: batches of counts over HTTP, until all that follows is done."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec

from bench.loads import bare
from bench.loads.field import Field, add_catalogue, lay_out
from bench.tools.house import House
from bench.tools.loading import BATCH, load
from bench.tools.table import Row, at_least, at_most

if TYPE_CHECKING:
    from pathlib import Path

    import asyncpg

    from bench.tools.house import Site

RECORDS, RATIO, COMPARED, DEARER = 15_000, 0.5, 0.8, 25
WORKERS = 2
LOADS = 3  # of which the middle one counts, where one is compared with another
# What would be wrong: counters that are no sums, virtual positions that show something else, sums that are none.
_WRONG = """
SELECT (SELECT count(*) FROM inventory_position p WHERE p.product_ref LIKE 'L-%' AND p.on_hand IS DISTINCT FROM (
    SELECT sum(quantity) FROM inventory_quantity q WHERE q.position_id = p.id AND ledger_counts(q.type, q.status)))
  + (SELECT count(*) FROM virtual_position v JOIN inventory_position p ON p.id = v.position_id
    WHERE p.product_ref LIKE 'L-%' AND v.quantity IS DISTINCT FROM p.on_hand)
  + (SELECT count(*) FROM virtual_position v JOIN virtual_catalogue c ON c.id = v.catalogue_id
    WHERE c.type = 'AGGREGATE' AND v.product_ref LIKE 'L-%' AND v.quantity IS DISTINCT FROM (
      SELECT sum(on_hand) FROM inventory_position p WHERE p.product_ref = v.product_ref))"""


async def loads(data: Path, products: int) -> list[Row]:
    """Return how fast so many products at fifty locations are loaded, beside what PostgreSQL takes for the rows."""
    field = Field(products)
    async with House(data / "loads") as house:
        await lay_out(house, field)
        async with house.serving(workers=WORKERS) as site, house.sql() as sql:
            return await _measured(site, sql, field)


async def _measured(site: Site, sql: asyncpg.Connection, field: Field) -> list[Row]:
    await bare.prepare(sql)
    rows = []
    what = f"{field.positions:,} positions"
    for name, quantity, changed in (("all new", 10, 1.0), ("all changed", 20, 1.0), ("5 % changed", 30, 0.05)):
        limit = await bare.upserted(sql, field, quantity, changed)
        rows += _rows(f"{what}, {name}", field, await _load(site, sql, field, quantity, changed), limit)
        await sql.execute("VACUUM ANALYZE")
    limit = await bare.compared(sql, field, 30, 0.05)
    taken = await _load(site, sql, field, 30, 0.05)
    rows.append(at_least(f"{what}, none changed", field.positions / taken, RECORDS, "records/s"))
    told = f"{field.positions / limit:,.0f} records/s"
    rows.append(at_least("of the rate of the bare comparison", limit / taken, COMPARED, "", told))
    usual = await _usual(site, sql, field, 40)
    for number, kind in enumerate(("BASE", "AGGREGATE"), 2):
        await add_catalogue(sql, number, kind)
        await _load(site, sql, field, 40 + number * 10, 1.0)  # makes its positions
        more = await _usual(site, sql, field, 41 + number * 10)
        rows.append(at_most(f"one more virtual catalogue, {kind}", (more / usual - 1) * 100, DEARER, "%"))
        usual = more
    wrong = await sql.fetchval(_WRONG, timeout=600)
    rows.append(Row("positions that are wrong in the end", f"{wrong}", "", "none", wrong == 0))
    return rows


def _rows(what: str, field: Field, taken: float, limit: float) -> list[Row]:
    told = f"{field.positions / limit:,.0f} records/s"
    return [
        at_least(what, field.positions / taken, RECORDS, "records/s"),
        at_least("of the rate of a bare upsert of the same rows", limit / taken, RATIO, "", told),
    ]


async def _usual(site: Site, sql: asyncpg.Connection, field: Field, quantity: int) -> float:
    """Return the seconds that a load takes in which everything changes: the middle one of a few."""
    await sql.execute("VACUUM ANALYZE")
    return median([await _load(site, sql, field, quantity + n, 1.0) for n in range(LOADS)])


async def _load(site: Site, sql: asyncpg.Connection, field: Field, quantity: int, changed: float) -> float:
    """Send a load; return the seconds until all of it is done, and all that follows."""
    bodies = [msgspec.json.encode(batch) for batch in field.batches(quantity, changed)]
    taken = await load(site, sql, bodies)
    print(f"  {len(bodies)} batches of {BATCH:,}, {changed:.0%} changed: {taken:.1f} s")
    return taken

"""The limit of a load: the rows that it must write, upserted by PostgreSQL alone, sorted, from arrays.

The tables are copies of Penstock's with the same columns, indexes and room in their pages, without triggers.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from bench.loads.field import Field

PORTION = 5_000
_TABLES = ("inventory_position", "inventory_quantity", "virtual_position")
_COPY = "CREATE TABLE bare_{0} (LIKE {0} INCLUDING ALL); ALTER TABLE bare_{0} SET (fillfactor = 50)"
_COMMON = "now(), now(), 'DEFAULT', 'INVENTORY_CATALOGUE::DEFAULT', 1, 'ACTIVE'"
_POSITIONS = f"""
INSERT INTO bare_inventory_position (id, created_on, updated_on, type, workflow_ref, workflow_version, status, ref,
  product_ref, location_ref, on_hand, reserved, catalogue_id, revision)
SELECT u.id, {_COMMON}, u.sku || ':' || u.place || ':DEFAULT', u.sku, u.place, u.quantity, 0, 1, 0
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[]) u (id, sku, place, quantity) ORDER BY u.sku, u.place
ON CONFLICT (catalogue_id, ref) DO UPDATE SET on_hand = EXCLUDED.on_hand, updated_on = now()
WHERE bare_inventory_position.on_hand IS DISTINCT FROM EXCLUDED.on_hand"""
_QUANTITIES = f"""
INSERT INTO bare_inventory_quantity (id, created_on, updated_on, type, workflow_ref, workflow_version, status, ref,
  quantity, catalogue_id, position_id)
SELECT u.id, {_COMMON}, u.sku || ':' || u.place || ':DEFAULT:LAST_ON_HAND', u.quantity, 1, u.id
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[]) u (id, sku, place, quantity) ORDER BY u.sku, u.place
ON CONFLICT (catalogue_id, ref) DO UPDATE SET quantity = EXCLUDED.quantity, updated_on = now()
WHERE bare_inventory_quantity.quantity IS DISTINCT FROM EXCLUDED.quantity"""
_SHOWN = f"""
INSERT INTO bare_virtual_position (id, created_on, updated_on, type, workflow_ref, workflow_version, status, ref,
  product_ref, group_ref, quantity, catalogue_id, position_id, revision)
SELECT u.id, {_COMMON}, u.sku || ':' || u.place, u.sku, u.place, u.quantity, 1, u.id, 0
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[]) u (id, sku, place, quantity) ORDER BY u.sku, u.place
ON CONFLICT (catalogue_id, ref) DO UPDATE SET quantity = EXCLUDED.quantity, updated_on = now()
WHERE bare_virtual_position.quantity IS DISTINCT FROM EXCLUDED.quantity"""
_SUMS = """
INSERT INTO bare_virtual_position (id, created_on, updated_on, type, workflow_ref, workflow_version, status, ref,
  product_ref, group_ref, quantity, catalogue_id, revision)
SELECT 1000000000 + row_number() OVER (), now(), now(), 'AGGREGATE', 'VIRTUAL_CATALOGUE::AGGREGATE', 1, 'ACTIVE',
  product_ref || ':ATS', product_ref, 'ATS', sum(on_hand), 2, 0
FROM bare_inventory_position GROUP BY product_ref
ON CONFLICT (catalogue_id, ref) DO UPDATE SET quantity = EXCLUDED.quantity, updated_on = now()
WHERE bare_virtual_position.quantity IS DISTINCT FROM EXCLUDED.quantity"""
_COMPARED = """
SELECT count(*) FROM unnest($1::text[], $2::text[], $3::int[]) u (sku, place, quantity)
JOIN bare_inventory_position p ON p.catalogue_id = 1 AND p.ref = u.sku || ':' || u.place || ':DEFAULT'
JOIN bare_inventory_quantity q ON q.position_id = p.id AND q.quantity = u.quantity"""


async def prepare(sql: asyncpg.Connection) -> None:
    """Make the tables."""
    for table in _TABLES:
        await sql.execute(f"DROP TABLE IF EXISTS bare_{table}")
        await sql.execute(_COPY.format(table))


async def upserted(sql: asyncpg.Connection, field: Field, quantity: int, changed: float) -> float:
    """Upsert what a load writes; return the seconds that it took."""
    records = list(field.records(quantity, changed))
    taken = 0.0
    for start in range(0, len(records), PORTION):
        part = records[start : start + PORTION]
        ids = list(range(start + 1, start + 1 + len(part)))
        columns = [[r[name] for r in part] for name in ("skuRef", "locationRef", "qty")]
        begun = time.perf_counter()
        async with sql.transaction():
            for statement in (_POSITIONS, _QUANTITIES, _SHOWN):
                await sql.execute(statement, ids, *columns)
        taken += time.perf_counter() - begun
    begun = time.perf_counter()
    await sql.execute(_SUMS)
    return taken + time.perf_counter() - begun


async def compared(sql: asyncpg.Connection, field: Field, quantity: int, changed: float) -> float:
    """Compare a load that changes nothing; return the seconds that it took."""
    records = list(field.records(quantity, changed))
    taken, same = 0.0, 0
    for start in range(0, len(records), PORTION):
        part = records[start : start + PORTION]
        columns = [[r[name] for r in part] for name in ("skuRef", "locationRef", "qty")]
        begun = time.perf_counter()
        same += await sql.fetchval(_COMPARED, *columns)
        taken += time.perf_counter() - begun
    if same != len(records):
        raise AssertionError(f"{same} of {len(records)} records are the same")
    return taken

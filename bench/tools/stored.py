"""A house with many orders in it: some are really placed and routed, the others are copies of those.

A copy gets ids and dates of its own and keeps everything else. The log's copies have no trace: a hundred thousand
of them would measure the disk.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.tools.client import hammer
from bench.tools.house import House
from bench.tools.inside import working_in
from bench.tools.shop import open_shop, orders_of
from penstock.inventory.ledger import REFRESH
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Scalar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    import asyncpg

TEMPLATES = 100  # orders really placed; every tenth has ten lines
TEN_LINES = 10
COPIES_AT_ONCE = 200  # of all templates
_BLOCK = 1_000  # ids in a block, see penstock.database.ids

# What belongs to an order: its tree, its part of the ledger, its events.
_TABLES = (*dict.fromkeys(e.table for e in MODEL.tree("Order")), "inventory_quantity")

# Which rows of tables that hold others too.
_OF_ORDERS = {"address": " WHERE order_id IS NOT NULL", "inventory_quantity": " WHERE type = 'RESERVED'"}

_EVENTS = """
INSERT INTO event SELECT uuidv7(), name, type, retailer_id, entity_type,
  CASE WHEN entity_id BETWEEN $1 AND $2 THEN entity_id + k * $3::bigint ELSE entity_id END, entity_ref, root_type,
  CASE WHEN root_id BETWEEN $1 AND $2 THEN root_id + k * $3::bigint ELSE root_id END, root_ref, status, source,
  generated_by, created, done, parent, names, failure, code, ''
FROM event, generate_series($4::bigint, $5::bigint) k
WHERE trace <> '' AND id >= (SELECT id FROM event WHERE root_id BETWEEN $1 AND $2 ORDER BY id LIMIT 1)"""

_IN_FUTURE = """
UPDATE orders SET created_on = created_on + interval '10 years'
WHERE (SELECT count(*) FROM order_item i WHERE i.order_id = orders.id) = $1"""

_COUNTERS = """
UPDATE inventory_position p SET on_hand = s.on_hand, reserved = s.reserved FROM (
  SELECT position_id, sum(quantity)::int AS on_hand,
         -coalesce(sum(quantity) FILTER (WHERE type = 'RESERVED'), 0)::int AS reserved
  FROM inventory_quantity WHERE ledger_counts(type, status) GROUP BY position_id
) s WHERE p.id = s.position_id"""


_SECONDARY = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relname = ANY($1) AND NOT i.indisunique"""


@dataclass(frozen=True)
class Copying:
    """How the copies are made.

    ``lines`` are the lines of each template that is placed. ``spread`` gives columns of copies another value, as
    SQL of the template's columns and ``k``, the number of the copy.
    """

    lines: tuple[int, ...] = (3,) * (TEMPLATES - TEMPLATES // 10) + (TEN_LINES,) * (TEMPLATES // 10)
    spread: Mapping[tuple[str, str], str] = field(default_factory=dict)
    events: bool = True


@asynccontextmanager
async def stored_orders(path: Path, orders: int, copying: Copying | None = None) -> AsyncIterator[House]:
    """Run a house that holds so many orders, or somewhat more when it was measured before."""
    copying = copying or Copying()
    async with House(path) as house:
        async with house.sql() as sql:
            stored = await sql.fetchval("SELECT count(*) FROM orders")
        if stored < TEMPLATES:
            await open_shop(house)
            await _place_templates(house, copying.lines)
            stored = TEMPLATES
        if stored < orders:
            async with house.sql() as sql:
                await _multiply(sql, orders // TEMPLATES, copying)
        yield house


async def _place_templates(house: House, lines: tuple[int, ...]) -> None:
    async with house.serving() as site:
        orders = await orders_of(house, site)
        for count in dict.fromkeys(lines):
            await hammer(site.port, orders.requests(lines.count(count), count), 4)
    async with working_in(house) as engine:
        await engine.drain()
    async with house.sql() as sql:  # the newest for ever, whatever is placed later
        await sql.execute(_IN_FUTURE, TEN_LINES)


async def _multiply(sql: asyncpg.Connection, times: int, copying: Copying) -> None:
    """Copy the templates until there are ``times`` as many orders; the indexes are made again at the end."""
    bounds = " UNION ALL ".join(f"SELECT min(id), max(id) FROM {t}{_OF_ORDERS.get(t, '')}" for t in _TABLES)
    low, high = await sql.fetchrow(f"SELECT min(min), max(max) FROM ({bounds}) b")
    stride = high - low + 1
    # Neither triggers nor foreign keys are asked: the copies are as right as what they are copies of.
    await sql.execute("SET session_replication_role = replica; SET statement_timeout = 0")
    indexes = await sql.fetch(_SECONDARY, list(_TABLES))
    for index in indexes:
        await sql.execute(f"DROP INDEX {index['name']}")
    for start in range(1, times, COPIES_AT_ONCE):
        stop = min(start + COPIES_AT_ONCE, times) - 1
        for table in _TABLES:
            await sql.execute(_copy(table, copying.spread), low, high, stride, start, stop)
        if copying.events:
            await sql.execute(_EVENTS, low, high, stride, start, stop)
    for index in indexes:
        await sql.execute(index["definition"])
    await sql.execute("SET session_replication_role = origin")
    await sql.execute("SELECT setval('id_block', $1)", (high + times * stride) // _BLOCK + 1)
    await sql.execute(_COUNTERS)
    await sql.execute(REFRESH, [r[0] for r in await sql.fetch("SELECT id FROM inventory_position")], datetime.now(UTC))
    await sql.execute("VACUUM (FREEZE, ANALYZE)")
    await sql.execute("CHECKPOINT")


def _copy(table: str, spread: Mapping[tuple[str, str], str]) -> str:
    """Return the statement that copies rows: ids between $1 and $2 move by a multiple of $3."""
    columns = MODEL.tables[table].columns
    selected = ", ".join(
        spread.get((table, c.column)) or _moved(table, c.column, is_id=isinstance(c, Column) and c.scalar is Scalar.ID)
        for c in columns
    )
    names = ", ".join(c.column for c in columns)
    series = "generate_series($4::bigint, $5::bigint) k"
    return f"INSERT INTO {table} ({names}) SELECT {selected} FROM {table}, {series} WHERE id BETWEEN $1 AND $2"


def _moved(table: str, column: str, *, is_id: bool) -> str:
    if is_id:
        return f"CASE WHEN {column} BETWEEN $1 AND $2 THEN {column} + k * $3::bigint ELSE {column} END"
    if (table, column) == ("orders", "ref"):
        return f"(ref::bigint + k * {TEMPLATES})::text"
    if (table, column) == ("inventory_quantity", "ref"):
        return "regexp_replace(ref, '[0-9]+$', '') || (substring(ref from '[0-9]+$')::bigint + k * $3::bigint)"
    if column in {"created_on", "updated_on"}:
        return f"{column} + k * interval '1 millisecond'"
    return column

"""A log of many contexts: some are really executed, the others are copies of those, spread over the days before."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bench.tools.client import hammer, post
from bench.tools.house import House
from bench.tools.inside import working_in
from bench.tools.shop import open_shop, orders_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncpg

    from bench.tools.house import Site

TEMPLATES = 200  # orders really placed
DAYS = 25  # over which the copies are spread
STRIDE = 1_000_000_000  # between the ids of the copies of a root
AT_ONCE = 10  # copies of all templates in one statement

_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = 'event'::regclass AND attnum > 0 AND NOT attisdropped"
# A copy's moment, and its id: time first, the last 24 bits free for what is inside.
_MOMENT = "now() - make_interval(secs => random() * $3::float8)"
_ID = """(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7000' ||
  '8' || substr(md5(random()::text), 1, 9) || '000000')::uuid"""
_MOVED = {
    "id": _ID,
    "created": "moment",
    "done": "moment + (done - created)",
    "entity_id": "entity_id + k * $4::bigint",
    "root_id": "root_id + k * $4::bigint",
    "parent": "NULL",
}
_FULFILMENTS = "SELECT id FROM fulfilment WHERE status = 'ASSIGNED' ORDER BY id LIMIT 3"


@asynccontextmanager
async def stored_contexts(path: Path, contexts: int) -> AsyncIterator[House]:
    """Run a house whose log holds about so many contexts, three of them FAILED."""
    async with House(path) as house:
        async with house.sql() as sql:
            stored = await sql.fetchval("SELECT count(*) FROM orders")
        if not stored:
            await open_shop(house)
            await _execute(house)
            async with house.sql() as sql:
                await _multiply(sql, contexts)
            await _fail(house)
        yield house


async def _execute(house: House) -> None:
    async with house.serving() as site:
        orders = await orders_of(house, site)
        await hammer(site.port, orders.requests(TEMPLATES), 4)
    async with working_in(house) as engine:
        await engine.drain()


async def _multiply(sql: asyncpg.Connection, contexts: int) -> None:
    columns = [r[0] for r in await sql.fetch(_COLUMNS)]
    templates = await sql.fetchval("SELECT count(*) FROM event")
    chosen = ", ".join(_MOVED.get(c, c) for c in columns)
    await sql.execute("CREATE TEMP TABLE template AS SELECT * FROM event")
    for first in range(1, contexts // templates + 1, AT_ONCE):
        await sql.execute(
            f"INSERT INTO event ({', '.join(columns)}) SELECT {chosen} FROM (SELECT *, {_MOMENT} AS moment "
            "FROM template, generate_series($1::int, $2::int) k) t",
            *(first, min(first + AT_ONCE - 1, contexts // templates), DAYS * 86_400.0, STRIDE),
        )
    await sql.execute("VACUUM (FREEZE, ANALYZE) event")
    await sql.execute("CHECKPOINT")


async def _fail(house: House) -> None:
    """Let three events fail: their attributes are missing."""
    async with house.sql() as sql:
        ids = [r[0] for r in await sql.fetch(_FULFILMENTS)]
    async with house.serving() as site:
        await hammer(site.port, [_lacking(site, id_) for id_ in ids], 1)
    async with working_in(house) as engine:
        await engine.drain()


def _lacking(site: Site, id_: int) -> bytes:
    event: dict[str, Any] = {"name": "FulfilmentPack", "retailerId": site.connection.retailer_id}
    return post("/api/v4.1/event/async", site.token, event | {"entityType": "FULFILMENT", "entityId": id_})
